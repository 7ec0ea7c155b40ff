"""Draws the figures: a line for each scenario, a mark for each server."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402: the backend comes first.

STYLES = {"floor": ("|", "#444444"), "ours": ("o", "#0a7d5a")}
PEERS = [("s", "#c2571a"), ("D", "#4b5fc9"), ("^", "#9a2f6b"), ("v", "#7a6a00")]


def draw(results: Path, picture: Path) -> None:
    scenarios = [row for row in json.loads(results.read_text())["scenarios"] if row["metric"] in ("cpu", "p50", "p99")]
    scenarios = [row for row in scenarios if row["servers"]][::-1]
    names = list(dict.fromkeys(name for row in scenarios[::-1] for name in row["servers"]))
    names.sort(key=lambda name: {"floor": 0, "ours": 1}.get(name, 2))
    peers = [name for name in names if name not in STYLES]
    matplotlib.rcParams["svg.hashsalt"] = "benchmarks"  # The same figures give the same file.
    figure, axes = pyplot.subplots(figsize=(9, 0.32 * len(scenarios) + 1.4))
    for name in names:
        marker, colour = STYLES.get(name) or PEERS[peers.index(name) % len(PEERS)]
        points = [(row["servers"][name]["cpu"], y) for y, row in enumerate(scenarios) if name in row["servers"]]
        axes.plot(
            [x for x, _ in points], [y for _, y in points], marker, color=colour, label=name, linestyle="none",
            markersize=12 if marker == "|" else 6, markeredgewidth=2 if marker == "|" else 1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(scenarios)), [row["name"] for row in scenarios])
    axes.set_xlabel("µs of server CPU for each operation (logarithmic; further left is better)")
    axes.grid(axis="x", which="both", color="#dddddd", linewidth=0.5)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), frameon=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})
