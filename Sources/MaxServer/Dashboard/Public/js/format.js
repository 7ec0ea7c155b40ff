// Numbers and times as text. One locale for all, so that a column reads the same on every desk.

const locale = "en-US";
const number = (options) => new Intl.NumberFormat(locale, options);

const mostDecimals = 12;
const upToMost = [...Array(mostDecimals + 1).keys()];
const fixed = upToMost.map((digits) => number({ minimumFractionDigits: digits, maximumFractionDigits: digits }));
const signed = upToMost.map((digits) =>
  number({ minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "always" }));
const compact = number({ notation: "compact", maximumFractionDigits: 1 });
const clockTime = new Intl.DateTimeFormat(locale, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

/** How many decimals a price of this size needs: 150.25, 1.0832, 0.00001234. */
export function decimals(price) {
  const size = Math.abs(price);
  if (size >= 10 || size === 0) return 2;
  if (size >= 0.1) return 4;
  return Math.min(Math.ceil(-Math.log10(size)) + 3, mostDecimals);
}

export const price = (value, digits = decimals(value)) => fixed[digits].format(value);
export const volume = (value) => compact.format(value);
export const count = (value) => fixed[0].format(value);
export const rate = (perSecond) => fixed[perSecond > 0 && perSecond < 10 ? 1 : 0].format(perSecond);
export const clock = (milliseconds) => clockTime.format(milliseconds);

export function direction(from, to) {
  if (to > from) return "up";
  return to < from ? "down" : "flat";
}

export function change(from, to) {
  return moved(from, to, decimals(to), to - from);
}

export function percent(from, to) {
  if (from === 0) return "";
  return `${moved(from, to, 2, ((to - from) / Math.abs(from)) * 100)}%`;
}

export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The colour is never alone: an arrow and a sign say the same. */
function moved(from, to, digits, amount) {
  if (from === to) return fixed[digits].format(0);
  return `${to > from ? "▲" : "▼"} ${signed[digits].format(amount)}`;
}

/** A command that publishes something through the server of this page, which needs no Redis for it. */
export function publishCommand(channel, payload) {
  const body = JSON.stringify({ channel, payload });
  return shellCommand("curl", `${location.origin}/api/publish`, "-H", "Content-Type: application/json", "-d", body);
}

/** A command to paste into a shell. Its words may come from anyone: each is quoted, unless it is plain. */
function shellCommand(...words) {
  const quoted = (word) => `'${word.replaceAll("'", `'\\''`)}'`;
  return words.map((word) => (/^[\w.:/-]+$/.test(word) ? word : quoted(word))).join(" ");
}
