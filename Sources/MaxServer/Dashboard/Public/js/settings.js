// What the page's address and the browser's storage say about how to start.

export const resolutions = [
  { id: "1", label: "1m", name: "1 minute" },
  { id: "5", label: "5m", name: "5 minutes" },
  { id: "D", label: "1D", name: "1 day" },
];

const defaultSymbols = ["AAPL", "GOOGL", "MSFT"];
const symbolLimit = 24;

const query = new URLSearchParams(location.search);

/** `?transports=websocket`, `polling` or `polling,websocket`; undefined leaves the choice to the client. */
export function transports() {
  const known = list("transports").filter((name) => name === "polling" || name === "websocket");
  return known.length > 0 ? known : undefined;
}

/** `?symbols=BTC,ETH` replaces the watch list, for a server that generates other bars. */
export function symbols() {
  const named = [...new Set(list("symbols"))].slice(0, symbolLimit);
  return named.length > 0 ? named : defaultSymbols;
}

export function remembered(key, allowed, fallback) {
  try {
    const value = localStorage.getItem(key);
    return allowed.includes(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is full or forbidden: the choice lasts until the page is closed.
  }
}

function list(name) {
  return (query.get(name) ?? "").split(",").map((item) => item.trim()).filter(Boolean);
}
