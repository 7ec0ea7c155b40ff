// The chart of the selected symbol, with the figures of one bar above it.

import { CandleDrawing } from "./candle-drawing.js";
import { byId, fieldsOf, setText } from "./dom.js";
import { decimals, direction, price, volume } from "./format.js";
import { onNextFrame } from "./frame.js";
import { LineDrawing } from "./line-drawing.js";

export class ChartPanel {
  #container = byId("chart");
  #legend = fieldsOf(byId("legend"));
  #drawing;
  #shown; // {symbol, resolution, series}
  #pointedTime;
  #draw = () => this.#drawNow();
  #drawLegend = () => this.#paintLegend();

  constructor() {
    this.#drawing = window.LightweightCharts
      ? new CandleDrawing(this.#container, (time) => this.#point(time))
      : new LineDrawing(this.#container);
  }

  /** `resolution` is one of the settings' resolutions. */
  show(symbol, resolution, series) {
    this.#shown = { symbol, resolution, series };
    this.#pointedTime = undefined;
    setText(byId("chart-title"), `${symbol} · ${resolution.label}`);
    const bar = '"bar":{"time":1697097600000,"open":150,"high":151,"low":149.5,"close":150.5,"volume":1000000}';
    setText(byId("chart-empty-key"), `${symbol} · ${resolution.label}`);
    setText(
      byId("chart-empty-command"), `redis-cli PUBLISH bars:${symbol}:${resolution.id} '{"symbol":"${symbol}",${bar}}'`);
    this.changed();
  }

  changed() {
    onNextFrame(this.#draw);
  }

  /** The selected price, for the title of the tab. */
  get headline() {
    const last = this.#shown?.series.last;
    return last && `${this.#shown.symbol} ${price(last.close)}`;
  }

  #drawNow() {
    const { symbol, resolution, series } = this.#shown;
    this.#drawing.draw(series, { daily: resolution.id === "D" });
    byId("chart-empty").hidden = series.bars.length > 0;
    this.#container.dataset.bars = series.bars.length;
    this.#container.dataset.lastTime = series.last?.time ?? "";
    const summary = series.last ? `last ${price(series.last.close)}` : "no bars yet";
    this.#container.setAttribute("aria-label", `${symbol}, bars of ${resolution.name}, ${summary}`);
    this.#paintLegend();
  }

  #point(time) {
    if (time === this.#pointedTime) return;
    this.#pointedTime = time;
    onNextFrame(this.#drawLegend);
  }

  #paintLegend() {
    const { series } = this.#shown;
    const pointed = this.#pointedTime && series.bars.find((bar) => bar.time === this.#pointedTime);
    const bar = pointed ?? series.last;
    for (const name of ["open", "high", "low", "close"]) {
      setText(this.#legend[name], bar ? price(bar[name], decimals(bar.close)) : "–");
    }
    setText(this.#legend.volume, bar ? volume(bar.volume) : "–");
    this.#legend.close.dataset.direction = bar ? direction(bar.open, bar.close) : "flat";
  }
}
