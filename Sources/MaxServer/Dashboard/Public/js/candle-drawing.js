// Candles and volume on a canvas, by TradingView's Lightweight Charts (the global `LightweightCharts`).

import { decimals } from "./format.js";
import { colour, onThemeChange } from "./theme.js";

const redrawBeyond = 100; // Bars. Beyond it, drawing all at once is quicker than one by one.
const dayOnly = { timeZone: "UTC", month: "short", day: "numeric" }; // Daily bars are stamped at midnight UTC.
const locale = "en-US";

export class CandleDrawing {
  #chart;
  #candles;
  #volumes;
  #colours;
  #daily = false;
  #drawn = { series: undefined, generation: 0, count: 0 };

  /** `pointed` hears the time of the bar under the pointer, or undefined. */
  constructor(container, pointed) {
    this.#colours = themeColours();
    this.#chart = window.LightweightCharts.createChart(container, {
      autoSize: true,
      ...chartColours(this.#colours),
      timeScale: {
        timeVisible: true, secondsVisible: false, borderVisible: false, rightOffset: 3, barSpacing: 9,
        tickMarkFormatter: (time, kind) => this.#tickMark(time, kind),
      },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.26 } },
      localization: { locale, timeFormatter: (time) => this.#time(time) },
      // A finger that moves up or down scrolls the page, not the price.
      handleScroll: { vertTouchDrag: false },
      kineticScroll: { touch: !matchMedia("(prefers-reduced-motion: reduce)").matches },
    });
    this.#candles = this.#chart.addCandlestickSeries(candleColours(this.#colours));
    this.#volumes = this.#chart.addHistogramSeries({
      priceScaleId: "volume", priceFormat: { type: "volume" }, priceLineVisible: false, lastValueVisible: false,
    });
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#chart.subscribeCrosshairMove((event) => pointed(event.time));
    onThemeChange(() => this.#recolour());
  }

  draw(series, { daily }) {
    const { bars, generation } = series;
    const drawn = this.#drawn;
    const isNew = series !== drawn.series;
    const isFirst = drawn.count === 0; // The price axis has the decimals that the prices need.
    if (isNew || isFirst || generation !== drawn.generation || bars.length - drawn.count > redrawBeyond) {
      this.#daily = daily;
      this.#drawAll(bars);
      if (isNew) this.#chart.timeScale().scrollToRealTime();
    } else {
      // The last bar drawn may have changed since.
      for (let index = Math.max(0, drawn.count - 1); index < bars.length; index += 1) {
        this.#candles.update(candleOf(bars[index], bars[index - 1]));
        this.#volumes.update(this.#volumeOf(bars[index]));
      }
    }
    this.#drawn = { series, generation, count: bars.length };
  }

  #drawAll(bars) {
    const precision = decimals(bars.at(-1)?.close ?? 0);
    this.#candles.applyOptions({ priceFormat: { type: "price", precision, minMove: 10 ** -precision } });
    this.#candles.setData(bars.map((bar, index) => candleOf(bar, bars[index - 1])));
    this.#volumes.setData(bars.map((bar) => this.#volumeOf(bar)));
  }

  #recolour() {
    this.#colours = themeColours();
    this.#chart.applyOptions(chartColours(this.#colours));
    this.#candles.applyOptions(candleColours(this.#colours));
    // Every volume carries its own colour.
    if (this.#drawn.series) this.#volumes.setData(this.#drawn.series.bars.map((bar) => this.#volumeOf(bar)));
  }

  #volumeOf(bar) {
    const color = bar.close < bar.open ? this.#colours.downTint : this.#colours.upTint;
    return { time: bar.time, value: bar.volume, color };
  }

  /** The library counts in UTC; a trader reads the clock on the wall. */
  #time(seconds) {
    const date = new Date(seconds * 1000);
    if (this.#daily) return date.toLocaleDateString(locale, { ...dayOnly, year: "numeric" });
    const second = seconds % 60 === 0 ? undefined : "2-digit";
    return date.toLocaleString(locale, {
      month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second, hourCycle: "h23",
    });
  }

  #tickMark(seconds, kind) {
    const date = new Date(seconds * 1000);
    const { Year, Month, DayOfMonth, TimeWithSeconds } = window.LightweightCharts.TickMarkType;
    const timeZone = this.#daily ? "UTC" : undefined;
    if (kind === Year) return date.toLocaleDateString(locale, { timeZone, year: "numeric" });
    if (kind === Month) return date.toLocaleDateString(locale, { timeZone, month: "short" });
    if (kind === DayOfMonth) return date.toLocaleDateString(locale, { timeZone, month: "short", day: "numeric" });
    const second = kind === TimeWithSeconds ? "2-digit" : undefined;
    return date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second, hourCycle: "h23" });
  }
}

/** A point is drawn as the way from the price before: alone it would be a dash. */
function candleOf(bar, before) {
  if (!bar.isPoint || !before) return bar;
  const open = before.close;
  return { ...bar, open, high: Math.max(open, bar.close), low: Math.min(open, bar.close) };
}

function themeColours() {
  return {
    background: colour("--panel"), text: colour("--faint"), grid: colour("--grid"), cross: colour("--cross"),
    up: colour("--up"), down: colour("--down"), upTint: colour("--up-tint"), downTint: colour("--down-tint"),
  };
}

function chartColours({ background, text, grid, cross }) {
  const label = { color: cross, labelBackgroundColor: cross };
  return {
    layout: {
      background: { color: background }, textColor: text, fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: { mode: window.LightweightCharts.CrosshairMode.Normal, vertLine: label, horzLine: label },
  };
}

function candleColours({ up, down }) {
  return {
    upColor: up, borderUpColor: up, wickUpColor: up,
    downColor: down, borderDownColor: down, wickDownColor: down,
  };
}
