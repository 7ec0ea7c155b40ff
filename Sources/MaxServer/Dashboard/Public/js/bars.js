// The bars of one symbol and resolution, oldest first, one per time.

const capacity = 1_000; // Bars. Two trading days of minutes.
const block = 100; // Bars dropped at once: after a drop the chart has to be drawn anew.

export class BarSeries {
  bars = [];
  /** Rises when bars are dropped from the front: positions noted before are void then. */
  generation = 0;

  get last() {
    return this.bars.at(-1);
  }

  /** A bar of the same time replaces the last one, a later one follows it, an older one is ignored. */
  add(bar) {
    const last = this.last;
    if (last && bar.time < last.time) return false;
    if (last && bar.time === last.time) {
      this.bars[this.bars.length - 1] = bar;
      return true;
    }
    if (this.bars.length >= capacity) {
      this.bars.splice(0, block);
      this.generation += 1;
    }
    this.bars.push(bar);
    return true;
  }

  /** What the last close is compared with: the close before it, or the opening of a lone bar. */
  get reference() {
    return this.bars.at(-2)?.close ?? this.last?.open;
  }

  closes(limit) {
    return this.bars.slice(-limit).map((bar) => bar.close);
  }
}
