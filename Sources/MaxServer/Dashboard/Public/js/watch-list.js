// The symbols at the chosen resolution: last price, change and a sparkline; a row is a button.

import { BarSeries } from "./bars.js";
import { flash, fromTemplate, setText } from "./dom.js";
import { direction, percent, price } from "./format.js";
import { onNextFrame } from "./frame.js";
import { drawSparkline, sparkPoints } from "./sparkline.js";

export class WatchList {
  #rows = new Map(); // By symbol: fields, element, series, the price that was painted.
  #resolution;
  #changed = new Set();
  #draw = () => this.#drawChanged();

  constructor(container, symbols, select) {
    for (const symbol of symbols) {
      const row = fromTemplate("watch-row");
      row.element.dataset.symbol = symbol;
      row.element.addEventListener("click", () => select(symbol));
      setText(row.fields.symbol, symbol);
      container.append(row.element);
      this.#rows.set(symbol, row);
    }
  }

  markSelected(selected) {
    for (const [symbol, row] of this.#rows) row.element.setAttribute("aria-pressed", symbol === selected);
  }

  /** Shows bars of another length. */
  watch(resolution) {
    this.#resolution = resolution;
    for (const [symbol, row] of this.#rows) {
      row.series = new BarSeries();
      row.painted = undefined;
      this.#change(symbol);
    }
  }

  /** A bar that came, of whatever series; false when it is none of these. */
  barUpdate({ symbol, resolution, bar }) {
    const row = resolution === this.#resolution ? this.#rows.get(symbol) : undefined;
    if (row?.series.add(bar)) this.#change(symbol);
    return row !== undefined;
  }

  #change(symbol) {
    this.#changed.add(symbol);
    onNextFrame(this.#draw);
  }

  #drawChanged() {
    for (const symbol of this.#changed) paintRow(this.#rows.get(symbol));
    this.#changed.clear();
  }
}

function paintRow(row) {
  const { fields, series } = row;
  drawSparkline(fields.spark, series.closes(sparkPoints));
  const last = series.last?.close;
  if (last === undefined) {
    setText(fields.last, "–");
    setText(fields.change, "");
    delete fields.last.dataset.value;
    return;
  }
  setText(fields.last, price(last));
  fields.last.dataset.value = last;
  setText(fields.change, percent(series.reference, last));
  fields.change.dataset.direction = direction(series.reference, last);
  if (row.painted !== undefined) flash(fields.last, direction(row.painted, last));
  row.painted = last;
}
