"""Compression as clients other than browsers use it: gzip of answers to polls, and permessage-deflate."""

import asyncio
import gzip
import json
import subprocess

import pytest
import requests
import socketio

from test_python_client import ARGUMENTS, Received, connected
from transports import TRANSPORTS
from waiting import PATIENCE, eventually, eventually_async

WORDS = "the quick brown fox jumps over the lazy dog. " * 2_000


@pytest.fixture
def session(start_server):
    """A polling session with its CONNECT done, as an URL: to be asked and posted to by hand."""
    server = start_server("bench-server")
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(requests.get(url, timeout=PATIENCE).text[1:])["sid"]
    url += f"&sid={sid}"
    requests.post(url, data="40", timeout=PATIENCE)
    requests.get(url, timeout=PATIENCE)
    yield url
    server.kill()  # It would wait for a last poll.


def ask_for_echo(session: str, text: str) -> str:
    """Asks for the text back; returns the packet that brings it."""
    assert requests.post(session, data=f"421{json.dumps(['echo', text])}", timeout=PATIENCE).text == "ok"
    return f"431{json.dumps([text])}"


class TestPolls:
    def test_are_compressed_for_who_can(self, session):
        expected = ask_for_echo(session, WORDS)
        answer = requests.get(session, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=PATIENCE)
        sent = answer.raw.read(decode_content=False)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Cache-Control"] == "no-store"  # Or it would have to say that it varies.
        assert int(answer.headers["Content-Length"]) == len(sent) < len(expected) / 20
        assert gzip.decompress(sent).decode() == expected

    @pytest.mark.parametrize("accepted", ["gzip, deflate", "deflate", "gzip;q=0.5, *;q=0", "br, gzip"])
    def test_are_read_by_requests(self, session, accepted):
        expected = ask_for_echo(session, WORDS)
        answer = requests.get(session, headers={"Accept-Encoding": accepted}, timeout=PATIENCE)
        assert answer.text == expected
        assert answer.headers["Content-Encoding"] == ("deflate" if accepted == "deflate" else "gzip")

    @pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br", None])
    def test_stay_as_they_are_for_who_cannot(self, session, accepted):
        expected = ask_for_echo(session, WORDS)
        answer = requests.get(session, headers={"Accept-Encoding": accepted}, timeout=PATIENCE)
        assert answer.text == expected and "Content-Encoding" not in answer.headers

    def test_that_are_small_stay_as_they_are(self, session):
        expected = ask_for_echo(session, "x" * 900)
        answer = requests.get(session, timeout=PATIENCE)
        assert answer.text == expected and "Content-Encoding" not in answer.headers

    def test_are_read_by_curl(self, session):
        expected = ask_for_echo(session, WORDS)
        command = ["curl", "--silent", "--compressed", "--write-out", "\n%header{content-encoding}", session]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout
        body, coding = said.rsplit("\n", 1)
        assert body == expected and coding == "gzip"

    def test_bring_the_past_to_a_client(self, start_maxserver):
        """python-socketio's client asks for gzip by itself; the past of a room is long enough for it."""
        server = start_maxserver(BAR_GENERATOR_SYMBOLS="AAPL")
        eventually("there is a past", lambda: server.health()["messages"]["received"] >= 3 * 240)

        async def story():
            async with connected(server.url, TRANSPORTS["polling"]) as client:
                answer = await client.call("subscribe", {"rooms": ["bars:AAPL:1"]}, timeout=PATIENCE)
                assert len(answer["rooms"][0]["snapshot"]) > 100

        asyncio.run(story())


class TestWebSockets:
    @pytest.mark.parametrize("argument", ARGUMENTS)
    @pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"]], ids=["alone", "upgrade"])
    def test_bring_events_back_as_they_were_sent(self, start_server, argument, transports):
        server = start_server("conformance-server", "--compression")

        async def story():
            client = deflating_client()
            back = Received(client, "message-back")
            await client.connect(server.url, transports=transports, wait_timeout=PATIENCE)
            assert client.eio.ws.compress == 15  # The server agreed.
            for _ in range(3):
                await client.emit("message", argument)
            await eventually_async("all came back", lambda: len(back.all) == 3)
            assert back.all == [argument] * 3
            await client.disconnect()

        asyncio.run(story())

    def test_broadcast_to_plain_and_compressed_clients(self, start_maxserver, start_redis):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url, WEBSOCKET_COMPRESSION="on")
        updates = [{"sectorId": "tech", "value": number, "note": WORDS} for number in range(10)]

        async def story():
            clients = [deflating_client(), socketio.AsyncClient(), deflating_client(), socketio.AsyncClient()]
            received = [Received(client, "market:update") for client in clients]
            for client in clients[:3]:
                await client.connect(server.url, transports=["websocket"], wait_timeout=PATIENCE)
            await clients[3].connect(server.url, transports=["polling"], wait_timeout=PATIENCE)
            assert [client.eio.ws.compress for client in clients[:3]] == [15, 0, 15]
            await eventually_async("Redis is there", lambda: server.redis_health()["status"] == "ok")
            for update in updates:
                redis.publish("market_updates", update)
            await eventually_async("all got all", lambda: all(len(one.all) == 10 for one in received))
            for one in received:
                assert [{**update, "timestamp": None} for update in one.all] == [
                    {**update, "timestamp": None} for update in updates
                ]
            for client in clients:
                await client.disconnect()

        asyncio.run(story())


def deflating_client() -> socketio.AsyncClient:
    return socketio.AsyncClient(reconnection=False, websocket_extra_options={"compress": 15})
