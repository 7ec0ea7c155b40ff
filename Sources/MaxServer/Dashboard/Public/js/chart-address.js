// What the chart shows, in the page's address (`#bars:AAPL:5`, `#sector:tech-001`) and in the browser's storage, so
// that a reload, a bookmark and the way back find it again.

import { remember, stored } from "./settings.js";

const longest = 200; // Characters, as of rooms.

/** What is to be shown: `["bars", symbol, resolution]`, `["sector", id]`, or undefined. */
export function addressed() {
  return partsOf(location.hash.slice(1)) ?? partsOf(stored("chart") ?? "");
}

export function address(parts) {
  const text = parts.map(encodeURIComponent).join(":");
  remember("chart", text);
  if (partsOf(location.hash.slice(1))?.join(":") === parts.join(":")) return;
  // The first choice is no step that one would want to go back from.
  if (location.hash === "") history.replaceState(null, "", `#${text}`);
  else location.hash = text;
}

export function onAddressChange(listener) {
  addEventListener("hashchange", () => {
    const parts = partsOf(location.hash.slice(1));
    if (parts) listener(parts);
  });
}

function partsOf(text) {
  let parts;
  try {
    parts = text.split(":").map(decodeURIComponent);
  } catch {
    return undefined; // Not what this page wrote.
  }
  const count = { bars: 3, sector: 2 }[parts[0]];
  const isUsable = parts.length === count && parts.every((part) => part !== "" && part.length <= longest);
  return isUsable ? parts : undefined;
}
