// A row of buttons, one of which is pressed: how long the bars are.

import { labelOf, nameOf } from "./resolutions.js";

export class ResolutionButtons {
  #group;
  #chosen;
  #ids = [];

  /** `chosen` hears which one was pressed. */
  constructor(group, chosen) {
    this.#group = group;
    this.#chosen = chosen;
  }

  /** Those in `known` have bars, as far as is known; the others are offered all the same. */
  show(ids, selected, known = ids) {
    if (ids.join() !== this.#ids.join()) {
      this.#ids = ids;
      this.#group.replaceChildren(...ids.map((id) => this.#button(id)));
    }
    for (const button of this.#group.children) {
      const id = button.dataset.resolution;
      button.setAttribute("aria-pressed", id === selected);
      button.classList.toggle("unknown", !known.includes(id));
      button.title = known.includes(id) ? `Bars of ${nameOf(id)}` : `Bars of ${nameOf(id)}: none yet`;
      if (id === selected) this.#reveal(button);
    }
  }

  /** Scrolls the row alone, where it is too long for the window: the page stays where it is. */
  #reveal(button) {
    const [one, row] = [button.getBoundingClientRect(), this.#group.getBoundingClientRect()];
    if (one.right > row.right) this.#group.scrollLeft += one.right - row.right;
    if (one.left < row.left) this.#group.scrollLeft -= row.left - one.left;
  }

  #button(id) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.resolution = id;
    button.textContent = labelOf(id);
    button.addEventListener("click", () => this.#chosen(id));
    return button;
  }
}
