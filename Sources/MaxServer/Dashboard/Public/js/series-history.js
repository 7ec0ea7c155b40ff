// The bars of one series for the chart: the past by REST, the present as it comes.

import { BarSeries } from "./bars.js";

const pause = 5_000; // Milliseconds from a failure to the next try.

/**
 * Bars come live while the past is under way, and the past may know older versions of them: so they are shown at once,
 * and put over the past when it is there. All are merged by their time: nothing is missing, and nothing is there twice.
 */
export class SeriesHistory {
  series = new BarSeries();
  isRead = false;
  /** Why the past is not there, in one sentence. */
  problem;
  #read;
  #changed;
  #reading;
  #timer;
  #meanwhile; // What came since the past was asked for; undefined when it is there.

  /** `read(signal)` asks for the last bars, oldest first; `changed` hears whenever there is something to draw. */
  constructor(read, changed) {
    this.#read = read;
    this.#changed = changed;
  }

  /** From now on all bars come to `add`, and what came before is to be asked for. */
  begin() {
    this.#meanwhile = new BarSeries();
    this.#load();
  }

  add(bar) {
    this.#meanwhile?.add(bar);
    if (this.series.add(bar)) this.#changed();
  }

  /** Nobody looks at it any more. */
  end() {
    this.#reading?.abort();
    clearTimeout(this.#timer);
  }

  async #load() {
    this.end();
    const { signal } = (this.#reading = new AbortController());
    try {
      const bars = await this.#read(signal);
      if (signal.aborted) return;
      this.series.merge([...bars, ...this.#meanwhile.bars]);
      this.#meanwhile = undefined;
      this.problem = undefined;
      this.isRead = true;
    } catch (error) {
      if (signal.aborted) return;
      this.problem = `The past cannot be read: ${error.message}`;
      this.#timer = setTimeout(() => this.#load(), pause);
    }
    this.#changed();
  }
}
