// A small line without axes. The SVG is stretched to its box, so only proportions matter here.

import { direction } from "./format.js";

export const sparkPoints = 60;

const width = 100;
const height = 24;
const margin = 2;

export function drawSparkline(svg, values) {
  const line = svg.firstElementChild;
  if (values.length < 2) {
    line.setAttribute("points", "");
    return;
  }
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const step = width / (values.length - 1);
  const scale = span > 0 ? (height - 2 * margin) / span : 0;
  const points = values.map((value, index) => {
    const y = span > 0 ? height - margin - (value - low) * scale : height / 2;
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  line.setAttribute("points", points.join(" "));
  svg.dataset.direction = direction(values[0], values.at(-1));
}
