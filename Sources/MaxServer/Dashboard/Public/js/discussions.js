// The discussion feed, newest first: `discussion:new_message`.

import { fromTemplate, setText } from "./dom.js";
import { clock, count } from "./format.js";
import { onNextFrame } from "./frame.js";

const capacity = 200; // Messages, in the document; and as many that wait to be drawn.

export class DiscussionPanel {
  #feed;
  #countElement;
  #shown = []; // As they stand in the document, the newest first.
  #waiting = []; // The oldest first.
  #ids = new Set(); // Of both.
  #received = 0;
  #draw = () => this.#drawWaiting();

  constructor(feed, countElement) {
    this.#feed = feed;
    this.#countElement = countElement;
  }

  /** One that came live stands above all others, whatever its clock says. */
  newMessage(message) {
    this.#add({ ...message, isPast: false });
  }

  /** One that the server remembers stands where its time is. */
  pastMessage(message) {
    this.#add({ ...message, isPast: true });
  }

  #add(message) {
    // After a reconnection the server repeats what was already here.
    if (this.#ids.has(message.id)) return;
    this.#ids.add(message.id);
    this.#waiting.push(message);
    if (this.#waiting.length > capacity) this.#ids.delete(this.#waiting.shift().id);
    this.#received += 1;
    onNextFrame(this.#draw);
  }

  #drawWaiting() {
    for (const message of this.#waiting) this.#insert(message);
    this.#waiting = [];
    for (const { id, element } of this.#shown.splice(capacity)) {
      element.remove();
      this.#ids.delete(id);
    }
    setText(this.#countElement, count(this.#received));
  }

  #insert(message) {
    const below = message.isPast ? this.#shown.findIndex(({ at }) => at <= message.at) : 0;
    const place = below < 0 ? this.#shown.length : below;
    const element = messageRow(message);
    this.#feed.insertBefore(element, this.#shown[place]?.element ?? null);
    this.#shown.splice(place, 0, { id: message.id, at: message.at, element });
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
