"""The guides in `docs`, as they stand there: the blocks of code, and what is shown as an answer."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Optional

_DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Command:
    """A block of commands, and the JSON that they print, if that is shown right below them."""

    text: str
    answer: Optional[Any] = None

    @property
    def changes_something(self) -> bool:
        return any(sign in self.text for sign in (" -d ", "PUBLISH", "maxserver publish"))


def blocks(name: str, language: str) -> List[str]:
    return [text for kind, text in _BLOCK.findall((_DOCS / name).read_text()) if kind == language]


def commands(name: str) -> List[Command]:
    found, end, guide = [], 0, (_DOCS / name).read_text()
    for block in _BLOCK.finditer(guide):
        kind, text = block.groups()
        if kind == "sh":
            found.append(Command(text))
        elif kind == "json" and found and not guide[end : block.start()].strip():
            found[-1].answer = json.loads(text)
        end = block.end()
    return found


def fits(actual: Any, shown: Any) -> bool:
    """Whether a value is the one that is shown, where `…` is anything: a text, further members, further elements."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        if not isinstance(actual, dict) or ("…" not in shown and actual.keys() != shown.keys()):
            return False
        return all(key in actual and fits(actual[key], value) for key, value in shown.items() if key != "…")
    if isinstance(shown, list):
        return isinstance(actual, list) and _elements_fit(actual, shown)
    return actual == shown


def _elements_fit(actual: list, shown: list) -> bool:
    if not shown:
        return not actual
    if shown[0] == "…":
        return any(_elements_fit(actual[start:], shown[1:]) for start in range(len(actual) + 1))
    return bool(actual) and fits(actual[0], shown[0]) and _elements_fit(actual[1:], shown[1:])
