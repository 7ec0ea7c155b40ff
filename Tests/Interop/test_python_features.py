"""python-socketio's client against the server that has all features: what this client supports of them."""

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Dict

import pytest
import socketio

from test_python_client import Received, make_client
from waiting import PATIENCE, eventually_async


@asynccontextmanager
async def joined(server, transport, *namespaces: str, **options):
    """A client that is in the namespaces inside of `async with`."""
    client = make_client()
    await client.connect(
        server.url, transports=transport[0], namespaces=list(namespaces), wait_timeout=PATIENCE, **options
    )
    assert client.transport() == transport[1]
    yield client
    await client.disconnect()


class Asker:
    """Calls of a client in one namespace."""

    def __init__(self, client, namespace: str) -> None:
        self._client, self._namespace = client, namespace

    async def __call__(self, event: str, *values):
        return await self._client.call(event, values, namespace=self._namespace, timeout=PATIENCE)

    async def emit(self, event: str, *values) -> None:
        await self._client.emit(event, values, namespace=self._namespace)


def silent_until(over: asyncio.Event):
    """A handler that does not answer before it is over."""

    async def handler(*_):
        await over.wait()

    return handler


class TestNamespaces:
    def test_of_every_kind_share_a_connection(self, features, transport):
        names = ["/", "/static", "/tenant-42", "/games/chess/white", "/members/ada"]

        async def story():
            async with joined(features, transport, *names, auth={"card": "gold"}) as client:
                places = [await Asker(client, name)("where") for name in names]
                assert [place["namespace"] for place in places] == names
                assert places[3]["captures"] == {"game": "chess", "seat": "white"}
                assert len({client.get_sid(name) for name in names}) == len(names)

        asyncio.run(story())

    @pytest.mark.parametrize(
        "name, refusal",
        [
            ("/tenant-x", {"message": "Invalid namespace"}),
            ("/members/ada", {"message": "no card", "data": {"wanted": "gold"}}),
            ("/guarded", {"message": "not authorized", "data": {"code": 401, "hint": ["log", "in"]}}),
        ],
    )
    def test_refuse_with_a_message_and_data(self, features, transport, name, refusal):
        async def story():
            client = make_client()
            refused = Received(client, "connect_error", name)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.connect(features.url, transports=transport[0], namespaces=[name])
            assert refused.all == [refusal]

        asyncio.run(story())

    def test_learn_auth_query_and_headers(self, features, transport):
        auth, headers = {"token": "žába", "list": [1, None]}, {"X-Session": "12345"}

        async def story():
            client = make_client()
            url = f"{features.url}?x=42&name=a%20b%26%C4%8D"
            await client.connect(
                url, transports=transport[0], auth=auth, headers=headers, namespaces=["/static"]
            )
            handshake = await Asker(client, "/static")("handshake")
            assert handshake["auth"] == auth and handshake["headers"]["x-session"] == "12345"
            assert (handshake["query"]["x"], handshake["query"]["name"]) == ("42", "a b&č")
            await client.disconnect()

        asyncio.run(story())


class TestEvents:
    def test_keep_their_order_with_attachments_between(self, features, transport):
        async def story():
            async with joined(features, transport, "/events") as client:
                pieces, end = Received(client, "piece", "/events"), Received(client, "end", "/events")
                await client.emit("burst", 100, namespace="/events")
                for number in range(100):
                    values = [(), (b"x" * number,), ({"a": b"", "b": "text"},)][number % 3]
                    await client.emit("piece", (number, *values), namespace="/events")
                assert await Asker(client, "/events")("pieces") == list(range(100))
                await eventually_async("the end came", lambda: end.all)
                numbers = [piece[0] if isinstance(piece, tuple) else piece for piece in pieces.all]
                assert numbers == list(range(100))
                assert pieces.all[1:3] == [(1, b"\x01" * 10), (2, [b"\x01" * 3, b""])]

        asyncio.run(story())

    def test_are_values_on_both_sides(self, features, transport):
        order = {
            "symbol": "ŽBR", "side": "sell", "price": 0.1, "placed": "2025-01-15T10:30:00.000Z",
            "attachment": b"\x00\xff", "tags": {"a": [1, 2]},
        }  # fmt: skip

        async def story():
            async with joined(features, transport, "/typed") as client:
                ordered = Received(client, "ordered", "/typed")
                receipt = await Asker(client, "/typed")("place", order)
                assert receipt == {"order": order, "isLarge": False, "settles": "2025-01-16T10:30:00.000Z"}
                await eventually_async("everyone heard of it", lambda: ordered.all == [order])

        asyncio.run(story())


class TestAcks:
    def test_that_the_client_owes_are_given_up(self, features, transport):
        async def story():
            async with joined(features, transport, "/acks") as client:
                over = asyncio.Event()
                client.on("question", silent_until(over), namespace="/acks")
                answer = await Asker(client, "/acks")("ask me", 30, 1)
                assert answer == "the client did not acknowledge the event in time"
                over.set()
                assert await Asker(client, "/acks")("echo", 1) == 1

        asyncio.run(story())

    def test_that_the_server_owes_are_given_up(self, features, transport):
        async def story():
            async with joined(features, transport, "/acks") as client:
                with pytest.raises(socketio.exceptions.TimeoutError):
                    await client.call("never", namespace="/acks", timeout=0.05)
                assert await Asker(client, "/acks")("echo", 1) == 1

        asyncio.run(story())

    @pytest.mark.parametrize("silent", [0, 1])
    def test_come_from_everyone_who_got_a_broadcast(self, features, transport, room, silent):
        async def story():
            over = asyncio.Event()
            async with AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(joined(features, transport, "/acks")) for _ in range(3)]
                for number, client in enumerate(clients):
                    await client.emit("ask room", room, namespace="/acks")
                    await Asker(client, "/acks")("echo")
                    answers = silent_until(over) if number < silent else lambda value, n=number: [n, value]
                    client.on("question", answers, namespace="/acks")
                time = 200 if silent else 10_000
                replies, missing = await Asker(clients[0], "/acks")("ask all", room, time, b"\x01")
                assert sorted(replies) == [[number, b"\x01"] for number in range(silent, 3)]
                assert missing == silent
                over.set()

        asyncio.run(story())


class TestRooms:
    @pytest.mark.parametrize(
        "origin, to, excepted, expected",
        [
            ("server", "12", "", "ab"),
            ("server", "12", "1", "b"),
            ("server", "c", "", "c"),
            ("server", "", "3", "ab"),
            ("socket", "12", "", "b"),
            ("socket", "", "2", "c"),
        ],
    )
    def test_say_who_is_reached(self, features, transport, room, origin, to, excepted, expected):
        rooms = {"a": ["1", "2"], "b": ["2"], "c": ["3"]}

        async def story():
            async with AsyncExitStack() as stack:
                clients: Dict[str, socketio.AsyncClient] = {}
                for name in rooms:
                    clients[name] = await stack.enter_async_context(joined(features, transport, "/rooms"))
                news = {name: Received(client, "news", "/rooms") for name, client in clients.items()}
                for name, joins in rooms.items():
                    await Asker(clients[name], "/rooms")("join", [f"{room} {number}" for number in joins])
                names = {name: client.get_sid("/rooms") for name, client in clients.items()}
                names.update({number: f"{room} {number}" for number in "123"})
                wish = {"from": origin, "to": [names[one] for one in to], "except": [names[one] for one in excepted]}
                await Asker(clients["a"], "/rooms")("tell", wish, room, b"\x00\xff")
                for client in clients.values():
                    await Asker(client, "/rooms")("rooms")
                heard = "".join(name for name in rooms if news[name].all == [(room, b"\x00\xff")])
                assert heard == expected

        asyncio.run(story())


class TestEnds:
    @pytest.mark.parametrize("way", ["end me", "close me"])
    def test_name_the_server(self, features, transport, way):
        async def story():
            async with joined(features, transport, "/ends") as client:
                reasons = Received(client, "disconnect", "/ends")
                await client.emit(way, namespace="/ends")
                await eventually_async("the client heard of it", lambda: reasons.all)
                assert reasons.all == ["server disconnect"]

        asyncio.run(story())

    def test_tell_others_why(self, features, transport):
        async def story():
            async with joined(features, transport, "/ends") as watcher:
                left = Received(watcher, "left", "/ends")
                await Asker(watcher, "/ends")("watch")
                async with joined(features, transport, "/ends") as client:
                    who = client.get_sid("/ends")
                await eventually_async("the watcher heard of it", lambda: left.all)
                assert left.all in ([(who, "client namespace disconnect")], [(who, "transport close")])

        asyncio.run(story())

    def test_lead_to_the_next_server(self, start_features, transport):
        server = start_features(drain=200, loops=1)

        async def story():
            client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.2)
            connects, ends = Received(client, "connect", "/ends"), Received(client, "disconnect", "/ends")
            await client.connect(server.url, transports=transport[0], namespaces=["/ends"], wait_timeout=PATIENCE)
            server.signal(signal.SIGTERM)
            await eventually_async("the client heard of it", lambda: not client.connected)
            if transport[1] == "polling":
                # A close packet, which servers send over polling, is the end for this client.
                assert ends.all == ["server disconnect"]
                return
            assert ends.all == ["transport error"]
            await asyncio.to_thread(start_features, port=server.port)
            await eventually_async("it is back", lambda: len(connects.all) == 2)
            assert await Asker(client, "/ends")("hello") == "hello"
            await client.disconnect()

        asyncio.run(story())
        assert server.exit_status() == 0


class TestSlowClients:
    @pytest.mark.parametrize("way", ["latest", "latest to all"])
    def test_get_the_latest(self, features, transport, way):
        async def story():
            async with joined(features, transport, "/slow") as client:
                ticks, end = Received(client, "tick", "/slow"), Received(client, "end", "/slow")
                await client.emit("flood", way, namespace="/slow")
                await eventually_async("the end came", lambda: end.all)
                numbers = [number for number, _ in ticks.all]
                assert numbers == sorted(set(numbers)) and numbers[-1] == 149

        asyncio.run(story())
