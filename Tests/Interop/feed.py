"""Messages at a steady rate through Redis, and a ledger of what must have come of them."""

import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Set, Tuple

from waiting import PATIENCE

Key = Tuple[str, int]  # A sector, and a moment in milliseconds.


def iso(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(milliseconds / 1_000))


class RedisPipe:
    """A connection that sends many commands at once."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._replies = self._socket.makefile("rb")

    def publish(self, messages: List[Tuple[str, str]]) -> List[int]:
        """Publishes them; returns how many receivers each had. OSError when Redis is lost meanwhile."""
        self._socket.sendall(b"".join(self._command(b"PUBLISH", *map(str.encode, pair)) for pair in messages))
        return [self._number() for _ in messages]

    def close(self) -> None:
        self._replies.close()
        self._socket.close()

    @staticmethod
    def _command(*words: bytes) -> bytes:
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)

    def _number(self) -> int:
        line = self._replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        assert line.startswith(b":"), line
        return int(line[1:])


@dataclass
class Publication:
    """Rows of one message. Nobody knows what became of it when `answered` is None: Redis went away first."""

    rows: Dict[Key, float]
    answered: Optional[float] = None
    receivers: int = 0


class Feed(threading.Thread):
    """Publishes candles, each of a sector and second of its own, and other messages, until it is told to end.

    Of ten messages with candles one brings those of the one before it again, with new values.
    """

    SECTORS = 100
    ROWS_PER_MESSAGE = 10
    _TICK = 0.05
    _FIRST = 1_700_000_000_000

    def __init__(self, port: int, rows: int, others: int, holds: Callable[[], bool]) -> None:
        """So many rows and other messages a second, but none while it is to hold."""
        super().__init__(daemon=True)
        self.publications: List[Publication] = []
        self.rows_sent = 0
        self.heard = 0  # Messages that had a receiver.
        self._holds = holds
        self._port, self._rows, self._others = port, rows, others
        self._pipe: Optional[RedisPipe] = None
        self._is_over = threading.Event()
        self._next = 0

    def run(self) -> None:
        due = time.monotonic()
        while not self._is_over.is_set():
            if not self._holds():
                self._publish()
            # What could not be sent in time is not made up for: no bursts.
            due = max(due + self._TICK, time.monotonic())
            self._is_over.wait(due - time.monotonic())
        if self._pipe:
            self._pipe.close()

    def end(self) -> None:
        self._is_over.set()
        if self.is_alive():
            self.join(PATIENCE)

    def expected(self, doubtful: List[Tuple[float, float]]) -> Dict[Key, Set[Optional[float]]]:
        """The values that each row may have in the table; None if it may be missing.

        `doubtful` are times when Redis answered, but may have ended with the message in its own memory.
        """
        rows: Dict[Key, Set[Optional[float]]] = {}
        for publication in self.publications:
            answered = publication.answered
            is_doubtful = answered is None or any(since <= answered <= until for since, until in doubtful)
            if not is_doubtful and publication.receivers == 0:
                continue
            for key, value in publication.rows.items():
                rows[key] = rows.get(key, {None}) | {value} if is_doubtful else {value}
        return rows

    def _publish(self) -> None:
        publications = [self._publication() for _ in range(int(self._rows * self._TICK) // self.ROWS_PER_MESSAGE)]
        messages = [("sector_candles", self._candles(one.rows)) for one in publications]
        messages += [self._other(number) for number in range(int(self._others * self._TICK))]
        try:
            self._pipe = self._pipe or RedisPipe(self._port)
            receivers = self._pipe.publish(messages)
        except OSError:
            if self._pipe:
                self._pipe.close()
            self._pipe = None
        else:
            self.heard += sum(count > 0 for count in receivers)
            for publication, count in zip(publications, receivers):
                publication.answered, publication.receivers = time.monotonic(), count
        self.rows_sent += sum(len(one.rows) for one in publications)

    def _publication(self) -> Publication:
        if len(self.publications) % 10 == 9:
            publication = Publication({key: value + 0.5 for key, value in self.publications[-1].rows.items()})
        else:
            rows = [divmod(number, self.SECTORS) for number in range(self._next, self._next + self.ROWS_PER_MESSAGE)]
            self._next += self.ROWS_PER_MESSAGE
            publication = Publication({(f"s{n}", self._FIRST + 1_000 * m): float(m + n) for m, n in rows})
        self.publications.append(publication)
        return publication

    @staticmethod
    def _candles(rows: Dict[Key, float]) -> str:
        return json.dumps(
            [
                {"sectorId": sector, "candle": {"timestamp": iso(moment), "value": value}}
                for (sector, moment), value in rows.items()
            ]
        )

    def _other(self, number: int) -> Tuple[str, str]:
        sector = f"s{number % self.SECTORS}"
        if number % 20 == 0:
            return "agent_status", json.dumps({"agentId": f"a{number}", "sectorId": sector, "status": "active"})
        return "market_updates", json.dumps({"sectorId": sector, "value": 0.25 * number})
