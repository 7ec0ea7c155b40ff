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
  #shown; // {name, title, description, isDaily, command, series}
  #pointedTime;
  #draw = () => this.#drawNow();
  #drawLegend = () => this.#paintLegend();

  constructor() {
    this.#drawing = window.LightweightCharts
      ? new CandleDrawing(this.#container, (time) => this.#point(time))
      : new LineDrawing(this.#container);
  }

  /** `resolution` is one of the settings' resolutions. */
  showBars(symbol, resolution, series) {
    const bar = '"bar":{"time":1697097600000,"open":150,"high":151,"low":149.5,"close":150.5,"volume":1000000}';
    this.#show({
      name: symbol, title: `${symbol} · ${resolution.label}`, description: `bars of ${resolution.name}`,
      isDaily: resolution.id === "D", series,
      command: `redis-cli PUBLISH bars:${symbol}:${resolution.id} '{"symbol":"${symbol}",${bar}}'`,
    });
  }

  showSector(id, name, series) {
    const candle = '"candle":{"timestamp":"2025-01-15T10:30:00.000Z","value":1250.5}';
    this.#show({
      name, title: name, description: "candles", isDaily: false, series,
      command: `redis-cli PUBLISH sector_candles '{"sectorId":"${id}",${candle}}'`,
    });
  }

  #show(shown) {
    this.#shown = shown;
    this.#pointedTime = undefined;
    setText(byId("chart-title"), shown.title);
    setText(byId("chart-empty-key"), shown.title);
    setText(byId("chart-empty-command"), shown.command);
    this.changed();
  }

  changed() {
    onNextFrame(this.#draw);
  }

  /** The selected price, for the title of the tab. */
  get headline() {
    const last = this.#shown?.series.last;
    return last && `${this.#shown.name} ${price(last.close)}`;
  }

  #drawNow() {
    const { name, description, isDaily, series } = this.#shown;
    this.#drawing.draw(series, { daily: isDaily });
    byId("chart-empty").hidden = series.bars.length > 0;
    this.#container.dataset.bars = series.bars.length;
    this.#container.dataset.lastTime = series.last?.time ?? "";
    const summary = series.last ? `last ${price(series.last.close)}` : "no bars yet";
    this.#container.setAttribute("aria-label", `${name}, ${description}, ${summary}`);
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
