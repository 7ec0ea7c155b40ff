// Writing into a discussion. What was written comes back like everybody's messages, over the socket.

import { byId, setText } from "./dom.js";
import { getData, postData } from "./rest.js";
import { remember, stored } from "./settings.js";

const authorLimit = 40; // Characters.

export class MessageForm {
  #form = byId("message-form");
  #rooms = byId("message-room");
  #author = byId("message-author");
  #content = byId("message-content");
  #problem = byId("message-problem");
  #written;
  #isSending = false; // Pressed twice, a message is sent once.

  /** `written` gets the discussions when they are known, and whenever one is chosen its last messages. */
  constructor({ written }) {
    this.#written = written;
    this.#author.value = stored("author") ?? "Guest";
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#rooms.addEventListener("change", () => this.#loadMessages());
  }

  /** Fills the list of discussions. Without one there is nowhere to write, and no form. */
  async load() {
    const discussions = await getData("/api/discussions?status=open&limit=100");
    const chosen = this.#rooms.value;
    this.#rooms.replaceChildren(...discussions.map(({ id, title }) => new Option(title, id, false, id === chosen)));
    this.#form.hidden = discussions.length === 0;
    if (discussions.length > 0) await this.#loadMessages();
  }

  async #loadMessages() {
    const room = this.#rooms.value;
    const page = await getData(`/api/discussions/${encodeURIComponent(room)}/messages?limit=50`);
    for (const message of page.messages) this.#written({ discussionId: room, message });
  }

  async #send() {
    const content = this.#content.value.trim();
    const author = this.#author.value.trim().slice(0, authorLimit);
    if (content === "" || author === "" || this.#isSending) return;
    remember("author", author);
    this.#isSending = true;
    try {
      await postData(`/api/discussions/${encodeURIComponent(this.#rooms.value)}/messages`, {
        content, authorName: author, authorId: `web-${author.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`,
      });
      // Somebody may have begun to write the next one.
      if (this.#content.value.trim() === content) this.#content.value = "";
      this.#tell("");
    } catch (error) {
      this.#tell(`Not sent: ${error.message}`);
    } finally {
      this.#isSending = false;
    }
  }

  #tell(problem) {
    setText(this.#problem, problem);
    this.#problem.hidden = problem === "";
  }
}
