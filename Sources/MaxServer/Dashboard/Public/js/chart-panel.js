// The chart, with the figures of one bar above it.

import { CandleDrawing } from "./candle-drawing.js";
import { byId, fieldsOf, setText } from "./dom.js";
import { decimals, direction, percent, price, volume } from "./format.js";
import { onNextFrame } from "./frame.js";
import { LineDrawing } from "./line-drawing.js";

export class ChartPanel {
  #container = byId("chart");
  #figures = fieldsOf(byId("chart-figures"));
  #drawing;
  #source;
  #history;
  #problem;
  #pointedTime;
  #draw = () => this.#drawNow();
  #drawFigures = () => this.#paintFigures();

  constructor() {
    this.#drawing = window.LightweightCharts
      ? new CandleDrawing(this.#container, (time) => this.#point(time))
      : new LineDrawing(this.#container);
  }

  /** `problem()` says what is wrong now, if anything is. */
  show(source, history, problem) {
    this.#source = source;
    this.#history = history;
    this.#problem = problem;
    this.#pointedTime = undefined;
    this.changed();
  }

  changed() {
    onNextFrame(this.#draw);
  }

  get headline() {
    const last = this.#history?.series.last;
    return last && `${this.#source.name} ${price(last.close)}`;
  }

  #drawNow() {
    const { name, description, isDaily } = this.#source;
    const { series } = this.#history;
    this.#drawing.draw(series, { daily: isDaily });
    const summary = series.last ? `last ${price(series.last.close)}` : "no bars yet";
    this.#container.setAttribute("aria-label", `${name}, ${description}, ${summary}`);
    // What is in the chart, for those who cannot see it.
    this.#container.dataset.bars = series.bars.length;
    this.#container.dataset.firstTime = series.first?.time ?? "";
    this.#container.dataset.lastTime = series.last?.time ?? "";
    this.#paintFigures();
    this.#paintEmpty();
  }

  #paintEmpty() {
    const problem = this.#problem();
    setText(byId("chart-note"), problem ?? "");
    byId("chart-note").hidden = problem === undefined;
    const isEmpty = this.#history.series.bars.length === 0;
    byId("chart-empty").hidden = !isEmpty || !this.#history.isRead;
    byId("chart-reading").hidden = !isEmpty || this.#history.isRead || problem !== undefined;
    setText(byId("chart-empty-key"), this.#source.title);
    setText(byId("chart-empty-command"), this.#source.command);
  }

  #point(time) {
    if (time === this.#pointedTime) return;
    this.#pointedTime = time;
    onNextFrame(this.#drawFigures);
  }

  #paintFigures() {
    const { series } = this.#history;
    const { title, last, change, open, high, low, close, volume: traded } = this.#figures;
    const bar = this.#pointedTime === undefined ? series.last : series.at(this.#pointedTime) ?? series.last;
    const digits = decimals(bar?.close ?? 0);
    const priceOf = (value) => (bar ? price(value, digits) : "–");
    setText(title, this.#source.title);
    setText(last, series.last ? price(series.last.close) : "");
    setText(change, series.last ? percent(series.reference, series.last.close) : "");
    change.dataset.direction = series.last ? direction(series.reference, series.last.close) : "flat";
    setText(open, priceOf(bar?.open));
    setText(high, priceOf(bar?.high));
    setText(low, priceOf(bar?.low));
    setText(close, priceOf(bar?.close));
    setText(traded, bar ? volume(bar.volume) : "–");
    close.dataset.direction = bar ? direction(bar.open, bar.close) : "flat";
  }
}
