// The sector table and the index of the whole market: `market:update` and `sector:candle_update`.

import { fieldsOf, flash, setText } from "./dom.js";
import { change, clock, direction, percent, price } from "./format.js";
import { onNextFrame } from "./frame.js";
import { RowTable } from "./row-table.js";
import { drawSparkline, sparkPoints } from "./sparkline.js";

const capacity = 500; // Sectors.

export class SectorPanel {
  #table;
  #index = { value: undefined, previous: undefined };
  #indexElement;
  #indexFields;
  #drawIndex = () => this.#paintIndex();

  constructor(rows, index) {
    this.#table = new RowTable({
      container: rows, template: "sector-row", attribute: "sector", capacity, paint: paintSector,
    });
    this.#indexElement = index;
    this.#indexFields = fieldsOf(index);
  }

  marketUpdate({ sectorId, value, index, at }) {
    if (sectorId === undefined) {
      this.#index = { value: index, previous: this.#index.value };
      onNextFrame(this.#drawIndex);
      return;
    }
    const sector = this.#table.change(sectorId, () => newSector(sectorId));
    sector.previous = sector.value;
    sector.value = value;
    sector.at = at;
  }

  candleUpdate({ sectorId, value, at }) {
    const { candles } = this.#table.change(sectorId, () => newSector(sectorId));
    const last = candles.at(-1);
    if (last && at < last.at) return;
    if (last && at === last.at) last.value = value;
    else candles.push({ at, value });
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
  return { id, value: undefined, previous: undefined, at: undefined, painted: undefined, candles: [] };
}

function paintSector(fields, sector) {
  setText(fields.name, sector.id);
  drawSparkline(fields.spark, sector.candles.map((candle) => candle.value));
  if (sector.value === undefined) return;
  setText(fields.value, price(sector.value));
  fields.value.dataset.value = sector.value;
  setText(fields.time, clock(sector.at));
  if (sector.previous !== undefined) {
    const moved = direction(sector.previous, sector.value);
    setText(fields.change, change(sector.previous, sector.value));
    setText(fields.percent, percent(sector.previous, sector.value));
    fields.change.dataset.direction = fields.percent.dataset.direction = moved;
  }
  if (sector.painted !== undefined) flash(fields.value, direction(sector.painted, sector.value));
  sector.painted = sector.value;
}
