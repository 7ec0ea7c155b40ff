// What the chart panel draws when Lightweight Charts is missing: a line of closing prices.

import { drawSparkline } from "./sparkline.js";

const points = 200;

export class LineDrawing {
  #svg;

  constructor(container) {
    const namespace = "http://www.w3.org/2000/svg";
    this.#svg = document.createElementNS(namespace, "svg");
    this.#svg.setAttribute("viewBox", "0 0 100 24");
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.classList.add("spark");
    this.#svg.append(document.createElementNS(namespace, "polyline"));
    container.append(this.#svg);
  }

  draw(series) {
    drawSparkline(this.#svg, series.closes(points));
  }
}
