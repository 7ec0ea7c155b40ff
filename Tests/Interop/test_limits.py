"""Bounds on who comes in, set on the command line, as clients and load balancers meet them."""

import asyncio
import json
import socket
import sys
from contextlib import contextmanager
from typing import Iterator

import pytest
import requests
import socketio

from prometheus import Page
from test_python_client import connected
from transports import TRANSPORTS
from waiting import PATIENCE, eventually


@pytest.fixture
def start_maxserver(start_maxserver):
    """Servers that end at once: sessions that nobody polls would hold each of them up for a second."""
    servers = []

    def start(*arguments, **options):
        servers.append(start_maxserver(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def handshake(server, **fields: str) -> requests.Response:
    return server.get(HANDSHAKE, headers={name.replace("_", "-"): value for name, value in fields.items()})


def leave(server, opened: requests.Response) -> None:
    """Ends a session that was opened."""
    sid = json.loads(opened.text[1:])["sid"]
    assert requests.post(f"{server.url}{HANDSHAKE}&sid={sid}", data="1", timeout=PATIENCE).text == "ok"


def refused(server, context: str) -> float:
    return Page(server.get("/metrics").text).value("engine_connection_errors_total", code="4", context=context)


class TestConnections:
    @pytest.mark.parametrize("loops", ["1", "2"])
    def test_one_too_many_gets_503(self, start_maxserver, loops):
        server = start_maxserver("--max-connections", "3", "--loops", loops)
        with held(server) as first, held(server), held(server):
            fourth = server.get("/health")
            assert fourth.status_code == 503 and fourth.headers["Retry-After"] == "5"
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as silent:
                assert silent.recv(65_536).startswith(b"HTTP/1.1 503 ")
            assert first.get(server.url + "/health", timeout=PATIENCE).status_code == 200
            page = Page(first.get(server.url + "/metrics", timeout=PATIENCE).text)
            assert page.value("http_connections") == 3
            assert page.value("http_connections_refused_total", limit="total") >= 2
            first.close()
            eventually("there is room again", lambda: is_healthy(server))

    def test_of_tls_are_closed(self, start_maxserver, certificate):
        """A refusal in plain text would be noise to them."""
        server = start_maxserver("--max-connections", "2", certificate=certificate)
        with held(server), held(server):
            with pytest.raises(requests.ConnectionError):
                server.get("/health")
        eventually("there is room again", lambda: is_healthy(server))

    def test_hold_for_websockets_too(self, start_maxserver):
        server = start_maxserver("--max-connections", "3")

        async def story():
            with held(server), held(server):
                first, second = (socketio.AsyncClient(reconnection=False) for _ in range(2))
                await first.connect(server.url, transports=["websocket"], wait_timeout=PATIENCE)
                with pytest.raises(socketio.exceptions.ConnectionError):
                    await second.connect(server.url, transports=["websocket"], wait_timeout=PATIENCE)
                assert first.connected
                await first.disconnect()

        asyncio.run(story())


class TestSessionsOfAnAddress:
    def test_one_too_many_gets_429(self, start_maxserver):
        server = start_maxserver("--max-per-address", "2")
        first = handshake(server)
        assert first.status_code == 200 and handshake(server).status_code == 200
        third = handshake(server)
        assert third.status_code == 429 and third.headers["Retry-After"] == "5"
        assert third.json() == {"code": 4, "message": "Too many sessions of this address"}
        assert refused(server, "TOO_MANY_SESSIONS_OF_ADDRESS") == 1
        leave(server, first)
        assert handshake(server).status_code == 200

    @pytest.mark.skipif(sys.platform == "darwin", reason="macOS has one address of 127.0.0.0/8")
    def test_are_told_apart_from_those_of_other_addresses(self, start_maxserver):
        server = start_maxserver("--max-per-address", "1", "--host", "0.0.0.0")
        assert handshake(server).status_code == 200
        with requests.Session() as session:
            session.mount("http://", FromAddress("127.0.0.2"))
            assert session.get(server.url + HANDSHAKE, timeout=PATIENCE).status_code == 200
            assert session.get(server.url + HANDSHAKE, timeout=PATIENCE).status_code == 429

    def test_count_once_through_an_upgrade(self, start_maxserver):
        server = start_maxserver("--max-per-address", "1")

        async def story():
            for _ in range(3):
                async with connected(server.url, TRANSPORTS["upgrade"]):
                    answer = await asyncio.to_thread(handshake, server)
                    assert answer.status_code == 429
                await asyncio.to_thread(
                    eventually, "it has left", lambda: server.health()["connections"] == 0
                )

        asyncio.run(story())

    def test_refuse_websockets(self, start_maxserver):
        server = start_maxserver("--max-per-address", "1")
        assert handshake(server).status_code == 200

        async def story():
            client = socketio.AsyncClient(reconnection=False)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.connect(server.url, transports=["websocket"], wait_timeout=PATIENCE)

        asyncio.run(story())
        assert refused(server, "TOO_MANY_SESSIONS_OF_ADDRESS") == 1

    @pytest.mark.parametrize("limit", ["", None])
    def test_are_not_limited_unless_that_is_set(self, start_maxserver, limit):
        server = start_maxserver(MAX_SESSIONS_PER_ADDRESS=limit)
        assert {handshake(server).status_code for _ in range(50)} == {200}


class TestTrustedProxies:
    def test_tell_whom_a_session_belongs_to(self, start_maxserver):
        server = start_maxserver("--max-per-address", "1", "--trusted-proxies", "loopback")
        assert handshake(server, X_Forwarded_For="192.0.2.1").status_code == 200
        assert handshake(server, X_Forwarded_For="192.0.2.2").status_code == 200
        assert handshake(server, X_Forwarded_For="192.0.2.1").status_code == 429
        assert handshake(server, X_Forwarded_For="2001:db8::1").status_code == 200
        # Who has one address has its network of 64 bits.
        assert handshake(server, X_Forwarded_For="2001:db8::2").status_code == 429

    def test_are_believed_about_the_last_hop_that_is_not_theirs(self, start_maxserver):
        server = start_maxserver("--max-per-address", "1", "--trusted-proxies", "loopback, 10.0.0.0/8")
        assert handshake(server, X_Forwarded_For="192.0.2.9, 198.51.100.1, 10.1.2.3").status_code == 200
        # What the client itself wrote in front does not make it another one.
        assert handshake(server, X_Forwarded_For="203.0.113.5, 198.51.100.1, 10.9.9.9").status_code == 429

    def test_are_not_believed_in_a_field_that_they_may_just_pass_on(self, start_maxserver):
        """Most proxies write X-Forwarded-For alone; `Forwarded` would be the client's own word."""
        server = start_maxserver("--max-per-address", "1", "--trusted-proxies", "loopback")
        assert handshake(server, Forwarded="for=192.0.2.1").status_code == 200
        assert handshake(server, Forwarded="for=192.0.2.2").status_code == 429

    @pytest.mark.parametrize("proxies", [None, "10.0.0.0/8", "192.0.2.1"])
    def test_that_are_not_named_are_not_believed(self, start_maxserver, proxies):
        server = start_maxserver("--max-per-address", "1", TRUSTED_PROXIES=proxies)
        assert handshake(server, X_Forwarded_For="192.0.2.1").status_code == 200
        assert handshake(server, X_Forwarded_For="192.0.2.2").status_code == 429

    @pytest.mark.parametrize("field", ["", "unknown", "nonsense", ",,,", "192.0.2.1:99999", "x" * 5_000])
    def test_that_say_nothing_of_use_are_the_client(self, start_maxserver, field):
        server = start_maxserver("--max-per-address", "1", "--trusted-proxies", "loopback")
        assert handshake(server, X_Forwarded_For=field).status_code == 200
        assert handshake(server, X_Forwarded_For=field).status_code == 429


class FromAddress(requests.adapters.HTTPAdapter):
    """Connects from a chosen address of this machine."""

    def __init__(self, address: str) -> None:
        self._source = (address, 0)
        super().__init__()

    def init_poolmanager(self, *arguments, **options) -> None:
        super().init_poolmanager(*arguments, source_address=self._source, **options)


def is_healthy(server, client=requests) -> bool:
    try:
        return client.get(server.url + "/health", timeout=PATIENCE, verify=server.verify).status_code == 200
    except requests.ConnectionError:
        return False


@contextmanager
def held(server) -> Iterator[requests.Session]:
    """A connection that the server has taken, kept open."""
    with requests.Session() as session:
        session.trust_env = False  # REQUESTS_CA_BUNDLE would beat `verify`.
        session.verify = server.verify
        # Connections that were closed a moment ago may still count.
        eventually("the server has room", lambda: is_healthy(server, session))
        yield session
