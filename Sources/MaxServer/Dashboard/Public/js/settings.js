// What the page's address and the browser's storage say about how to start.

/** How long the bars of the watch list may be. */
export const watchResolutions = ["1", "5", "D"];

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

export function stored(key) {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined; // Storage is forbidden.
  }
}

export function remembered(key, allowed, fallback) {
  const value = stored(key);
  return allowed.includes(value) ? value : fallback;
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
