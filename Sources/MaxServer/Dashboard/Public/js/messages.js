// Payloads from the wire, parsed once into values that cannot be wrong; undefined if unreadable.
// Field names are the server's.

const idLimit = 200; // Characters. Ids become attributes and table cells.
const contentLimit = 4_000; // Characters. A longer message is cut, the feed stays quick.
const latestInstant = 8.64e15; // Milliseconds. Beyond it a Date is invalid and formatting throws.

/** `{symbol, resolution, bar: {time (ms), open, high, low, close, volume?}}`; time becomes seconds. */
export function parseBar(payload) {
  const symbol = id(payload?.symbol);
  const resolution = id(payload?.resolution);
  const { time, open, high, low, close, volume } = payload?.bar ?? {};
  if (!symbol || !resolution || ![time, open, high, low, close].every(isNumber)) return undefined;
  if (Math.abs(time) > latestInstant) return undefined;
  return { symbol, resolution, bar: barOf({ time, open, high, low, close, volume: isNumber(volume) ? volume : 0 }) };
}

/** A bar as the chart draws it, which counts in seconds. */
export function barOf({ time, open, high, low, close, volume }) {
  return { time: Math.floor(time / 1000), open, high, low, close, volume };
}

/**
 * `{sectorId?, value?, indexValue?, timestamp}`. Publishers may send a sector's value as `indexValue`;
 * without a sector it is the index of the whole market.
 */
export function parseMarketUpdate(payload) {
  const sectorId = id(payload?.sectorId);
  const values = [payload?.value, payload?.indexValue].filter(isNumber);
  if (values.length === 0) return undefined;
  const at = instant(payload.timestamp);
  if (sectorId) return { sectorId, value: values[0], at };
  return { index: isNumber(payload.indexValue) ? payload.indexValue : values[0], at };
}

/** `{sectorId, candle: {timestamp, value, open?, high?, low?, close?}}` */
export function parseSectorCandle(payload) {
  const sectorId = id(payload?.sectorId);
  const value = [payload?.candle?.value, payload?.candle?.close].find(isNumber);
  if (!sectorId || value === undefined) return undefined;
  const at = instant(payload.candle.timestamp);
  return { sectorId, value, at, bar: candleBar(at, pricesOf(payload.candle, value)) };
}

/** A sector's candle as the server answers it: `{timestamp, value, open?, high?, low?, close?, volume?}`. */
export function candleOf(candle) {
  const at = Date.parse(candle.timestamp);
  return { at, value: candle.value, bar: candleBar(at, candle) };
}

/** Prices that are missing are the candle's value; without any it is a point. */
function candleBar(at, { value, open, high, low, close, volume }) {
  const end = close ?? value;
  const begin = open ?? end;
  const isPoint = [open, high, low].every((price) => price === undefined || price === null);
  const [top, bottom] = [high ?? Math.max(begin, end), low ?? Math.min(begin, end)];
  return { ...barOf({ time: at, open: begin, high: top, low: bottom, close: end, volume: volume ?? 0 }), isPoint };
}

function pricesOf(candle, value) {
  const prices = { value };
  for (const name of ["open", "high", "low", "close", "volume"]) {
    if (isNumber(candle[name])) prices[name] = candle[name];
  }
  return prices;
}

/** `{agentId, sectorId?, status}` */
export function parseAgentStatus(payload) {
  const agentId = id(payload?.agentId);
  const status = id(payload?.status);
  if (!agentId || !status) return undefined;
  return { agentId, sectorId: id(payload.sectorId), status };
}

/** `{discussionId, message: {id, content, authorId, authorName, timestamp, type}}` */
export function parseDiscussionMessage(payload) {
  const discussionId = id(payload?.discussionId);
  const message = payload?.message;
  const messageId = id(message?.id);
  if (!discussionId || !messageId || typeof message.content !== "string") return undefined;
  return {
    discussionId,
    id: messageId,
    content: clipped(message.content, contentLimit),
    author: id(message.authorName) ?? id(message.authorId) ?? "unknown",
    at: instant(message.timestamp),
    type: id(message.type) ?? "text",
  };
}

/** Well formed, because ids go into addresses, and half a character cannot. */
function id(value) {
  if (isNumber(value)) return String(value);
  return typeof value === "string" && value !== "" ? clipped(value, idLimit).toWellFormed() : undefined;
}

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** Milliseconds. A message without a readable time happened when it arrived. */
function instant(timestamp) {
  const at = Date.parse(timestamp);
  return Number.isNaN(at) ? Date.now() : at;
}

function clipped(text, limit) {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
