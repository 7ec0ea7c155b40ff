// How long bars are: "1", "5", "7" and "60" are minutes, "D" is a day, "W" a week, "M" a month, "3M" three.

const day = 1_440; // Minutes.
const letters = { D: day, W: 7 * day, M: 30 * day }; // A month about: for the order of buttons it will do.
const names = { D: "day", W: "week", M: "month" };

/** What the page offers even if the server knows no bars of it. */
export const usual = ["1", "5", "15", "60", "D"];

/** Whether its bars are days or longer, which begin at midnight UTC. */
export const isDaily = (id) => minutesOf(id) >= day && minutesOf(id) < Infinity;

/** As short as on a button: "5m", "1h", "1D". What is not known stays as it is. */
export function labelOf(id) {
  const minutes = minutesOf(id);
  if (minutes === Infinity) return id;
  if (minutes === day) return "1D";
  const { count, letter } = spelled(id) ?? {};
  if (letter) return `${count}${letter}`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

export function nameOf(id) {
  const minutes = minutesOf(id);
  if (minutes === Infinity) return id;
  if (minutes === day) return "1 day";
  const { count, unit } = spelled(id)
    ?? (minutes % 60 === 0 ? { count: minutes / 60, unit: "hour" } : { count: minutes, unit: "minute" });
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The shortest first, what is not known last. */
export function sorted(ids) {
  return [...ids].sort((one, other) => compare(minutesOf(one), minutesOf(other)) || compare(one, other));
}

const compare = (one, other) => (one > other) - (one < other);

function minutesOf(id) {
  const { count, letter } = spelled(id) ?? {};
  if (letter) return count * letters[letter];
  return /^[1-9]\d{0,3}$/.test(id) ? Number(id) : Infinity;
}

/** What is no number of minutes: a letter, perhaps with a number before it. */
function spelled(id) {
  const [, number, letter] = /^([1-9]\d?)?([DWM])$/.exec(id) ?? [];
  return letter && { count: Number(number ?? 1), letter, unit: names[letter] };
}
