"""Waiting for what comes about: never for a fixed time."""

import asyncio
import time
from typing import Any, Callable

PATIENCE = 15.0  # Seconds. Generous, because a busy machine is slow; only failures take as long.
_PAUSE = 0.02


def eventually(what: str, condition: Callable[[], Any], within: float = PATIENCE) -> Any:
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {within:g} s still not: {what}")
        time.sleep(_PAUSE)


async def eventually_async(what: str, condition: Callable[[], Any], within: float = PATIENCE) -> Any:
    """The same, while clients of this thread go on."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {within:g} s still not: {what}")
        await asyncio.sleep(_PAUSE)
