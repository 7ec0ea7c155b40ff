// The bars of one series, oldest first, one per time.

export const capacity = 1_000; // Bars. Two trading days of minutes.
const block = 100; // Bars dropped at once: after a drop the chart has to be drawn anew.

export class BarSeries {
  bars = [];
  /** Rises when more changes than the last bar: positions noted before are void then. */
  generation = 0;
  #oldest = -Infinity; // The bars before it were dropped: what comes of that time has no place any more.

  get first() {
    return this.bars[0];
  }

  get last() {
    return this.bars.at(-1);
  }

  /** The bar of a time. */
  at(time) {
    return this.bars.find((bar) => bar.time === time);
  }

  /** Puts a bar where its time is; it replaces the one of the same time. False when that is too long ago. */
  add(bar) {
    if (bar.time < this.#oldest) return false;
    const { last } = this;
    if (!last || bar.time > last.time) this.bars.push(bar);
    else if (bar.time === last.time) this.bars[this.bars.length - 1] = bar;
    else this.#correct(bar);
    if (this.bars.length > capacity) this.#keep(capacity - block);
    return true;
  }

  /** Adds many bars at once; each replaces the one of the same time. */
  merge(bars) {
    const byTime = new Map([...this.bars, ...bars].map((bar) => [bar.time, bar]));
    this.bars = [...byTime.values()].sort((one, other) => one.time - other.time);
    this.generation += 1;
    if (this.bars.length >= capacity) this.#keep(capacity);
  }

  #correct(bar) {
    const before = this.bars.findLastIndex(({ time }) => time <= bar.time);
    const isThere = this.bars[before]?.time === bar.time;
    if (isThere) this.bars[before] = bar;
    else this.bars.splice(before + 1, 0, bar);
    this.generation += 1;
  }

  #keep(count) {
    this.bars.splice(0, this.bars.length - count);
    this.#oldest = this.first.time;
    this.generation += 1;
  }

  /** What the last close is compared with: the close before it, or the opening of a lone bar. */
  get reference() {
    return this.bars.at(-2)?.close ?? this.last?.open;
  }

  closes(limit) {
    return this.bars.slice(-limit).map((bar) => bar.close);
  }
}
