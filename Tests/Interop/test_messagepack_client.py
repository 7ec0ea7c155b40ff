"""python-socketio's client with its own MessagePack packets, which share no code with this server's parser."""

import asyncio

import pytest
import socketio

from waiting import eventually_async

TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrade": ["polling", "websocket"],
}

VALUES = {
    "null": [None],
    "truth": [True, False],
    "numbers": [0, -1, 127, 128, -33, 65536, 2**32, -(2**40), 2**53, 1.5, -1e-7, 0.1],
    "texts": ["", "a\n\"\u2028", "žluťoučký 👩‍👧", "x" * 70_000],
    "objects": {"a": [True, {}, []], "b c": {"d": None, "7": False}},
    "bytes": b"\x00\x01\xfe\xff",
    "bytes deep inside": {"a": [b"\x00", {"b": [[b"\x01\x02"]]}], "c": b""},
    "many bytes": b"\x07" * 100_000,
}


@pytest.fixture(params=TRANSPORTS)
def transports(request):
    return TRANSPORTS[request.param]


@pytest.fixture
def url(start_server):
    return start_server("conformance-server", "--msgpack", loops=2).url


async def connected(url, transports, **options) -> socketio.AsyncClient:
    client = socketio.AsyncClient(reconnection=False, serializer="msgpack")
    client.received = []
    for event in ("auth", "message-back", "told"):
        client.on(event, lambda *arguments, event=event: client.received.append((event, *arguments)))
    client.on("question", lambda *arguments: {"answer": list(arguments)})
    try:
        await client.connect(url, transports=transports, **options)
    except socketio.exceptions.ConnectionError:
        if client.eio.http:
            await client.eio.http.close()
        raise
    if options.get("namespaces") is None:
        await eventually_async("the server's first event comes", lambda: client.received)
    return client


def test_values_come_back_in_events_and_acks(url, transports):
    async def story():
        client = await connected(url, transports)
        for name, value in VALUES.items():
            client.received.clear()
            await client.emit("message", value)
            await eventually_async(f"{name} comes back", lambda: client.received == [("message-back", value)])
            assert await client.call("message-with-ack", value) == value, name
        await client.disconnect()

    asyncio.run(story())


def test_the_server_asks_and_the_client_answers(url, transports):
    async def story():
        client = await connected(url, transports)
        assert await client.call("ask-me", ("a", b"\x00\xff")) == {"answer": ["a", b"\x00\xff"]}
        await client.disconnect()

    asyncio.run(story())


def test_a_broadcast_reaches_the_others(url, transports):
    async def story():
        sender = await connected(url, transports)
        others = [await connected(url, each) for each in TRANSPORTS.values()]
        news = {"news": [b"\x01"]}
        await sender.emit("tell-others", (news, 1))
        for other in others:
            await eventually_async("the news come", lambda: ("told", news, 1) in other.received)
        # What comes after it shows that it has not come.
        assert await sender.call("message-with-ack", 1) == 1
        assert all(event != "told" for event, *_ in sender.received)
        for client in [sender, *others]:
            await client.disconnect()

    asyncio.run(story())


def test_namespaces_share_the_connection(url, transports):
    async def story():
        client = await connected(url, transports, namespaces=["/", "/custom"])
        assert sorted(client.namespaces) == ["/", "/custom"]
        with pytest.raises(socketio.exceptions.ConnectionError, match="/random"):
            await connected(url, transports, namespaces=["/random"])
        await client.disconnect()

    asyncio.run(story())


def test_what_is_no_packet_ends_the_connection(url, transports):
    async def story():
        client = await connected(url, transports)
        await client.eio.send('2["message"]')
        await asyncio.wait_for(client.wait(), 10)
        assert not client.connected

    asyncio.run(story())
