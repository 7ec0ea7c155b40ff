// Rows by key, in the order of their keys. State changes at once, the document in the next frame;
// beyond the capacity the row that was silent longest goes.

import { fromTemplate } from "./dom.js";
import { onNextFrame } from "./frame.js";

export class RowTable {
  #capacity;
  #container;
  #template;
  #attribute;
  #paint;
  #states = new Map(); // By key, the longest silent first.
  #rows = new Map(); // By key, what stands in the document.
  #order = []; // Keys of #rows, sorted.
  #changed = new Set();
  #draw = () => this.#drawChanged();

  /** `paint(fields, state)` fills one row; `attribute` is the data attribute that carries the key. */
  constructor({ container, template, attribute, capacity, paint }) {
    this.#container = container;
    this.#template = template;
    this.#attribute = attribute;
    this.#capacity = capacity;
    this.#paint = paint;
  }

  get size() {
    return this.#states.size;
  }

  get(key) {
    return this.#states.get(key);
  }

  /** The state of a row, for changing: the row is painted in the next frame. */
  change(key, create) {
    const state = this.#states.get(key) ?? create();
    this.#states.delete(key);
    this.#states.set(key, state);
    this.#changed.add(key);
    if (this.#states.size > this.#capacity) this.#forget(this.#states.keys().next().value);
    onNextFrame(this.#draw);
    return state;
  }

  /** Calls `visit(fields, state)` for every row that is in the document. */
  forEachRow(visit) {
    for (const [key, row] of this.#rows) visit(row.fields, this.#states.get(key));
  }

  #forget(key) {
    this.#states.delete(key);
    if (this.#rows.has(key)) this.#changed.add(key);
    else this.#changed.delete(key);
  }

  #drawChanged() {
    for (const key of this.#changed) {
      const state = this.#states.get(key);
      if (!state) this.#removeRow(key);
      else this.#paint((this.#rows.get(key) ?? this.#addRow(key)).fields, state);
    }
    this.#changed.clear();
  }

  #addRow(key) {
    const row = fromTemplate(this.#template);
    row.element.dataset[this.#attribute] = key;
    const place = this.#placeOf(key);
    const next = this.#rows.get(this.#order[place]);
    this.#container.insertBefore(row.element, next?.element ?? null);
    this.#order.splice(place, 0, key);
    this.#rows.set(key, row);
    return row;
  }

  #removeRow(key) {
    this.#rows.get(key).element.remove();
    this.#rows.delete(key);
    this.#order.splice(this.#placeOf(key), 1);
  }

  #placeOf(key) {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
