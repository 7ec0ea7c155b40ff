// Text from the wire reaches the document through `setText` only, never as markup.

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
const flashFor = 700; // Milliseconds.
const flashEvery = 400; // Milliseconds, per element.
const flashLimit = 24; // At once: beyond that a table flickers, and every frame pays for it.
const flashedAt = new WeakMap();
let flashing = 0;

export const byId = (id) => document.getElementById(id);

/** A copy of a template's element, with its `data-field` parts by name. */
export function fromTemplate(id) {
  const element = byId(id).content.firstElementChild.cloneNode(true);
  return { element, fields: fieldsOf(element) };
}

export function fieldsOf(element) {
  const fields = {};
  for (const part of element.querySelectorAll("[data-field]")) fields[part.dataset.field] = part;
  return fields;
}

/** Writes only what differs: an assignment costs a layout even if the text is the same. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A short tint behind a value that moved; left out when it would flicker, or is not wanted. */
export function flash(element, direction) {
  const now = performance.now();
  if (direction === "flat" || reducedMotion.matches || flashing >= flashLimit) return;
  if (now - (flashedAt.get(element) ?? -flashEvery) < flashEvery) return;
  flashedAt.set(element, now);
  flashing += 1;
  // By the clock: the animation of a row that is removed may never say that it finished.
  setTimeout(() => flashing -= 1, flashFor);
  const colours = [`var(--${direction}-tint)`, "transparent"];
  element.animate({ backgroundColor: colours }, { duration: flashFor, easing: "ease-out" });
}
