// How long bars are: "1", "5" and "60" are minutes, "D" is a day.

const day = 1_440; // Minutes.

/** What the page offers even if the server knows no bars of it. */
export const usual = ["1", "5", "15", "60", "D"];

export const isDaily = (id) => minutesOf(id) >= day && minutesOf(id) < Infinity;

/** As short as on a button: "5m", "1h", "1D". What is not known stays as it is. */
export function labelOf(id) {
  const minutes = minutesOf(id);
  if (minutes === Infinity) return id;
  if (minutes === day) return "1D";
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

export function nameOf(id) {
  const minutes = minutesOf(id);
  if (minutes === Infinity) return id;
  if (minutes === day) return "1 day";
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The shortest first, what is not known last. */
export function sorted(ids) {
  return [...ids].sort((one, other) => compare(minutesOf(one), minutesOf(other)) || compare(one, other));
}

const compare = (one, other) => (one > other) - (one < other);

function minutesOf(id) {
  if (id === "D" || id === "1D") return day;
  return /^[1-9]\d{0,3}$/.test(id) ? Number(id) : Infinity;
}
