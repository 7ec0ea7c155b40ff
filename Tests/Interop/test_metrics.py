"""`GET /metrics`: what Prometheus reads, and that it tells what happened."""

import asyncio
import json
import socket

import pytest
import requests

from prometheus import Page
from test_python_client import connected, make_client
from transports import TRANSPORTS
from waiting import PATIENCE, eventually

LABELS = {
    "engine_sessions": {"transport"},
    "engine_handshakes_total": {"transport"},
    "engine_upgrades_total": set(),
    "engine_closes_total": {"reason"},
    "engine_connection_errors_total": {"code", "context"},
    "engine_packets_total": {"direction"},
    "engine_bytes_total": {"direction"},
    "engine_queued_bytes": set(),
    "http_connections": set(),
    "http_connections_refused_total": {"limit"},
    "http_requests_refused_total": {"status"},
    "bus_messages_total": {"result"},
    "bus_up": set(),
    "bus_published_total": {"result"},
    "bus_connects_total": set(),
    "broadcasts_total": {"result"},
    "topics": set(),
    "topic_subscriptions": set(),
    "topic_clients": {"room"},
    "database_up": set(),
    "database_connects_total": set(),
    "database_pending": set(),
    "rows_queued": {"table"},
    "rows_total": {"table", "result"},
    "rows_unsuitable_total": set(),
    "row_commit_seconds": {"table"},
    "arrivals_queued": set(),
    "arrivals_total": {"result"},
    "loop_busy_seconds_total": {"loop"},
    "loop_turns_total": {"loop"},
    "loop_lag_seconds_max": {"loop"},
}
# Rooms are there while they have clients.
MAY_BE_EMPTY = {"topic_clients"}
REASONS = {"transport error", "transport close", "forced close", "ping timeout", "parse error"}


def metrics(server) -> Page:
    answer = server.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    return Page(answer.text)


async def metrics_async(server) -> Page:
    return await asyncio.to_thread(metrics, server)


class TestForm:
    def test_has_every_family_once_with_fixed_labels(self, start_maxserver):
        server = start_maxserver("--loops", "2")
        refuse_some(server)
        page = metrics(server)
        assert set(page.families) == {f"maxserver_{name}" for name in LABELS}
        for name, labels in LABELS.items():
            samples = page.families[f"maxserver_{name}"].samples
            assert samples or name in MAY_BE_EMPTY
            assert all({label for label, _ in key} == labels for key in samples)
        assert set(page.values("engine_sessions", "transport")) == {"polling", "websocket"}
        assert set(page.values("engine_closes_total", "reason")) == REASONS
        assert set(page.values("loop_turns_total", "loop")) == {"0", "1"}

    def test_is_the_same_before_anything_happened(self, start_maxserver):
        page = metrics(start_maxserver())
        assert set(page.families) == {f"maxserver_{name}" for name in LABELS}
        assert page.value("engine_handshakes_total", transport="polling") == 0

    def test_counters_never_go_back(self, start_maxserver):
        server = start_maxserver()
        before = metrics(server)
        refuse_some(server)
        after = metrics(server)
        for name, family in before.families.items():
            if family.kind == "counter":
                assert all(after.families[name].samples[key] >= value for key, value in family.samples.items())


class TestSessions:
    def test_are_counted_by_transport(self, start_maxserver):
        server = start_maxserver("--loops", "2")

        async def story():
            async with connected(server.url, TRANSPORTS["polling"]), connected(server.url, TRANSPORTS["upgrade"]):
                async with connected(server.url, TRANSPORTS["websocket"]):
                    await until_sessions(server, {"polling": 1, "websocket": 2})
                    page = await metrics_async(server)
                    assert page.values("engine_handshakes_total", "transport") == {"polling": 2, "websocket": 1}
                    assert page.value("engine_upgrades_total") == 1
                    assert page.value("http_connections") >= 3
                await until_sessions(server, {"polling": 1, "websocket": 1})
            await until_sessions(server, {"polling": 0, "websocket": 0})

        asyncio.run(story())

    def test_tell_how_they_ended(self, start_maxserver):
        server = start_maxserver()

        async def story():
            async with connected(server.url, TRANSPORTS["websocket"]):
                pass
            lost = make_client()
            await lost.connect(server.url, transports=["websocket"])
            lost.eio.ws._response.connection.transport.abort()  # As when the network goes.
            await until_closes(server, {"transport close": 2})
            parse_error = open_session(server)
            requests.post(parse_error, data="x", timeout=PATIENCE)
            await until_closes(server, {"transport close": 2, "parse error": 1})

        asyncio.run(story())

    def test_count_what_they_carry(self, start_maxserver):
        server = start_maxserver(BAR_GENERATOR_INTERVAL="3600")
        text = "x" * 50_000

        async def story():
            async with connected(server.url, TRANSPORTS["websocket"]) as client:
                before = await metrics_async(server)
                for _ in range(10):
                    answer = await client.call("subscribe", {"rooms": [text]}, timeout=PATIENCE)
                    assert answer["denied"][0]["room"] == text
                after = await metrics_async(server)
            for direction in ("in", "out"):
                packets, size = (
                    after.value(f"engine_{what}_total", direction=direction)
                    - before.value(f"engine_{what}_total", direction=direction)
                    for what in ("packets", "bytes")
                )
                # An answer, or a ping and its pong, may fall in between.
                assert 10 <= packets <= 12
                assert 10 * len(text) < size < 10 * len(text) + 1_500
            assert after.value("engine_queued_bytes") == 0

        asyncio.run(story())

    def test_that_do_not_poll_have_bytes_waiting(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        eventually("Redis is there", lambda: server.redis_health()["status"] == "ok")
        session = open_session(server)
        requests.post(session, data="40", timeout=PATIENCE)
        redis.publish("market_updates", {"note": "x" * 10_000})
        eventually("it waits", lambda: metrics(server).value("engine_queued_bytes") > 10_000)
        assert "x" * 10_000 in requests.get(session, timeout=PATIENCE).text
        eventually("it went", lambda: metrics(server).value("engine_queued_bytes") == 0)


class TestRefusals:
    @pytest.mark.parametrize(
        "query, code, context",
        [
            ("EIO=4&transport=carrier-pigeon", "0", "UNKNOWN_TRANSPORT"),
            ("EIO=4", "0", "UNKNOWN_TRANSPORT"),
            ("EIO=4&transport=polling&sid=nobody", "1", "UNKNOWN_SID"),
            ("EIO=4&transport=websocket", "3", "TRANSPORT_HANDSHAKE_ERROR"),
            ("EIO=3&transport=polling", "5", "UNSUPPORTED_PROTOCOL_VERSION"),
        ],
    )
    def test_are_counted_by_code_and_context(self, start_maxserver, query, code, context):
        server = start_maxserver()
        for _ in range(3):
            answer = server.get(f"/socket.io/?{query}")
            assert answer.status_code == 400 and answer.json()["code"] == int(code)
        samples = metrics(server).families["maxserver_engine_connection_errors_total"].samples
        assert samples == {frozenset({("code", code), ("context", context)}): 3}

    def test_of_a_handshake_by_post(self, start_maxserver):
        server = start_maxserver()
        requests.post(server.url + "/socket.io/?EIO=4&transport=polling", data="40", timeout=PATIENCE)
        page = metrics(server)
        assert page.value("engine_connection_errors_total", code="2", context="BAD_HANDSHAKE_METHOD") == 1

    def test_take_no_label_from_clients(self, start_maxserver):
        """Whatever is asked for, the number of samples is bounded."""
        server = start_maxserver()
        for number in range(50):
            server.get(f'/socket.io/?EIO=4&transport=t"{number}')
            server.get(f"/socket.io/?EIO={number}0&transport=polling&sid=s{number}")
        assert len(metrics(server).families["maxserver_engine_connection_errors_total"].samples) == 2

    def test_of_http_are_counted_by_status(self, start_maxserver):
        server = start_maxserver()
        assert raw(server, b"NONSENSE\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert raw(server, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000).startswith(b"HTTP/1.1 431 ")
        page = metrics(server)
        assert page.values("http_requests_refused_total", "status") == {"400": 1, "431": 1}


class TestBus:
    def test_tells_what_went_out_came_in_and_was_kept(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        eventually("Redis is there", lambda: metrics(server).value("bus_up") == 1)
        body = {"channel": "agent_status", "payload": {"agentId": "nobody", "status": "x"}}
        for _ in range(3):
            assert requests.post(server.url + "/api/publish", json=body, timeout=PATIENCE).status_code == 202
        redis.publish("market_updates", "not JSON")
        eventually("all came", lambda: metrics(server).value("bus_messages_total", result="received") == 4)
        eventually("all are dealt with", lambda: metrics(server).value("arrivals_total", result="ignored") == 3)
        page = metrics(server)
        assert page.values("bus_published_total", "result") == {"sent": 3, "failed": 0}
        assert page.value("bus_messages_total", result="unreadable") == 1
        assert page.value("broadcasts_total", result="unheard") == 3
        assert page.value("arrivals_queued") == 0

    def test_counts_what_was_passed_on_and_not_stored(self, start_maxserver):
        server = start_maxserver()
        candle = {"sectorId": "t", "candle": {"timestamp": "2025-01-15T10:30:00.000Z", "open": 1}}
        for channel, payload in [("bars:A:1", {"bar": {"time": 1, "open": 1}}), ("sector_candles", candle)]:
            body = {"channel": channel, "payload": payload}
            assert requests.post(server.url + "/api/publish", json=body, timeout=PATIENCE).status_code == 202
        eventually("both came", lambda: metrics(server).value("rows_unsuitable_total") == 2)

    def test_tells_that_redis_went_and_came(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        eventually("it listens and can publish", lambda: metrics(server).value("bus_connects_total") == 2)
        redis.kill()
        eventually("it is gone", lambda: metrics(server).value("bus_up") == 0)
        body = {"channel": "agent_status", "payload": {}}
        assert requests.post(server.url + "/api/publish", json=body, timeout=PATIENCE).status_code == 503
        assert metrics(server).value("bus_published_total", result="failed") == 1
        start_redis(redis.port)
        eventually("it is back", lambda: metrics(server).value("bus_connects_total") == 4)
        eventually("it listens", lambda: metrics(server).value("bus_up") == 1)

    def test_tells_the_rooms_that_have_most_clients(self, start_maxserver):
        server = start_maxserver(BAR_GENERATOR_INTERVAL="3600")

        async def story():
            async with connected(server.url, TRANSPORTS["websocket"]) as one:
                async with connected(server.url, TRANSPORTS["websocket"]) as other:
                    rooms = [f"topic:{number}" for number in range(30)]
                    await one.call("subscribe", {"rooms": rooms}, timeout=PATIENCE)
                    await other.call("subscribe", {"rooms": ["topic:29"]}, timeout=PATIENCE)
                    page = await metrics_async(server)
                    assert (page.value("topics"), page.value("topic_subscriptions")) == (30, 31)
                    largest = page.values("topic_clients", "room")
                    assert len(largest) == 20 and largest["topic:29"] == 2

        asyncio.run(story())


class TestLoops:
    def test_tell_what_they_did(self, start_maxserver):
        server = start_maxserver("--loops", "2")
        before = metrics(server)
        for _ in range(20):
            server.get("/health")
        after = metrics(server)
        for name in ("loop_turns_total", "loop_busy_seconds_total"):
            assert sum(after.values(name, "loop").values()) > sum(before.values(name, "loop").values())
        assert all(0 <= lag < 10 for lag in after.values("loop_lag_seconds_max", "loop").values())


def test_are_served_over_tls(start_maxserver, certificate):
    assert metrics(start_maxserver(certificate=certificate)).value("http_connections") >= 1


def test_are_served_while_a_client_is_slow_to_read(start_maxserver):
    """One that asks for the page again and again without reading holds nobody up."""
    server = start_maxserver("--loops", "1")
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        assert metrics(server).value("http_connections") >= 2


def open_session(server) -> str:
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    return f"{url}&sid={json.loads(requests.get(url, timeout=PATIENCE).text[1:])['sid']}"


def refuse_some(server) -> None:
    server.get("/socket.io/?EIO=4&transport=none")
    raw(server, b"NONSENSE\r\n\r\n")


def raw(server, sent: bytes) -> bytes:
    """All that the server answers to bytes as they are, until it closes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        try:
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionResetError:
            pass  # It closed with something of ours unread.
    return answer


async def until_sessions(server, expected: dict) -> None:
    await until(server, lambda page: page.values("engine_sessions", "transport") == expected)


async def until_closes(server, expected: dict) -> None:
    def closed(page: Page) -> dict:
        return {reason: count for reason, count in page.values("engine_closes_total", "reason").items() if count}

    await until(server, lambda page: closed(page) == expected)


async def until(server, condition) -> None:
    for _ in range(500):
        page = await metrics_async(server)
        if condition(page):
            return
        await asyncio.sleep(0.02)
    raise AssertionError({name: dict(family.samples) for name, family in page.families.items()})
