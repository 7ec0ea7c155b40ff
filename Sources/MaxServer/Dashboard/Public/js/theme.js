// Auto, light or dark; remembered. The chart draws on a canvas and has to be told about a change.

import { remember, remembered } from "./settings.js";

const names = ["auto", "light", "dark"];
const labels = { auto: "Auto", light: "Light", dark: "Dark" };
const root = document.documentElement;
const listeners = [];

let theme = remembered("theme", names, "auto");

export function startTheme(button, label) {
  label.textContent = labels[theme];
  button.addEventListener("click", () => {
    theme = names[(names.indexOf(theme) + 1) % names.length];
    remember("theme", theme);
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    label.textContent = labels[theme];
    announce();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
}

export function onThemeChange(listener) {
  listeners.push(listener);
}

/**
 * The colour that a custom property has now. Read through a real property, because the value of a
 * custom property is the unresolved text `light-dark(…)`.
 */
export function colour(property) {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

function announce() {
  for (const listener of listeners) listener();
}
