// The sector table and the index of the whole market: `market:update` and `sector:candle_update`.

import { fieldsOf, flash, setText } from "./dom.js";
import { change, clock, direction, percent, price } from "./format.js";
import { onNextFrame } from "./frame.js";
import { RowTable } from "./row-table.js";
import { drawSparkline, sparkPoints } from "./sparkline.js";

export const capacity = 500; // Sectors.

export class SectorPanel {
  #table;
  #index = { value: undefined, previous: undefined, at: undefined };
  #indexElement;
  #indexFields;
  #drawIndex = () => this.#paintIndex();

  /** `selected` hears the id of a sector whose name was pressed. */
  constructor(rows, index, selected) {
    rows.addEventListener("click", (event) => {
      const row = event.target.closest("button") && event.target.closest("tr");
      if (row) selected(row.dataset.sector);
    });
    this.#table = new RowTable({
      container: rows, template: "sector-row", attribute: "sector", capacity, paint: paintSector,
    });
    this.#indexElement = index;
    this.#indexFields = fieldsOf(index);
  }

  /** What the server knew of a sector when it was asked. What has come since is newer. */
  describe({ id, name, currentPrice, change }, askedAt) {
    const sector = this.#table.change(id, () => newSector(id));
    sector.name = name;
    if (typeof currentPrice !== "number") return;
    sector.dayAgo = currentPrice - (change ?? 0);
    if (sector.value === undefined || sector.heardAt < askedAt) sector.value = currentPrice;
  }

  /** What the chart is called when it shows this sector. */
  nameOf(id) {
    return this.#table.get(id)?.name ?? id;
  }

  hasCandles(id) {
    return this.#table.get(id)?.candles.length > 0;
  }

  /** An update that the server remembers. It may be here already, and what is here may be newer. */
  pastUpdate(update) {
    const { at, candles } = (update.sectorId === undefined ? this.#index : this.#table.get(update.sectorId)) ?? {};
    if (at >= update.at || candles?.at(-1)?.at > update.at) return;
    this.marketUpdate(update);
  }

  marketUpdate({ sectorId, value, index, at }) {
    if (sectorId === undefined) {
      this.#index = { value: index, previous: this.#index.value, at };
      onNextFrame(this.#drawIndex);
      return;
    }
    const sector = this.#table.change(sectorId, () => newSector(sectorId));
    sector.previous = sector.value;
    sector.value = value;
    sector.at = at;
    sector.heardAt = performance.now();
  }

  candleUpdate({ sectorId, value, at, bar }) {
    const { candles } = this.#table.change(sectorId, () => newSector(sectorId));
    const last = candles.at(-1);
    if (last && at < last.at) return;
    if (last && at === last.at) Object.assign(last, { value, bar });
    else candles.push({ at, value, bar });
    if (candles.length > sparkPoints) candles.shift();
  }

  #paintIndex() {
    const { value, previous } = this.#index;
    this.#indexElement.hidden = false;
    setText(this.#indexFields.value, price(value));
    this.#indexFields.value.dataset.value = value;
    if (previous === undefined) return;
    setText(this.#indexFields.change, percent(previous, value));
    this.#indexFields.change.dataset.direction = direction(previous, value);
  }
}

function newSector(id) {
  return {
    id, name: undefined, dayAgo: undefined, value: undefined, previous: undefined, at: undefined,
    heardAt: -Infinity, // When its value came live, by `performance.now`.
    painted: undefined, candles: [],
  };
}

function paintSector(fields, sector) {
  setText(fields.name, sector.name ?? sector.id);
  drawSparkline(fields.spark, sector.candles.map((candle) => candle.value));
  if (sector.value === undefined) return;
  setText(fields.value, price(sector.value));
  fields.value.dataset.value = sector.value;
  if (sector.at !== undefined) setText(fields.time, clock(sector.at));
  const before = sector.dayAgo ?? sector.previous;
  if (before !== undefined) {
    const moved = direction(before, sector.value);
    setText(fields.change, change(before, sector.value));
    setText(fields.percent, percent(before, sector.value));
    fields.change.dataset.direction = fields.percent.dataset.direction = moved;
  }
  if (sector.painted !== undefined) flash(fields.value, direction(sector.painted, sector.value));
  sector.painted = sector.value;
}
