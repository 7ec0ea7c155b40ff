"""A strict reader of Prometheus' text format, for what this server writes of it."""

import math
import re
from typing import Dict, FrozenSet, List, NamedTuple, Tuple

Labels = FrozenSet[Tuple[str, str]]

_HELP = re.compile(r"# HELP ([a-z_]+) (\S.*\S)")
_TYPE = re.compile(r"# TYPE ([a-z_]+) (counter|gauge)")
_SAMPLE = re.compile(r"([a-z_]+)(?:\{(.+)\})? (\S+)")
_LABEL = re.compile(r'([a-z_]+)="([^"\\\n]*)"')


class Family(NamedTuple):
    kind: str
    help: str
    samples: Dict[Labels, float]


class Page:
    """Families by name. Reading refuses what is out of order, unknown, doubled or no number."""

    def __init__(self, text: str) -> None:
        assert text.endswith("\n") and "\r" not in text
        self.families: Dict[str, Family] = {}
        lines = text[:-1].split("\n")
        while lines:
            self._read_family(lines)

    def _read_family(self, lines: List[str]) -> None:
        name, help = _HELP.fullmatch(lines.pop(0)).groups()
        typed, kind = _TYPE.fullmatch(lines.pop(0)).groups()
        assert typed == name and name not in self.families
        assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
        samples: Dict[Labels, float] = {}
        while lines and not lines[0].startswith("#"):
            sampled, labels, value = _SAMPLE.fullmatch(lines.pop(0)).groups()
            key = self._labels(labels)
            assert sampled == name and key not in samples
            samples[key] = float(value)
            assert math.isfinite(samples[key]) and samples[key] >= 0
        assert len({frozenset(label for label, _ in key) for key in samples}) <= 1, f"labels of {name} differ"
        self.families[name] = Family(kind, help, samples)

    @staticmethod
    def _labels(text) -> Labels:
        if text is None:
            return frozenset()
        labels = [_LABEL.fullmatch(part).groups() for part in text.split(",")]
        assert len({label for label, _ in labels}) == len(labels)
        return frozenset(labels)

    def value(self, name: str, **labels: str) -> float:
        """A sample; 0 for one that is not there, as of a refusal that never was."""
        return self.families[f"maxserver_{name}"].samples.get(frozenset(labels.items()), 0)

    def values(self, name: str, label: str) -> Dict[str, float]:
        """The samples of a family with one label, by its values."""
        samples = self.families[f"maxserver_{name}"].samples
        return {dict(labels)[label]: value for labels, value in samples.items()}
