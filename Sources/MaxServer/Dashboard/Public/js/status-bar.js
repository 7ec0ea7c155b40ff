// The header: connection, transport, message rate.

import { byId, setText } from "./dom.js";
import { clock, count, rate } from "./format.js";

const stateNames = {
  connected: "Connected",
  connecting: "Connecting",
  reconnecting: "Reconnecting",
  disconnected: "Disconnected",
};

export class StatusBar {
  #transportsSeen = [];
  #transport;
  #received = 0;
  #unreadable = 0;
  #receivedAtTick = 0;
  #lastTick = performance.now();
  #lastMessage;

  /** `retry` runs when the user asks for a connection that does not come back by itself. */
  constructor({ retry }) {
    byId("reconnect").addEventListener("click", retry);
  }

  connectionChanged({ state, detail = "", canRetry = false }) {
    document.body.dataset.connection = state;
    setText(byId("connection-state"), stateNames[state]);
    setText(byId("connection-detail"), detail);
    byId("reconnect").hidden = !canRetry;
  }

  transportChanged(name) {
    const upgraded = name !== undefined && this.#transport !== undefined && this.#transport !== name;
    setText(byId("transport-before"), upgraded ? `${this.#transport} → ` : "");
    setText(byId("transport"), name ?? "–");
    this.#transport = name;
    if (name === undefined || this.#transportsSeen.includes(name)) return;
    this.#transportsSeen.push(name);
    document.body.dataset.transportsSeen = this.#transportsSeen.join(" ");
  }

  messageReceived() {
    this.#received += 1;
    this.#lastMessage = Date.now();
  }

  messageUnreadable() {
    this.#unreadable += 1;
  }

  /** Once a second; by the clock, because a hidden tab is woken less often. */
  tick() {
    const now = performance.now();
    const perSecond = ((this.#received - this.#receivedAtTick) * 1000) / (now - this.#lastTick);
    this.#receivedAtTick = this.#received;
    this.#lastTick = now;
    setText(byId("message-rate"), rate(perSecond));
    if (this.#lastMessage !== undefined) setText(byId("last-message"), clock(this.#lastMessage));
    byId("unreadable").hidden = this.#unreadable === 0;
    setText(byId("unreadable-count"), count(this.#unreadable));
  }
}
