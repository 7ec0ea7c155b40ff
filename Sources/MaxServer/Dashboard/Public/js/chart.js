// What the chart shows: one series at a time, from the page's address, the picker, the watch list or the sectors.

import { address, addressed, onAddressChange } from "./chart-address.js";
import { ChartPanel } from "./chart-panel.js";
import { barSource, sectorSource } from "./chart-sources.js";
import { SeriesHistory } from "./series-history.js";
import { Subscription } from "./subscription.js";

export class Chart {
  #panel = new ChartPanel();
  #sectorName;
  #chosen;
  #source;
  #history;
  #subscription;
  #problem;

  /** `sectorName(id)` is what a sector is called; `chosen` hears when that is another series. */
  constructor({ sectorName, chosen }) {
    this.#sectorName = sectorName;
    this.#chosen = chosen;
    onAddressChange((parts) => this.#showParts(parts));
  }

  /** Shows what the address or the browser remembers, else the bars named here. */
  start(symbol, resolution) {
    this.#showParts(addressed() ?? ["bars", symbol, resolution]);
  }

  /** Begins to hear what comes live; `message` gets what the room brought before. Without a socket nothing comes. */
  connect(socket, message) {
    if (!socket) return this.#history.begin();
    this.#subscription = new Subscription(socket, {
      message,
      joined: (_, { recovered }) => recovered || this.#history.begin(),
      problem: (problem) => {
        this.#problem = problem;
        // What is stored can be shown all the same.
        if (problem && !this.#history.isRead) this.#history.begin();
        this.#panel.changed();
      },
    });
    this.#subscription.replace([this.#source.room]);
  }

  get symbol() {
    return this.#source.symbol;
  }

  get resolution() {
    return this.#source.resolution;
  }

  /** For the title of the tab. */
  get headline() {
    return this.#panel.headline;
  }

  showBars(symbol, resolution) {
    this.#show(barSource(symbol, resolution));
  }

  showSector(id) {
    this.#show(sectorSource(id, this.#sectorName));
  }

  /** A bar that came, of whatever series; false when it is another one. */
  barUpdate({ symbol, resolution, bar }) {
    if (symbol !== this.#source.symbol || resolution !== this.#source.resolution) return false;
    this.#history.add(bar);
    return true;
  }

  candleUpdate({ sectorId, bar }) {
    if (sectorId === this.#source.sector) this.#history.add(bar);
  }

  /** A sector has a name by now. */
  sectorNamed(id) {
    if (id === this.#source.sector) this.#panel.changed();
  }

  #showParts([kind, name, resolution]) {
    if (kind === "bars") this.showBars(name, resolution);
    else this.showSector(name);
  }

  #show(source) {
    address(source.address);
    if (source.room === this.#source?.room) return;
    this.#history?.end();
    this.#source = source;
    this.#history = new SeriesHistory(source.read, () => this.#panel.changed());
    this.#problem = undefined;
    this.#panel.show(source, this.#history, () => this.#problem ?? this.#history.problem);
    this.#chosen();
    this.#subscription?.replace([source.room]);
  }
}
