// The Socket.IO connection and what is known about it.

/**
 * Connects to the server this page came from. `report` hears every change as
 * `{state, detail, canRetry}`, `transportChanged` the transport's name, or undefined when there is none.
 */
export function openConnection({ transports, report, transportChanged }) {
  const socket = window.io(transports ? { transports } : {});
  const manager = socket.io;
  let attempt = 0; // Of reconnecting; 0 when connected.

  // "open" comes before "connect": a quick upgrade to WebSocket would be missed in the latter.
  manager.on("open", () => {
    transportChanged(manager.engine.transport.name);
    manager.engine.on("upgrade", (transport) => transportChanged(transport.name));
  });
  manager.on("close", () => transportChanged(undefined));
  manager.on("reconnect_attempt", (number) => {
    attempt = number;
    report({ state: "reconnecting", detail: `attempt ${attempt}` });
  });

  socket.on("connect", () => {
    attempt = 0;
    report({ state: "connected" });
  });
  socket.on("disconnect", (reason) => {
    // The client comes back by itself, unless one of the two sides said goodbye.
    report({ state: "disconnected", detail: reason, canRetry: !socket.active });
  });
  socket.on("connect_error", (error) => {
    // An active socket tries again by itself; one that the server refused does not.
    const detail = attempt > 0 ? `${error.message} (attempt ${attempt})` : error.message;
    report({ state: "disconnected", detail, canRetry: !socket.active });
  });
  return socket;
}
