"""Three servers on one Redis and one Postgres: every client gets every message once, and every row is stored once."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import socketio

from waiting import PATIENCE, eventually, eventually_async

NODES = 3
TIME = "2025-01-15T10:30:00.000Z"
MARKET = {"sectorId": "tech-001", "value": 1250.5, "timestamp": TIME}
CANDLE = {"sectorId": "tech-001", "candle": {"timestamp": TIME, "value": 1250.5, "open": 1245}}
BAR = {
    "symbol": "AAPL", "resolution": "1",
    "bar": {"time": 1736937000000, "open": 1, "high": 3, "low": 0.5, "close": 2, "volume": 7},
}  # fmt: skip
LAST = {"agentId": "the-last", "sectorId": "tech-001", "status": "active"}
EVENTS = ["market:update", "sector:candle_update", "bar:update", "discussion:new_message", "agent:status_update"]
ROOMS = ["market", "sector:tech-001", "bars:AAPL:1", "discussion:d", "agent:the-last"]


class Watcher:
    """A client that is in all rooms of what is published, and keeps what it gets in its order."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient()
        self.events: list = []
        for name in EVENTS:
            self.client.on(name, lambda data, name=name: self.events.append((name, data)))

    async def start(self, url: str, transport: str) -> None:
        await self.client.connect(url, transports=[transport])
        answer = await self.client.call("subscribe", {"rooms": ROOMS}, timeout=PATIENCE)
        assert answer["ok"] is True
        self.events.clear()

    def of(self, name: str) -> list:
        return [data for event, data in self.events if event == name]


@pytest.fixture
def redis(start_redis):
    return start_redis()


@pytest.fixture
def postgres(start_postgres):
    return start_postgres()


@pytest.fixture
def nodes(start_maxserver, redis, postgres):
    """They start at the same time: one of them makes the schema."""
    settings = {"REDIS_URL": redis.url, "DATABASE_URL": postgres.url, "AUTO_MIGRATE": "true"}
    with ThreadPoolExecutor(NODES) as pool:
        servers = list(pool.map(lambda _: start_maxserver("--loops", "1", **settings), range(NODES)))
    for server in servers:
        eventually("Redis is there", lambda: server.health()["status"] == "ok")
    return servers


def say(nodes, redis) -> dict:
    """Publishes one of each kind, and at last a status; returns the message of the discussion."""
    redis.publish("market_updates", MARKET)
    redis.publish("sector_candles", CANDLE)
    redis.publish("bars:AAPL:1", BAR)
    body = {"id": "m", "content": "Buy 😀", "agentId": "a", "agentName": "Ann"}
    answer = requests.post(f"{nodes[1].url}/api/discussions/d/messages", json=body, timeout=PATIENCE)
    assert answer.status_code == 201 and "X-Published" not in answer.headers
    redis.publish("agent_status", LAST)
    return answer.json()["data"]


class TestNodes:
    def test_tell_every_client_once_and_store_once(self, nodes, redis, postgres):
        room = {"id": "d", "title": "Buy?", "sectorId": "tech-001"}
        made = requests.post(f"{nodes[0].url}/api/discussions", json=room, timeout=PATIENCE)
        assert made.status_code == 201

        async def story():
            watchers = [Watcher() for _ in range(2 * NODES)]
            for number, watcher in enumerate(watchers):
                await watcher.start(nodes[number % NODES].url, ["websocket", "polling"][number // NODES])
            message = await asyncio.to_thread(say, nodes, redis)
            for watcher in watchers:
                # Redis keeps the order, so what came twice came before this.
                await eventually_async("all came", lambda: len(watcher.of("agent:status_update")) > 0)
                assert watcher.of("market:update") == [MARKET]
                assert watcher.of("sector:candle_update") == [CANDLE]
                assert watcher.of("bar:update") == [BAR]
                (said,) = watcher.of("discussion:new_message")
                assert said["discussionId"] == "d" and said["message"]["id"] == message["id"] == "m"
                assert said["message"]["content"] == "Buy 😀"
                assert watcher.of("agent:status_update") == [LAST]
            for watcher in watchers:
                await watcher.client.disconnect()

        asyncio.run(story())
        candles = "SELECT sector_id, value, open FROM sector_candles"
        bars = "SELECT symbol, resolution, high, volume FROM bars"
        eventually("the candle is stored", lambda: postgres.query(candles) == [["tech-001", "1250.5", "1245"]])
        eventually("the bar is stored", lambda: postgres.query(bars) == [["AAPL", "1", "3", "7"]])
        assert postgres.query("SELECT id, author_name FROM messages") == [["m", "Ann"]]

    def test_agree_on_what_is_stored(self, nodes, redis, postgres):
        """All of them store all rows: the same ones at the same time, in batches that overlap."""
        for second in range(20):
            candles = [
                {"sectorId": f"s{sector}", "candle": {"timestamp": f"2025-01-15T10:30:{second:02}Z", "value": value}}
                for value in (1, 2)
                for sector in range(100)
            ]
            redis.publish("sector_candles", candles)
        count = "SELECT count(*), count(*) FILTER (WHERE value = 2) FROM sector_candles"
        eventually("all are stored", lambda: postgres.query(count) == [["2000", "2000"]])
        for node in nodes:
            eventually("nothing waits", lambda: node.health()["checks"]["database"]["pending"] == 0)
            assert node.health()["status"] == "ok"
            assert not [line for line in node.log if line["level"] in ("warning", "error")]
        assert postgres.query(count) == [["2000", "2000"]]


def test_routes_that_overlap_bring_a_message_once(start_maxserver, redis, tmp_path):
    """Redis sends a message for each name and pattern that fits its channel."""
    routes = [
        {"channel": "bars:BTC:{resolution}", "event": "coin", "rooms": ["topic:coins"]},
        {"channel": "bars:ETH:1", "event": "coin", "rooms": ["topic:coins"]},
    ]
    (tmp_path / "routes.json").write_text(json.dumps(routes))
    server = start_maxserver(REDIS_URL=redis.url, ROUTES_FILE=str(tmp_path / "routes.json"))
    eventually("the server listens", lambda: server.redis_health()["status"] == "ok")

    async def story():
        coins = []
        client = socketio.AsyncClient()
        client.on("coin", coins.append)
        await client.connect(server.url, transports=["websocket"])
        await client.call("subscribe", {"rooms": ["topic:coins"]}, timeout=PATIENCE)
        for channel in ("bars:BTC:1", "bars:ETH:1", "bars:BTC:5"):
            redis.publish(channel, {"channel": channel})
        await eventually_async("the last came", lambda: coins and coins[-1] == {"channel": "bars:BTC:5"})
        assert coins == [{"channel": "bars:BTC:1"}, {"channel": "bars:ETH:1"}, {"channel": "bars:BTC:5"}]
        await client.disconnect()

    asyncio.run(story())
