"""python-socketio's client, which shares no code with this server, against every executable of the project."""

import asyncio
import signal
from typing import List

import engineio.payload
import pytest
import socketio

from transports import TRANSPORTS
from waiting import PATIENCE, eventually, eventually_async

# The client's own setting. It gives up a connection on which one answer to a poll has more than 16 packets, and
# Socket.IO servers, this one like Node's, send all that waits.
engineio.payload.Payload.max_decode_packets = 100_000

ARGUMENTS = [
    pytest.param("text", id="text"),
    pytest.param("žluťoučký kůň – 日本語 – 👩‍👩‍👧 \u2028 \x00 \"\\", id="unicode"),
    pytest.param({"a": [1, -2.5, None, True, {"b": {"c": []}}], "": "empty"}, id="nested"),
    pytest.param(2**53 - 1, id="large number"),
    pytest.param(bytes(range(256)), id="binary"),
    pytest.param({"first": b"\x00\x01", "list": [b"", b"\xff" * 70_000]}, id="nested binary"),
    pytest.param("x" * 300_000, id="long text"),
]


class Received:
    """What a client received of one event, in order."""

    def __init__(self, client, event: str, namespace: str = "/") -> None:
        self.all: list = []
        client.on(event, self._receive, namespace=namespace)

    def _receive(self, *arguments) -> None:
        self.all.append(arguments[0] if len(arguments) == 1 else arguments)


def make_client(**options) -> socketio.AsyncClient:
    return socketio.AsyncClient(reconnection=False, **options)


class TestEvents:
    @pytest.mark.parametrize("argument", ARGUMENTS)
    def test_comes_back_as_it_was_sent(self, start_server, transport, argument):
        server = start_server("conformance-server")

        async def story():
            async with connected(server.url, transport) as client:
                back = Received(client, "message-back")
                await client.emit("message", argument)
                await eventually_async("the event came back", lambda: back.all)
                assert back.all == [argument]

        asyncio.run(story())

    def test_with_several_arguments(self, start_server, transport):
        server = start_server("conformance-server")

        async def story():
            async with connected(server.url, transport) as client:
                back = Received(client, "message-back")
                await client.emit("message", (1, "2", b"3", {"4": [b"5"]}, None))
                await client.emit("message")
                await eventually_async("both events came back", lambda: len(back.all) == 2)
                assert back.all == [(1, "2", b"3", {"4": [b"5"]}, None), ()]

        asyncio.run(story())

    def test_stay_in_order_across_the_upgrade(self, start_server):
        server = start_server("bench-server")

        async def story():
            client = make_client()
            acks: List[int] = []
            # The client may emit as soon as it is connected, in the middle of what the server does then.
            client.on("connect", lambda: asyncio.ensure_future(send_all()))

            async def send_all():
                for number in range(200):
                    await client.emit("echo", number, callback=acks.append)

            await client.connect(server.url, transports=["polling", "websocket"])
            await eventually_async("all were acknowledged", lambda: len(acks) == 200)
            assert acks == list(range(200))
            await client.disconnect()

        asyncio.run(story())


class TestAcknowledgements:
    @pytest.mark.parametrize("argument", ARGUMENTS)
    def test_carries_what_the_server_answers(self, start_server, transport, argument):
        server = start_server("bench-server")

        async def story():
            async with connected(server.url, transport) as client:
                assert await client.call("echo", argument, timeout=PATIENCE) == argument

        asyncio.run(story())

    def test_of_several_arguments(self, start_server, transport):
        server = start_server("conformance-server")

        async def story():
            async with connected(server.url, transport) as client:
                answer = await client.call("message-with-ack", (1, b"2", {"3": b"4"}), timeout=PATIENCE)
                assert list(answer) == [1, b"2", {"3": b"4"}]

        asyncio.run(story())

    def test_many_at_once_find_their_callers(self, start_server, transport):
        server = start_server("bench-server", loops=2)

        async def story():
            async with connected(server.url, transport) as client:
                calls = [client.call("echo", number, timeout=PATIENCE) for number in range(100)]
                assert await asyncio.gather(*calls) == list(range(100))

        asyncio.run(story())


class TestNamespaces:
    def test_get_what_the_client_says_of_itself(self, start_server, transport):
        server = start_server("conformance-server")

        async def story():
            client = make_client()
            who = Received(client, "auth", "/custom")
            await client.connect(
                server.url, transports=transport[0], namespaces=["/custom"], auth={"token": "žába", "n": [1]}
            )
            await eventually_async("the server told the auth", lambda: who.all)
            assert who.all == [{"token": "žába", "n": [1]}]
            await client.disconnect()

        asyncio.run(story())

    def test_share_a_connection(self, start_server):
        server = start_server("conformance-server")

        async def story():
            client = make_client()
            root, custom = Received(client, "auth"), Received(client, "auth", "/custom")
            await client.connect(server.url, namespaces=["/", "/custom"], wait_timeout=PATIENCE)
            await eventually_async("both namespaces greeted", lambda: root.all and custom.all)
            assert client.get_sid("/") != client.get_sid("/custom")
            await client.disconnect()

        asyncio.run(story())

    def test_that_do_not_exist_refuse(self, start_server, transport):
        server = start_server("conformance-server")

        async def story():
            client = make_client()
            refused = Received(client, "connect_error", "/nowhere")
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.connect(server.url, transports=transport[0], namespaces=["/nowhere"])
            assert refused.all == [{"message": "Invalid namespace"}]

        asyncio.run(story())


class TestRooms:
    def test_get_what_is_sent_to_them(self, start_server, transport):
        server = start_server("bench-server", loops=2)

        async def story():
            async with connected(server.url, transport) as inside, connected(server.url, transport) as outside:
                ticks, others = Received(inside, "tick"), Received(outside, "tick")
                await inside.call("join", "r", timeout=PATIENCE)
                await outside.emit("broadcast", {"room": "r", "data": {"text": "ž", "list": [1, None]}})
                await eventually_async("the member got it", lambda: ticks.all)
                await inside.call("leave", "r", timeout=PATIENCE)
                await outside.emit("broadcast", {"room": "r", "data": 2})
                # Whatever the broadcast sent is on its way before this answer is.
                await outside.call("echo", timeout=PATIENCE)
                await inside.call("echo", timeout=PATIENCE)
                assert ticks.all == [{"text": "ž", "list": [1, None]}]
                assert others.all == []

        asyncio.run(story())

    @pytest.mark.parametrize("loops", [1, 2])
    def test_every_one_of_200_members_gets_every_message_in_order(self, start_server, loops):
        clients, messages = 200, 50
        server = start_server("bench-server", loops=loops)

        async def story():
            # Every fourth stays on polling, every fourth upgrades.
            kinds = [["websocket"], ["polling", "websocket"], ["websocket"], ["polling"]]
            members = [make_client() for _ in range(clients)]
            ticks = [Received(member, "tick") for member in members]
            joining = asyncio.Semaphore(25)

            async def join(number: int) -> None:
                async with joining:
                    await members[number].connect(
                        server.url, transports=kinds[number % 4], wait_timeout=PATIENCE
                    )
                    await members[number].call("join", "r", timeout=PATIENCE)

            await asyncio.gather(*[join(number) for number in range(clients)])
            for number in range(messages):
                await members[0].emit("broadcast", {"room": "r", "data": number})
            await eventually_async(
                "every member got every message",
                lambda: all(len(received.all) >= messages for received in ticks),
                within=60,
            )
            assert all(received.all == list(range(messages)) for received in ticks)
            await asyncio.gather(*[member.disconnect() for member in members])

        asyncio.run(story())


class TestConnections:
    def test_use_the_transports_that_the_client_asks_for(self, start_server, transport):
        server = start_server("bench-server")

        async def story():
            async with connected(server.url, transport) as client:
                assert client.transport() == transport[1]

        asyncio.run(story())

    def test_end_when_the_client_says_so(self, start_maxserver, transport):
        server = start_maxserver()

        async def story():
            async with connected(server.url, transport):
                await until_connections(server, 1)
            await until_connections(server, 0)

        asyncio.run(story())

    def test_end_when_the_server_ends(self, start_server, transport):
        server = start_server("bench-server")

        async def story():
            async with connected(server.url, transport) as client:
                gone = Received(client, "disconnect")
                server.signal(signal.SIGTERM)
                await eventually_async("the client heard of it", lambda: gone.all)
            assert server.exit_status() == 0

        asyncio.run(story())

    def test_come_back_when_the_server_does(self, start_server, transport):
        server = start_server("bench-server")

        async def story():
            client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.2)
            connects: List[str] = []
            client.on("connect", lambda: connects.append(client.get_sid()))
            await client.connect(server.url, transports=transport[0])
            server.kill()
            await eventually_async("the client noticed", lambda: not client.connected)
            restarted = await asyncio.to_thread(start_server, "bench-server", port=server.port)
            await eventually_async("it is back", lambda: len(connects) == 2 and client.connected)
            assert await client.call("echo", "again", timeout=PATIENCE) == "again"
            assert connects[0] != connects[1]
            await client.disconnect()
            assert restarted.is_running

        asyncio.run(story())


class TestMaxServer:
    def test_greets(self, start_maxserver, transport):
        server = start_maxserver()

        async def story():
            client = make_client()
            greetings = Received(client, "connected")
            await client.connect(server.url, transports=transport[0])
            await eventually_async("the greeting came", lambda: greetings.all)
            assert greetings.all == [{"message": "Connected to MAX realtime server"}]
            await client.disconnect()

        asyncio.run(story())

    def test_passes_on_what_redis_publishes(self, start_maxserver, start_redis, transport):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        eventually("the server listens to Redis", lambda: server.redis_health()["status"] == "ok")
        update = {"sectorId": "tech-001", "value": 1250.5, "timestamp": "2025-01-15T10:30:00.000Z"}

        async def story():
            async with connected(server.url, transport) as client:
                updates = Received(client, "market:update")
                redis.publish("market_updates", update)
                await eventually_async("the update came", lambda: updates.all)
                assert updates.all == [update]

        asyncio.run(story())

    def test_subscribes_to_rooms_and_answers_with_the_past(self, start_maxserver, transport):
        server = start_maxserver(BAR_GENERATOR_INTERVAL="0.05", BAR_GENERATOR_SYMBOLS="AAPL")
        # Three series of 240 bars are made up at the start.
        eventually("there is a past", lambda: server.health()["messages"]["received"] >= 3 * 240)

        async def story():
            async with connected(server.url, transport) as client:
                bars = Received(client, "bar:update")
                request = {"rooms": ["bars:AAPL:1", "nonsense:x"]}
                answer = await client.call("subscribe", request, timeout=PATIENCE)
                assert answer["ok"] is True
                assert answer["denied"] == [{"room": "nonsense:x", "code": "UNKNOWN_ROOM"}]
                (joined,) = answer["rooms"]
                times = [message["data"]["bar"]["time"] for message in joined["snapshot"]]
                assert len(times) > 100 and times == sorted(set(times))
                await eventually_async("bars go on", lambda: len(bars.all) >= 3)
                assert {(bar["symbol"], bar["resolution"]) for bar in bars.all} == {("AAPL", "1")}

        asyncio.run(story())

    def test_says_what_is_wrong_with_a_request(self, start_maxserver):
        server = start_maxserver()

        async def story():
            async with connected(server.url, TRANSPORTS["websocket"]) as client:
                for request in ({"rooms": "bars:AAPL:1"}, {}, "x", {"rooms": ["all"] * 1_001}):
                    answer = await client.call("subscribe", request, timeout=PATIENCE)
                    assert answer["ok"] is False and answer["error"]

        asyncio.run(story())


class TestAcksOfTheClient:
    @pytest.mark.parametrize("argument", ARGUMENTS)
    def test_reach_the_server(self, start_server, transport, argument):
        """The server asks with what it was sent, and passes the client's answer on as its own."""
        server = start_server("conformance-server")

        async def story():
            async with connected(server.url, transport) as client:
                client.on("question", lambda question: (question, "answered", b"\x01"))
                answer = await client.call("ask-me", argument, timeout=PATIENCE)
                assert list(answer) == [argument, "answered", b"\x01"]

        asyncio.run(story())


class TestThreadedClient:
    """The same client without asyncio has its own HTTP and WebSocket libraries."""

    def test_speaks_with_the_server(self, start_server, transport):
        server = start_server("bench-server")
        client = socketio.Client(reconnection=False)
        ticks = Received(client, "tick")
        client.connect(server.url, transports=transport[0], wait_timeout=PATIENCE)
        try:
            assert client.transport() == transport[1]
            argument = {"ž": [b"\x00\xff", 1.5]}
            assert client.call("echo", argument, timeout=PATIENCE) == argument
            client.call("join", "r", timeout=PATIENCE)
            client.emit("broadcast", {"room": "r", "data": "x" * 100_000})
            eventually("the tick came", lambda: ticks.all)
            assert ticks.all == ["x" * 100_000]
        finally:
            client.disconnect()


class connected:
    """A client that is connected inside of `async with`."""

    def __init__(self, url: str, transport) -> None:
        self._url = url
        self._transports, self._final = transport
        self._client = make_client()

    async def __aenter__(self) -> socketio.AsyncClient:
        await self._client.connect(self._url, transports=self._transports, wait_timeout=PATIENCE)
        assert self._client.transport() == self._final
        return self._client

    async def __aexit__(self, *_) -> None:
        await self._client.disconnect()


async def until_connections(server, count: int) -> None:
    async def connections() -> int:
        return (await asyncio.to_thread(server.health))["connections"]

    for _ in range(500):
        if await connections() == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the server never had {count} connections")
