// What the chart can show: where its past is, which room brings its present, and how it is called.

import { capacity } from "./bars.js";
import { publishCommand } from "./format.js";
import { barOf, candleOf } from "./messages.js";
import { isDaily, labelOf, nameOf } from "./resolutions.js";
import { getData } from "./rest.js";

export function barSource(symbol, resolution) {
  const message = {
    symbol,
    bar: { time: 1697097600000, open: 150, high: 151, low: 149.5, close: 150.5, volume: 1000000 },
  };
  return {
    symbol, resolution,
    address: ["bars", symbol, resolution],
    room: `bars:${symbol}:${resolution}`,
    name: symbol,
    title: `${symbol} · ${labelOf(resolution)}`,
    description: `bars of ${nameOf(resolution)}`,
    isDaily: isDaily(resolution),
    command: publishCommand(`bars:${symbol}:${resolution}`, message),
    async read(signal) {
      const query = new URLSearchParams({ resolution, limit: capacity });
      const bars = await getData(`/api/bars/${encodeURIComponent(symbol)}?${query}`, signal);
      return bars.map(barOf);
    },
  };
}

/** `nameOf` knows what a sector is called, perhaps only later. */
export function sectorSource(sector, nameOf) {
  const message = { sectorId: sector, candle: { timestamp: "2025-01-15T10:30:00.000Z", value: 1250.5 } };
  return {
    sector,
    address: ["sector", sector],
    room: `sector:${sector}`,
    get name() {
      return nameOf(sector);
    },
    get title() {
      return nameOf(sector);
    },
    description: "candles",
    isDaily: false,
    command: publishCommand("sector_candles", message),
    read: async (signal) => (await candlesOf(sector, capacity, signal)).map(({ bar }) => bar),
  };
}

/** The last candles of a sector, oldest first. One that nobody has set up has none. */
export async function candlesOf(sector, limit, signal) {
  try {
    const candles = await getData(`/api/sectors/${encodeURIComponent(sector)}/candles?limit=${limit}`, signal);
    return candles.map(candleOf);
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}
