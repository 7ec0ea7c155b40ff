"""`maxserver publish`, and what is said over REST: through Redis and without, to the clients of every server."""

import asyncio

import requests
import socketio

from waiting import PATIENCE, eventually_async

STATUS = {"agentId": "agent-789", "sectorId": "tech-001", "status": "thinking 😀"}
PAYLOAD = '{"agentId":"agent-789","sectorId":"tech-001","status":"thinking 😀"}'


async def heard(server, events: list, say) -> list:
    """What a client of the server hears of these events when `say` was called, until it heard one of each."""
    client, data = socketio.AsyncClient(), []
    for event in events:
        client.on(event, data.append)
    connected = asyncio.Event()
    client.on("connected", lambda _: connected.set())
    await client.connect(server.url, transports=["websocket"])
    await asyncio.wait_for(connected.wait(), PATIENCE)
    await asyncio.to_thread(say)
    await eventually_async("the events came", lambda: len(data) >= len(events))
    await client.disconnect()
    return data


class TestCommand:
    def test_reaches_the_server_that_runs(self, start_maxserver, run_maxserver):
        server = start_maxserver()

        def publish():
            done = run_maxserver("publish", "agent_status", PAYLOAD, PORT=str(server.port))
            assert done.returncode == 0 and done.stderr == ""
            assert done.stdout == f"published on agent_status by http://127.0.0.1:{server.port}\n"

        assert asyncio.run(heard(server, ["agent:status_update"], publish)) == [STATUS]

    def test_reaches_every_server_through_redis(self, start_maxserver, start_redis, run_maxserver):
        url = f"redis://127.0.0.1:{start_redis().port}/0"
        servers = [start_maxserver(REDIS_URL=url, DATABASE_URL="sqlite::memory:") for _ in range(2)]

        def publish():
            done = run_maxserver("publish", "agent_status", PAYLOAD, REDIS_URL=url)
            assert done.returncode == 0 and "2 subscribers" in done.stdout

        for server in servers:
            assert asyncio.run(heard(server, ["agent:status_update"], publish)) == [STATUS]

    def test_ends_with_one_line_when_nothing_was_published(self, run_maxserver, free_port):
        for words in [("agent_status", "{"), ("orders", "{}"), ("agent_status", "{}")]:
            done = run_maxserver("publish", *words, "--url", f"http://127.0.0.1:{free_port}")
            assert done.returncode == 1 and done.stdout == ""
            assert done.stderr.startswith("maxserver: nothing was published: ") and done.stderr.count("\n") == 1
        assert run_maxserver("publish").returncode == 64


class TestRest:
    def test_says_a_message_on_every_node_and_keeps_it(self, start_maxserver, start_redis):
        redis = start_redis()
        servers = [
            start_maxserver(REDIS_URL=f"redis://127.0.0.1:{redis.port}/0", DATABASE_URL="sqlite:///shared.db")
            for _ in range(2)
        ]
        rooms = servers[0].url + "/api/discussions"
        room = requests.post(rooms, json={"id": "d", "title": "Buy?", "sectorId": "s"}, timeout=PATIENCE)
        assert room.status_code == 201
        body = {"id": "m", "content": "Yes 😀", "agentId": "a", "agentName": "Ann"}

        def say():
            said = requests.post(f"{rooms}/d/messages", json=body, timeout=PATIENCE)
            assert said.status_code == 201 and "X-Published" not in said.headers

        (event,) = asyncio.run(heard(servers[1], ["discussion:new_message"], say))
        assert event["message"]["content"] == "Yes 😀" and event["message"]["authorName"] == "Ann"
        redis.stop()
        body["id"] = "n"
        unheard = requests.post(f"{rooms}/d/messages", json=body, timeout=PATIENCE)
        assert unheard.status_code == 201 and unheard.headers["X-Published"] == "false"
        page = servers[1].get("/api/discussions/d/messages").json()["data"]
        assert [message["id"] for message in page["messages"]] == ["m", "n"] and page["next"] is None
