"""Medians of the rounds: the table, the file, and what they say of the budgets."""

import json
import os
import platform
import statistics
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from .scenarios import Scenario

UNITS = {"cpu": "µs", "bytes": "B", "p50": "µs p50", "p99": "µs p99", "growth": "× RSS", "rate": "/s",
         "held": "µs/s", "load": "% of a core"}


class Results:
    def __init__(self, rounds: int, seconds: float, names: list[str]):
        self.rounds, self.seconds, self.names = rounds, seconds, names
        self.runs: dict[str, dict[str, list[dict[str, float]]]] = {}
        self.failures: dict[str, dict[str, str]] = {}
        self.scenarios: list[Scenario] = []

    def add(self, scenario: Scenario, server: str, figures: dict[str, float]) -> None:
        self.runs.setdefault(scenario.name, {}).setdefault(server, []).append(figures)

    def fail(self, scenario: Scenario, server: str, why: str) -> None:
        self.failures.setdefault(scenario.name, {})[server] = why

    def median(self, scenario: str, server: str, metric: str) -> float | None:
        values = [run[metric] for run in self.runs.get(scenario, {}).get(server, []) if metric in run]
        return statistics.median(values) if values else None

    def verdicts(self, scenario: Scenario) -> list[tuple[str, float | None, bool | None]]:
        """Of each budget its text, the figure, and whether it is met; nothing where a figure lacks."""

        def of(server: str, metric: str, other: str | None = None) -> float:
            value = self.median(other or scenario.name, server, metric)
            if value is None:
                raise LookupError
            return value

        verdicts = []
        for budget in scenario.budgets:
            try:
                value = budget.figure(of)
            except (LookupError, ZeroDivisionError):
                verdicts.append((budget.text, None, None))
                continue
            verdicts.append((budget.text, value, budget.met(value)))
        return verdicts

    # MARK: what people read

    def header(self) -> str:
        columns = "".join(f"{name:>16}" for name in self.names)
        return f"{'':26}{columns}{'÷ floor':>9}{'ops/s':>12}{'p50 µs':>9}{'p99 µs':>9}  aim"

    def row(self, scenario: Scenario) -> str:
        cells = ""
        for name in self.names:
            value = self.median(scenario.name, name, scenario.metric)
            cells += f"{'–' if value is None else number(value) + ' ' + UNITS[scenario.metric]:>16}"
        ours, floor = (self.median(scenario.name, name, scenario.metric) for name in ("ours", "floor"))
        against = f"{ours / floor:.2f}" if ours and floor else "–"
        rate, p50, p99 = (self.median(scenario.name, "ours", metric) for metric in ("rate", "p50", "p99"))
        rest = f"{against:>9}{number(rate):>12}{number(p50):>9}{number(p99):>9}  "
        aims = ", ".join(
            text if value is None else f"{text}: {number(value)} {'met' if met else 'NOT MET'}"
            for text, value, met in self.verdicts(scenario))
        failed = "".join(f"\n    {server}: {why}" for server, why in self.failures.get(scenario.name, {}).items())
        return f"{scenario.name:26}{cells}{rest}{aims}{failed}"

    def markdown(self) -> str:
        """The table of README.md."""
        peers = [name for name in self.names if name not in ("ours", "floor")]
        lines = [
            "| scenario | ours | floor | ours ÷ floor | " + "".join(f"{name} | " for name in peers) + "aim | met |",
            "|---|---:|---:|---:|" + "---:|" * len(peers) + "---|---|",
        ]
        for scenario in self.scenarios:
            values = {name: self.median(scenario.name, name, scenario.metric) for name in self.names}
            cells = [f"{number(values[name])} {UNITS[scenario.metric]}" if values[name] is not None else "–"
                     for name in ("ours", "floor", *peers)]
            ratio = f"{values['ours'] / values['floor']:.2f}" if values["ours"] and values["floor"] else "–"
            verdicts = [(text, value, met) for text, value, met in self.verdicts(scenario) if value is not None]
            aims = ", ".join(text for text, _, _ in verdicts) or "–"
            met = ", ".join(f"{'yes' if met else 'no'}: {number(value)}" for _, value, met in verdicts) or "–"
            lines.append(f"| {scenario.name} | {' | '.join([*cells[:2], ratio, *cells[2:]])} | {aims} | {met} |")
        return "\n".join(lines) + "\n"

    def write(self, path: Path) -> None:
        rows = []
        for scenario in self.scenarios:
            medians = {
                server: {metric: self.median(scenario.name, server, metric) for metric in runs[0]}
                for server, runs in self.runs.get(scenario.name, {}).items()
            }
            budgets = [{"aim": text, "figure": value, "met": met} for text, value, met in self.verdicts(scenario)]
            rows.append({
                "name": scenario.name, "load": scenario.load, "metric": scenario.metric, "servers": medians,
                "budgets": budgets, "failures": self.failures.get(scenario.name, {}),
            })
        document = {"machine": machine(), "rounds": self.rounds, "seconds": self.seconds, "scenarios": rows}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        path.with_suffix(".md").write_text(self.markdown())


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def machine() -> dict[str, object]:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()
    return {
        "date": datetime.now(timezone.utc).date().isoformat(), "cpu": model, "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}", "swift": swift[0] if swift else "",
    }
