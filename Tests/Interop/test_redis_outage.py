"""Redis that is not there, goes away and comes back, and what it brings that nobody can read."""

import asyncio
import gzip
import json

import pytest
import requests
import socketio

from waiting import PATIENCE, eventually, eventually_async

UPDATE = {"sectorId": "tech-001", "value": 1250.5, "timestamp": "2025-01-15T10:30:00.000Z"}
PASSWORD = "secret-password"
OTHER = {**UPDATE, "value": 1251.25}
COMPRESSED = gzip.compress(json.dumps(UPDATE).encode())


@pytest.fixture
def redis_port(free_port):
    """Where Redis is, in a test that starts it later."""
    return free_port


@pytest.fixture
def redis_url(redis_port):
    return f"redis://:{PASSWORD}@127.0.0.1:{redis_port}/0"


@pytest.fixture
def server(start_maxserver, redis_url):
    """A server whose Redis is not there yet."""
    return start_maxserver(REDIS_URL=redis_url)


class Listener:
    """A client that counts how often it was connected."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient()
        self.updates, self.connects, self.disconnects = [], 0, 0
        self.client.on("connect", self._connected)
        self.client.on("disconnect", self._disconnected)
        self.client.on("market:update", self.updates.append)

    def _connected(self) -> None:
        self.connects += 1

    def _disconnected(self, reason) -> None:
        self.disconnects += 1

    async def until_received(self, updates: list) -> None:
        await eventually_async("the update came", lambda: len(self.updates) >= len(updates))
        assert self.updates == updates


def until_redis(server, status: str) -> dict:
    """Waits, and returns what `/health` says of Redis then."""
    eventually(f"Redis is {status}", lambda: server.redis_health()["status"] == status)
    return server.health()


class TestOutage:
    def test_at_the_start_is_survived(self, server, dashboard_is_served, redis_port, start_redis):
        health = until_redis(server, "down")
        assert health["status"] == "degraded"
        eventually("the reason is known", lambda: "refused" in server.redis_health()["error"])
        assert server.get("/health").status_code == 200
        assert server.get("/health/redis").status_code == 503
        dashboard_is_served(server)
        eventually("it is logged", lambda: server.has_logged("cannot be reached", "warning"))

        async def story():
            listener = Listener()
            await listener.client.connect(server.url)
            redis = await asyncio.to_thread(start_redis, redis_port, PASSWORD)
            health = await asyncio.to_thread(until_redis, server, "ok")
            assert health["status"] == "ok"
            assert server.get("/health/redis").status_code == 200
            redis.publish("market_updates", UPDATE)
            await listener.until_received([UPDATE])
            assert listener.connects == 1
            await listener.client.disconnect()

        asyncio.run(story())
        assert server.has_logged("is back after", "info")
        assert PASSWORD not in server.output

    def test_in_the_middle_leaves_clients_connected(
        self, start_maxserver, redis_url, redis_port, start_redis
    ):
        redis = start_redis(redis_port, PASSWORD)
        server = start_maxserver(REDIS_URL=redis_url)
        until_redis(server, "ok")

        async def story():
            listener = Listener()
            await listener.client.connect(server.url)
            redis.publish("market_updates", UPDATE)
            await listener.until_received([UPDATE])

            redis.kill()
            health = await asyncio.to_thread(until_redis, server, "down")
            assert health["status"] == "degraded" and health["connections"] == 1
            await eventually_async("it is logged", lambda: server.has_logged("is lost", "warning"))
            answer = await listener.client.call(
                "subscribe", {"rooms": ["market"], "firehose": True}, timeout=PATIENCE
            )
            assert answer["ok"] is True

            again = await asyncio.to_thread(start_redis, redis_port, PASSWORD)
            await asyncio.to_thread(until_redis, server, "ok")
            again.publish("market_updates", OTHER)
            await listener.until_received([UPDATE, OTHER])
            assert (listener.connects, listener.disconnects) == (1, 0)
            await listener.client.disconnect()

        asyncio.run(story())
        assert server.has_logged("is back after", "info")

    def test_of_the_password_is_explained(self, server, redis_port, start_redis):
        start_redis(redis_port, "another-password")
        until_redis(server, "down")
        eventually("the reason is known", lambda: "WRONGPASS" in server.redis_health()["error"])
        assert PASSWORD not in server.output

    def test_does_not_keep_the_server_from_ending(self, server):
        until_redis(server, "down")
        server.stop()
        assert server.exit_status() == 0


def candle(minute: int) -> dict:
    return {"sectorId": "s", "candle": {"timestamp": f"2025-01-15T10:{minute:02}:00.000Z", "value": minute}}


class TestGap:
    """One of two nodes loses Redis for a while; the other one stores what was published meanwhile."""

    @pytest.fixture
    def nodes(self, start_maxserver, start_redis, start_postgres, lay_cable):
        """The one with the cable, the other one, and what they are on."""
        redis, postgres = start_redis(), start_postgres()
        cable = lay_cable(redis)
        servers = [
            start_maxserver(REDIS_URL=url, DATABASE_URL=postgres.url, AUTO_MIGRATE="true")
            for url in (cable.url.replace("http", "redis"), redis.url)
        ]
        for server in servers:
            until_redis(server, "ok")
        return *servers, cable, redis, postgres

    def test_is_told_and_filled_from_the_database(self, nodes):
        server, _, cable, redis, postgres = nodes

        def publish(minute: int, received: int) -> None:
            """Waits until one of the nodes has stored it, and until this one has received so many."""
            redis.publish("sector_candles", candle(minute))
            count = "SELECT count(*) FROM sector_candles"
            eventually("it is stored", lambda: postgres.query(count) == [[str(minute + 1)]])
            eventually("it came", lambda: server.health()["messages"]["received"] == received)

        async def subscribe(**request) -> dict:
            client = socketio.AsyncClient()
            await client.connect(server.url)
            answer = await client.call("subscribe", {"rooms": ["sector:s"], **request}, timeout=PATIENCE)
            await client.disconnect()
            return answer["rooms"][0]

        def minutes(room: dict) -> list:
            return [message["data"]["candle"]["value"] for message in room["snapshot"]]

        for minute in range(2):
            publish(minute, received=minute + 1)
        before = asyncio.run(subscribe())
        assert minutes(before) == [0, 1]
        cable.cut()
        until_redis(server, "down")
        publish(2, received=2)
        away = asyncio.run(subscribe(since={"sector:s": before["offset"]}))
        assert not away["recovered"] and minutes(away) == [0, 1, 2]
        cable.mend()
        until_redis(server, "ok")
        publish(3, received=3)
        for room in (before, away):
            back = asyncio.run(subscribe(since={"sector:s": room["offset"]}))
            assert not back["recovered"] and minutes(back) == [0, 1, 2, 3]
        again = asyncio.run(subscribe(since={"sector:s": back["offset"]}))
        assert again["recovered"] and minutes(again) == []

    def test_is_not_needed_for_what_is_deleted_on_another_node(self, nodes):
        server, other, *_ = nodes

        async def messages(url: str) -> list:
            client = socketio.AsyncClient()
            await client.connect(url)
            answer = await client.call("subscribe", {"rooms": ["discussion:d"]}, timeout=PATIENCE)
            await client.disconnect()
            return answer["rooms"][0]["snapshot"]

        def send(method: str, path: str, **body) -> None:
            answer = requests.request(method, other.url + path, json=body or None, timeout=PATIENCE)
            assert answer.status_code < 300

        send("POST", "/api/discussions", id="d", title="t", sectorId="s")
        send("POST", "/api/discussions/d/messages", content="x", authorId="a")
        for node in (server, other):
            eventually("it is there", lambda: len(asyncio.run(messages(node.url))) == 1)
        send("DELETE", "/api/discussions/d")
        for node in (server, other):
            eventually("it is gone", lambda: asyncio.run(messages(node.url)) == [])


@pytest.fixture
def dashboard_is_served():
    def check(server) -> None:
        page = server.get("/")
        assert page.status_code == 200 and "<title>MAX realtime</title>" in page.text

    return check


class TestUnreadableMessages:
    @pytest.mark.parametrize(
        "message",
        [
            pytest.param("", id="empty"),
            pytest.param("not JSON", id="not JSON"),
            pytest.param('{"sectorId":"tech-001","value":', id="cut off"),
            pytest.param('{"value":1}{"value":2}', id="two at once"),
            pytest.param('"text"', id="text"),
            pytest.param("null", id="null"),
            pytest.param("[1,2]", id="list of numbers"),
            pytest.param('{"value":"' + "x" * 300_000 + '"}', id="too long"),
            pytest.param("[" * 100_000, id="deep"),
        ],
    )
    def test_are_dropped_and_the_rest_flows(self, start_maxserver, start_redis, message):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        until_redis(server, "ok")

        async def story():
            listener = Listener()
            await listener.client.connect(server.url, transports=["websocket"])
            redis.publish("market_updates", UPDATE)
            redis.publish("market_updates", message)
            redis.publish("bars:AAPL:1", message)
            redis.publish("market_updates", OTHER)
            await listener.until_received([UPDATE, OTHER])
            assert (listener.connects, listener.disconnects) == (1, 0)
            await listener.client.disconnect()

        asyncio.run(story())
        assert server.health()["messages"]["emitted"] == 2
        assert server.health()["messages"]["unreadable"] == 2
        assert server.has_logged("a message was dropped", "warning")
        assert "xxxxx" not in server.output

    @pytest.mark.parametrize(
        "message, reason",
        [
            pytest.param(COMPRESSED[:-1], "begins like gzip, and is damaged or cut off", id="cut off"),
            pytest.param(COMPRESSED + b"\0", "begins like gzip, and is damaged or cut off", id="something behind"),
            pytest.param(b"\x1f\x8b" + bytes(100), "begins like gzip, and is damaged or cut off", id="garbage"),
            pytest.param(gzip.compress(b" " * 100_000_000), "larger than 262144 bytes when inflated", id="bomb"),
            pytest.param(gzip.compress(b'{"a":"\xff"}'), "is not JSON, plain or compressed with gzip", id="not UTF-8"),
            pytest.param(b"\x28\xb5\x2f\xfd" + bytes(9), "with zstd; what is understood is JSON", id="zstd"),
            pytest.param(b"\xfd7zXZ\0", "is not JSON, plain or compressed with gzip", id="xz"),
        ],
    )
    def test_that_are_compressed_are_told(self, start_maxserver, start_redis, message, reason):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        until_redis(server, "ok")

        async def story():
            listener = Listener()
            await listener.client.connect(server.url, transports=["websocket"])
            for _ in range(3):
                redis.publish_bytes("market_updates", message)
            redis.publish_bytes("market_updates", COMPRESSED)
            await listener.until_received([UPDATE])
            await listener.client.disconnect()

        asyncio.run(story())
        assert server.health()["messages"]["unreadable"] == 3
        lines = [line for line in server.log if "a message was dropped" in line["msg"]]
        assert len(lines) == 1 and reason in lines[0]["msg"] and lines[0]["level"] == "warning"

    def test_of_a_megabyte_are_dropped_before_they_are_kept(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        until_redis(server, "ok")
        redis.publish("market_updates", '{"value":"' + "x" * 2**20 + '"}')
        redis.publish("market_updates", UPDATE)
        eventually("the rest flows", lambda: server.health()["messages"]["unheard"] == 1)
        assert until_redis(server, "ok")["status"] == "ok"

    def test_are_not_all_logged(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        until_redis(server, "ok")
        redis.cli(input="PUBLISH market_updates nonsense\n" * 500)
        eventually("all are counted", lambda: server.health()["messages"]["unreadable"] == 500)
        assert len([line for line in server.log if "dropped" in line["msg"]]) == 1

    def test_of_channels_without_a_meaning_are_counted(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        until_redis(server, "ok")
        for channel in ("bars:AAPL", "bars:AAPL:1:2", "bars::1"):
            redis.publish(channel, UPDATE)
        eventually("all are counted", lambda: server.health()["messages"]["unrouted"] == 3)
        assert server.health()["messages"]["emitted"] == 0
