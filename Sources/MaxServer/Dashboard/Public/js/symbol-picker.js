// The field in which a symbol is chosen: from the list of those that are known, or by typing any.

import { byId, fromTemplate, setText } from "./dom.js";
import { price } from "./format.js";
import { labelOf } from "./resolutions.js";

const listed = 100; // Symbols; who looks for others types what they begin with.

export class SymbolPicker {
  #field = byId("symbol");
  #popup = byId("symbol-popup");
  #list = byId("symbol-list");
  #known;
  #chosen;
  #symbol = "";
  #matches = [];
  #active = -1; // Index in #matches.

  /** `known` is asked for symbols whenever the list opens; `chosen` hears a symbol. */
  constructor(known, chosen) {
    this.#known = known;
    this.#chosen = chosen;
    this.#field.addEventListener("focus", () => this.#open());
    this.#field.addEventListener("click", () => this.#popup.hidden && this.#open());
    this.#field.addEventListener("input", () => this.#draw(this.#field.value.trim()));
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#field.addEventListener("blur", () => this.#close());
    // Before the field loses its focus, which would close the list.
    this.#popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[data-symbol]");
      if (option) this.#choose(option.dataset.symbol);
    });
  }

  /** Shows which symbol the chart has; undefined when it shows something else. */
  show(symbol = "") {
    this.#symbol = symbol;
    if (this.#popup.hidden) this.#field.value = symbol;
  }

  /** More is known than before. */
  changed() {
    if (this.#popup.hidden) return;
    const active = this.#matches[this.#active];
    this.#draw(this.#field.value === this.#symbol ? "" : this.#field.value.trim());
    if (this.#matches.includes(active)) this.#activate(this.#matches.indexOf(active));
  }

  #open() {
    this.#known.refresh().catch((error) => console.warn(error.message));
    this.#field.select();
    this.#draw("");
  }

  #close() {
    this.#popup.hidden = true;
    this.#field.setAttribute("aria-expanded", "false");
    this.#field.removeAttribute("aria-activedescendant");
    this.#field.value = this.#symbol;
  }

  #choose(symbol) {
    this.#symbol = symbol;
    this.#field.blur();
    this.#chosen(symbol);
  }

  #pressed(event) {
    if (event.key === "Escape") this.#field.blur();
    if (event.key === "Enter") {
      const symbol = this.#matches[this.#active] ?? this.#typed();
      if (symbol) this.#choose(symbol);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.#popup.hidden) return this.#open();
    const count = this.#matches.length;
    if (count > 0) this.#activate((this.#active + step + count) % count);
  }

  /** What stands in the field as a symbol; rooms have no names with colons in a symbol's place. */
  #typed() {
    const text = this.#field.value.trim();
    return text.includes(":") ? undefined : text.toUpperCase();
  }

  #draw(text) {
    const sought = text.toUpperCase();
    const begins = (symbol) => symbol.toUpperCase().startsWith(sought);
    const matches = this.#known.symbols.filter((symbol) => symbol.toUpperCase().includes(sought));
    this.#matches = [...matches.filter(begins), ...matches.filter((symbol) => !begins(symbol))].slice(0, listed);
    this.#list.replaceChildren(...this.#matches.map((symbol, index) => this.#option(symbol, index)));
    byId("symbol-unknown").hidden = this.#matches.length > 0;
    this.#popup.hidden = false;
    this.#field.setAttribute("aria-expanded", "true");
    // Enter takes what was typed, in the spelling that is known, unless an arrow chose.
    const exact = sought || this.#symbol.toUpperCase();
    this.#activate(this.#matches.findIndex((symbol) => symbol.toUpperCase() === exact));
  }

  #option(symbol, index) {
    const { element, fields } = fromTemplate("symbol-option");
    element.id = `symbol-option-${index}`;
    element.dataset.symbol = symbol;
    const last = this.#known.lastOf(symbol);
    setText(fields.symbol, symbol);
    setText(fields.resolutions, this.#known.resolutionsOf(symbol).map(labelOf).join(" "));
    setText(fields.last, last === undefined ? "" : price(last));
    return element;
  }

  #activate(index) {
    this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = this.#list.children[index];
    if (!option) return this.#field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", option.id);
  }
}
