// The rooms this page wants to be in. The server forgets them with the connection, so they are asked
// for again on every connect.

const answerTimeout = 8_000; // Milliseconds.

export class Subscription {
  #socket;
  #problem;
  #snapshot;
  #rooms = [];

  /**
   * `problem` hears in one sentence what was refused, or undefined when all is well. `snapshot` gets what the
   * rooms brought lately, as `{event, data}`.
   */
  constructor(socket, { problem, snapshot }) {
    this.#socket = socket;
    this.#problem = problem;
    this.#snapshot = snapshot;
    socket.on("connect", () => this.#subscribe());
  }

  /** Joins the new rooms before it leaves the old ones, so that no message falls in between. */
  replace(rooms) {
    const left = this.#rooms.filter((room) => !rooms.includes(room));
    this.#rooms = rooms;
    if (!this.#socket.connected) return;
    this.#subscribe();
    if (left.length > 0) this.#socket.emit("unsubscribe", { rooms: left });
  }

  #subscribe() {
    const rooms = this.#rooms;
    if (rooms.length === 0) return;
    // Without `firehose` the first subscription would end the events of sectors, agents and discussions.
    const request = { rooms, firehose: true };
    // A callback, because a promise goes on later: live messages that arrive together with the answer would
    // overtake the snapshot, and what is older than they are would be dropped.
    this.#socket.timeout(answerTimeout).emit("subscribe", request, (error, answer) => {
      for (const joined of answer?.rooms ?? []) for (const message of joined?.snapshot ?? []) this.#snapshot(message);
      // The answer to an earlier choice, or of a connection that is gone, says nothing about this one.
      if (rooms !== this.#rooms || !this.#socket.connected) return;
      this.#problem(error ? "The server did not answer the subscription." : refusal(answer));
    });
  }
}

function refusal(answer) {
  const denied = Array.isArray(answer?.denied) ? answer.denied : [];
  if (denied.length > 0) return `Not permitted: ${denied.map(roomAndCode).join(", ")}`;
  if (answer?.ok === true) return undefined;
  return `The server refused the subscription: ${answer?.error ?? "no reason given"}`;
}

/** A refused room is a name, or `{room, code}`. */
function roomAndCode(entry) {
  if (typeof entry !== "object" || entry === null) return String(entry);
  return entry.code ? `${entry.room} (${entry.code})` : String(entry.room);
}
