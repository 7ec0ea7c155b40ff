// The discussion feed, newest first: `discussion:new_message`.

import { fromTemplate, setText } from "./dom.js";
import { clock, count } from "./format.js";
import { onNextFrame } from "./frame.js";

const capacity = 200; // Messages, in memory and in the document.

export class DiscussionPanel {
  #feed;
  #countElement;
  #rows = new Map(); // By message id, oldest first.
  #waiting = new Map(); // Not drawn yet, oldest first.
  #received = 0;
  #draw = () => this.#drawWaiting();

  constructor(feed, countElement) {
    this.#feed = feed;
    this.#countElement = countElement;
  }

  newMessage(message) {
    // After a reconnection the server may repeat what was already here.
    if (this.#rows.has(message.id) || this.#waiting.has(message.id)) return;
    this.#waiting.set(message.id, message);
    if (this.#waiting.size > capacity) this.#waiting.delete(this.#waiting.keys().next().value);
    this.#received += 1;
    onNextFrame(this.#draw);
  }

  #drawWaiting() {
    const rows = [];
    for (const message of this.#waiting.values()) {
      const row = messageRow(message);
      this.#rows.set(message.id, row);
      rows.unshift(row);
    }
    this.#waiting.clear();
    for (const [id, row] of this.#rows) {
      if (this.#rows.size <= capacity) break;
      this.#rows.delete(id);
      row.remove();
    }
    this.#feed.prepend(...rows);
    setText(this.#countElement, count(this.#received));
  }
}

function messageRow(message) {
  const { element, fields } = fromTemplate("message-row");
  element.dataset.messageId = message.id;
  setText(fields.author, message.author);
  setText(fields.discussion, message.discussionId);
  setText(fields.time, clock(message.at));
  setText(fields.content, message.content);
  fields.time.dateTime = new Date(message.at).toISOString();
  fields.type.hidden = message.type === "text";
  setText(fields.type, message.type);
  return element;
}
