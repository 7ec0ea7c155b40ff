// The candles of one sector for the chart: the past by REST, the present as it comes.

import { BarSeries } from "./bars.js";
import { getData } from "./rest.js";

const limit = 500; // Candles.

/**
 * A candle may come while the past is under way, and the past may be older than it: so what comes meanwhile is kept,
 * and goes behind the past. A candle of the same time replaces the one there, so nothing is missing and nothing twice.
 */
export class SectorHistory {
  id;
  series = new BarSeries();
  #meanwhile = []; // Undefined when the past is there, or could not be had.

  constructor(id, recent) {
    this.id = id;
    this.#meanwhile.push(...recent);
  }

  /** Reads the past. Rejects when that fails; what comes live is shown all the same. */
  async load() {
    try {
      for (const { bar } of await candlesOf(this.id, limit)) this.series.add(bar);
    } finally {
      for (const bar of this.#meanwhile) this.series.add(bar);
      this.#meanwhile = undefined;
    }
  }

  add(bar) {
    if (this.#meanwhile) this.#meanwhile.push(bar);
    else this.series.add(bar);
  }
}

/** The last candles of a sector, oldest first. */
export async function candlesOf(id, limit) {
  const candles = await getData(`/api/sectors/${encodeURIComponent(id)}/candles?limit=${limit}`);
  return candles.map((candle) => {
    const at = Date.parse(candle.timestamp);
    return { at, value: candle.value, bar: barOf(at, candle) };
  });
}

/** A candle as the chart draws it; prices that are missing are its value. */
export function barOf(at, { value, open, high, low, close, volume }) {
  const end = close ?? value;
  return {
    time: Math.floor(at / 1000),
    open: open ?? end, high: high ?? Math.max(open ?? end, end), low: low ?? Math.min(open ?? end, end), close: end,
    volume: volume ?? 0,
  };
}
