// Which series of bars there are: those the server has stored, and those that were heard of since.

import { sorted, usual } from "./resolutions.js";
import { getData } from "./rest.js";

const freshFor = 5_000; // Milliseconds.
const offered = 12; // Resolutions; more would be no choice any more.

export class KnownSeries {
  #series = new Map(); // By symbol: its resolutions, each with its last price.
  #heard = new Map(); // By "SYMBOL:RESOLUTION"; grows with what was chosen on this page.
  #readAt = -Infinity;
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  /** Asks the server, unless it was asked just now. */
  async refresh() {
    const now = performance.now();
    if (now - this.#readAt < freshFor) return;
    this.#readAt = now;
    const stored = await getData("/api/bars");
    this.#series = new Map();
    for (const { symbol, resolution, last } of stored) this.#add(symbol, resolution, last);
    for (const [symbol, resolution] of this.#heard.values()) this.#add(symbol, resolution);
    this.#changed();
  }

  /** A bar came of a series that this page asked for: there is such a series, whether it is stored or not. */
  heardOf(symbol, resolution) {
    const key = `${symbol}:${resolution}`;
    if (this.#heard.has(key)) return;
    this.#heard.set(key, [symbol, resolution]);
    this.#add(symbol, resolution);
    this.#changed();
  }

  #add(symbol, resolution, last) {
    if (!this.#series.has(symbol)) this.#series.set(symbol, new Map());
    const resolutions = this.#series.get(symbol);
    resolutions.set(resolution, last ?? resolutions.get(resolution));
  }

  get symbols() {
    return [...this.#series.keys()].sort();
  }

  resolutionsOf(symbol) {
    return sorted(this.#series.get(symbol)?.keys() ?? []);
  }

  /** The usual ones and the chosen one, those of the symbol, and those of others as far as there is room. */
  resolutionsFor(symbol, chosen = usual[0]) {
    const others = [...this.#series.values()].flatMap((resolutions) => [...resolutions.keys()]);
    const all = new Set([...usual, chosen, ...this.resolutionsOf(symbol), ...others]);
    return sorted([...all].slice(0, offered));
  }

  /** The close of the series with the shortest bars that are stored, when it was asked for. */
  lastOf(symbol) {
    return this.#series.get(symbol)?.get(this.resolutionsOf(symbol)[0]);
  }
}
