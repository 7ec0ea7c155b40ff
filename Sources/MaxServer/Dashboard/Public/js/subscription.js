// The rooms that one part of this page wants to be in. The server forgets them with the connection, so they are asked
// for again on every connect, and what they brought meanwhile with them.

const answerTimeout = 8_000; // Milliseconds.

export class Subscription {
  static #all = new Set(); // Of this page, which has one socket.
  #socket;
  #message;
  #joined;
  #problem;
  #offsets = new Map(); // By room; undefined until the server has answered.

  /**
   * `message` gets what the rooms brought lately, as `{event, data}`. `joined(room, {recovered})` comes before those:
   * if it recovered they are all that was missed since the connection was lost, else the last ones there are.
   * `problem` hears in one sentence what was refused, or undefined when all is well.
   */
  constructor(socket, { message, joined = () => {}, problem }) {
    this.#socket = socket;
    this.#message = message;
    this.#joined = joined;
    this.#problem = problem;
    Subscription.#all.add(this);
    socket.on("connect", () => this.#join([...this.#offsets.keys()]));
  }

  /** Joins the new rooms before it leaves the old ones, so that no message falls in between. */
  replace(rooms) {
    const before = this.#offsets;
    this.#offsets = new Map(rooms.map((room) => [room, before.get(room)]));
    if (!this.#socket.connected) return;
    this.#join(rooms.filter((room) => !before.has(room)));
    const left = [...before.keys()].filter((room) => !Subscription.#isWanted(room));
    if (left.length > 0) this.#socket.emit("unsubscribe", { rooms: left });
  }

  static #isWanted(room) {
    return [...Subscription.#all].some((subscription) => subscription.#offsets.has(room));
  }

  #join(rooms) {
    if (rooms.length === 0) return;
    const since = Object.fromEntries([...this.#offsets].filter(([room, offset]) => offset && rooms.includes(room)));
    // Without `firehose` the first subscription would end the events of sectors, agents and discussions.
    const request = { rooms, since, firehose: true };
    // A callback, because a promise goes on later: live messages that arrive together with the answer would
    // overtake the snapshot, which is older.
    this.#socket.timeout(answerTimeout).emit("subscribe", request, (error, answer) => {
      for (const room of answer?.rooms ?? []) this.#hasJoined(room);
      // The answer to an earlier choice, or of a connection that is gone, says nothing about this one.
      if (!this.#socket.connected || !rooms.some((room) => this.#offsets.has(room))) return;
      this.#problem(error ? "The server did not answer the subscription." : refusal(answer));
    });
  }

  #hasJoined({ room, offset, recovered, snapshot }) {
    if (!this.#offsets.has(room)) return;
    this.#offsets.set(room, offset);
    this.#joined(room, { recovered: recovered === true });
    for (const message of snapshot ?? []) this.#message(message);
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
