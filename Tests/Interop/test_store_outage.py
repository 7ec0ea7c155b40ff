"""Postgres and Redis that go away and come back while much is published: what is stored, said and logged."""

import asyncio
import signal
import threading
import time
from collections import Counter
from typing import Callable, List, NamedTuple, Optional, Tuple

import pytest
import requests
import socketio

from feed import Feed
from postgres import FAST, IMMEDIATE
from prometheus import Page
from waiting import PATIENCE, eventually, eventually_async

ROWS, OTHERS = 5_000, 2_000  # Each second, where the machine can.
BEHIND = 5_000  # Messages that a server may have not read yet: two seconds of them.
WAITING = 25_000  # Rows of one outage: the server keeps 40,000.
CLIENTS = 5


class Sample(NamedTuple):
    began: float
    ended: float
    status: int
    body: dict


class Poller(threading.Thread):
    """Asks the same again and again, every 100 ms."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.samples: List[Sample] = []
        self.problem = ""
        self._url = url
        self._is_over = threading.Event()

    def run(self) -> None:
        with requests.Session() as session:
            while not self._is_over.wait(0.1):
                began = time.monotonic()
                try:
                    answer = session.get(self._url, timeout=PATIENCE)
                    self.samples.append(Sample(began, time.monotonic(), answer.status_code, answer.json()))
                except (requests.RequestException, ValueError) as problem:
                    self.problem = self.problem or str(problem)

    def end(self) -> None:
        self._is_over.set()
        if self.is_alive():
            self.join(PATIENCE)

    def until(self, what: str, holds: Callable[[Sample], bool]) -> float:
        """Waits for a sample of which this is true; returns when it was there."""
        since = len(self.samples)
        eventually(what, lambda: any(map(holds, self.samples[since:])))
        return time.monotonic()

    def until_more(self, count: int) -> float:
        wanted = len(self.samples) + count
        eventually("it is asked", lambda: len(self.samples) >= wanted)
        return time.monotonic()

    def within(self, times: Tuple[float, float]) -> List[Sample]:
        return [sample for sample in self.samples if times[0] <= sample.began and sample.ended <= times[1]]


class Listener:
    """A client of one sector."""

    def __init__(self, sector: str) -> None:
        self.client = socketio.AsyncClient()
        self.sector = sector
        self.connects = self.disconnects = self.strange = 0
        self.candles, self.updates = 0, []
        self.client.on("connect", self._connected)
        self.client.on("disconnect", self._disconnected)
        self.client.on("sector:candle_update", self._candle)
        self.client.on("market:update", lambda data: self.updates.append(data["value"]))

    async def start(self, url: str) -> None:
        await self.client.connect(url, transports=["websocket"])
        answer = await self.client.call("subscribe", {"rooms": [f"sector:{self.sector}"]}, timeout=PATIENCE)
        assert answer["ok"] is True

    def _connected(self) -> None:
        self.connects += 1

    def _disconnected(self, reason) -> None:
        self.disconnects += 1

    def _candle(self, data) -> None:
        self.strange += data["sectorId"] != self.sector
        self.candles += 1


class Scene:
    """A server at work, with all that is watched of it."""

    def __init__(self, server, postgres, redis) -> None:
        self.server, self.postgres, self.redis = server, postgres, redis
        self.feed = Feed(redis.port, ROWS, OTHERS, holds=self._is_behind)
        self.health, self.db = Poller(server.url + "/health"), Poller(server.url + "/health/db")
        self.store_down: List[Tuple[float, float]] = []
        self.redis_down: List[Tuple[float, float]] = []
        self.up: List[Tuple[float, float]] = []
        self._up_since = 0.0
        self._lost = 0
        self._rows_before_outage: Optional[int] = None

    def _is_behind(self) -> bool:
        """Whether more would only wait in Redis, or be given up, because machines for tests can be slow."""
        before = self._rows_before_outage
        if before is not None and self.feed.rows_sent - before > WAITING:
            return True
        return self._unread() - self._lost > BEHIND

    def _unread(self) -> int:
        return self.feed.heard - self.health.samples[-1].body["messages"]["received"]

    def start(self) -> None:
        for thread in (self.health, self.db):
            thread.start()
        self._up_since = self.health.until("it is healthy", lambda one: one.body["status"] == "ok")
        self.feed.start()

    def until_fed(self, rows: int) -> None:
        wanted = self.feed.rows_sent + rows
        eventually("rows are published", lambda: self.feed.rows_sent >= wanted, within=60)

    def outage(self, check: str, end: Callable[[], None], start: Callable[[], None]) -> Tuple[float, float]:
        """Ends something and starts it again; returns from when until when it was certainly known to be down."""
        self.up.append((self._up_since, time.monotonic()))
        self._rows_before_outage = self.feed.rows_sent
        end()
        down = self.health.until(f"{check} is down", lambda one: one.body["checks"][check]["status"] == "down")
        known = (down, max(self.health.until_more(5), self.db.until_more(2)))
        start()
        self._up_since = self.health.until("it is healthy again", lambda one: one.body["status"] == "ok")
        self._rows_before_outage = None
        # What ended with Redis nobody will read.
        self._lost = self._unread() if check == "redis" else self._lost
        return known

    def end(self) -> None:
        self.feed.end()
        self.health.until_more(5)
        self.up.append((self._up_since, time.monotonic()))
        self.stop()

    def stop(self) -> None:
        for thread in (self.feed, self.health, self.db):
            thread.end()

    def table(self) -> dict:
        rows = self.postgres.query(
            'SELECT sector_id, (extract(epoch FROM "timestamp") * 1000)::bigint, value FROM sector_candles'
        )
        table = {(sector, int(moment)): float(value) for sector, moment, value in rows}
        assert len(table) == len(rows)
        return table

    def rows(self, what: str, table: str, **labels: str) -> float:
        return Page(self.server.get("/metrics").text).value(f"rows_{what}", table=table, **labels)

    # What must be true in the end.

    def stored_all(self) -> None:
        # Of what Redis answered last before it was killed some may have ended with it.
        doubtful = [(known - 2, known) for known, _ in self.redis_down]
        expected = self.feed.expected(doubtful)
        certain = sum(None not in values for values in expected.values())
        assert certain > 5 * ROWS
        wanted = f"SELECT count(*) >= {certain} FROM sector_candles"
        eventually("the rest is stored", lambda: self.postgres.query(wanted) == [["t"]], within=30)
        # Also later values of rows that were there before.
        eventually("nothing waits", lambda: self.rows("queued", "sector_candles") == 0)
        assert self.rows("total", "sector_candles", result="dropped") == 0
        table = self.table()
        wrong = {key: table.get(key) for key, values in expected.items() if table.get(key) not in values}
        assert not wrong, f"{len(wrong)} of {len(expected)} rows, e.g. {list(wrong.items())[:5]}"
        assert not table.keys() - expected.keys()

    def told_the_truth(self) -> None:
        assert self.health.problem == "" and self.db.problem == ""
        assert {sample.status for sample in self.health.samples} == {200}
        for times in self.up:
            assert {sample.body["status"] for sample in self.health.within(times)} == {"ok"}
            assert {sample.status for sample in self.db.within(times)} <= {200}
        for check, outages in (("database", self.store_down), ("redis", self.redis_down)):
            for times in outages:
                samples = [sample.body for sample in self.health.within(times)]
                assert len(samples) >= 4
                told = {(body["status"], body["checks"][check]["status"]) for body in samples}
                assert told == {("degraded", "down")}
                asked = self.db.within(times)
                assert {sample.status for sample in asked} == {503 if check == "database" else 200}
                # Nobody waits for a database to come back who only asks whether it is there.
                assert max(sample.ended - sample.began for sample in asked) < 3

    def logged_each_change_once(self) -> None:
        lines = [line for line in self.server.log if line["level"] != "debug"]
        texts = Counter(line["msg"] for line in lines)

        def of(*words: str) -> int:
            return sum(all(word in line["msg"] for word in words) for line in lines)

        assert of("Postgres: connected") == 3 and of("Postgres: lost") == 2, texts
        assert of("Redis at", "is lost") == 1 and of("Redis at", "is back after") == 1, texts
        assert of("rows wait") <= 2 and of("could not be stored") <= 2, texts
        assert sum(line["level"] in ("warning", "error") for line in lines) <= 8, texts


class TestStandstill:
    """Connections stay, and nothing is answered."""

    @pytest.fixture
    def scene(self, start_postgres, start_redis, start_maxserver):
        postgres, redis = start_postgres(), start_redis()
        server = start_maxserver(DATABASE_URL=postgres.url, AUTO_MIGRATE="true", REDIS_URL=redis.url)
        eventually("all are there", lambda: server.health()["status"] == "ok")
        yield server, postgres, redis
        postgres.thaw()
        redis.signal(signal.SIGCONT)

    def test_is_told_by_health_within_two_seconds(self, scene):
        server, postgres, redis = scene
        assert [server.get(path).status_code for path in ("/health/db", "/health/redis")] == [200, 200]
        postgres.freeze()
        redis.signal(signal.SIGSTOP)
        began = time.monotonic()
        down = server.get("/health/db")
        assert down.status_code == 503 and down.json()["error"] == "the database has not answered in 1.5 seconds"
        down = server.get("/health/redis")
        assert down.status_code == 503 and down.json()["error"] == "Redis has not answered in 1.0 seconds"
        assert server.get("/health").status_code == 200
        # Both, one after the other, on a machine that may be busy.
        assert time.monotonic() - began < 4
        postgres.thaw()
        redis.signal(signal.SIGCONT)
        for path in ("/health/db", "/health/redis"):
            eventually("it answers", lambda: server.get(path).status_code == 200)

    def test_keeps_no_client_waiting_and_is_logged_once(self, scene):
        server, postgres, redis = scene
        candle = {"sectorId": "s", "candle": {"timestamp": "2025-01-15T10:30:00Z", "value": 7}}

        async def story():
            client = socketio.AsyncClient()
            await client.connect(server.url, transports=["websocket"])
            await asyncio.to_thread(postgres.freeze)
            await asyncio.to_thread(redis.publish, "sector_candles", candle)
            received = lambda: server.health()["messages"]["received"] == 1
            await eventually_async("it came", received)
            for number in range(4):
                began = time.monotonic()
                rooms = ["sector:s", f"bars:A{number}:1"]
                answer = await client.call("subscribe", {"rooms": rooms}, timeout=PATIENCE)
                assert time.monotonic() - began < 2.5
                assert [one["data"]["candle"]["value"] for one in answer["rooms"][0]["snapshot"]] == [7]
            answer = await client.call("history", {"room": "sector:s"}, timeout=PATIENCE)
            assert len(answer["snapshot"]) == 1
            await client.disconnect()

        asyncio.run(story())
        assert sum("what rooms had before cannot be read" in line["msg"] for line in server.log) == 1


class TestOutages:
    @pytest.fixture
    def scene(self, start_postgres, start_redis, start_maxserver):
        postgres, redis = start_postgres(), start_redis()
        server = start_maxserver(DATABASE_URL=postgres.url, AUTO_MIGRATE="true", REDIS_URL=redis.url)
        scene = Scene(server, postgres, redis)
        yield scene
        scene.stop()

    def test_lose_nothing_that_was_heard(self, scene, start_redis):
        postgres, redis = scene.postgres, scene.redis

        def outages() -> None:
            scene.start()
            for how in (FAST, IMMEDIATE):
                scene.until_fed(2 * ROWS)
                scene.store_down.append(scene.outage("database", lambda: postgres.end(how), postgres.start))
            scene.until_fed(2 * ROWS)
            scene.redis_down.append(scene.outage("redis", redis.kill, lambda: start_redis(redis.port)))
            scene.until_fed(2 * ROWS)
            scene.end()

        async def story() -> None:
            listeners = [Listener(f"s{number}") for number in range(CLIENTS)]
            for listener in listeners:
                await listener.start(scene.server.url)
            await asyncio.to_thread(outages)
            for listener in listeners:
                await asyncio.to_thread(redis.publish, "market_updates", {"sectorId": listener.sector, "value": -1})
                await eventually_async("the last update came", lambda: -1 in listener.updates)
                assert listener.candles > 0
                assert (listener.connects, listener.disconnects, listener.strange) == (1, 0, 0)
                await listener.client.disconnect()

        asyncio.run(story())
        scene.stored_all()
        scene.told_the_truth()
        scene.logged_each_change_once()
