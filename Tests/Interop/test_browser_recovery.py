"""Clients that lose their connection and come back as if nothing had happened, seen from a browser."""

import pytest

from browser_sockets import Tab
from cable import Cable


def news(first: int, count: int) -> list:
    """What `tell` sends for these numbers."""
    texts = {number: f"in room {number}" for number in range(first, first + count)}
    return [[number, text if number % 2 == 0 else text.encode()] for number, text in texts.items()]


def told(socket) -> list:
    """The news that came; without the offset that the server adds to each."""
    return [value[:2] for value in socket.values("news")]


class Scene:
    """A client whose connection can be cut, and another that tells it news."""

    def __init__(self, server, cable, teller: Tab, tab: Tab, room: str) -> None:
        self.server, self.cable, self.room = server, cable, room
        self.teller = teller.connect("/recovery", auth={"name": "teller"})
        self.teller.call("join", "tellers")
        self.client = tab.connect("/recovery", auth={"name": room}, reconnection=True)
        self.client.call("join", room)
        self.first_id = self.client.id
        self._transport = self.client.transport

    def tell(self, first: int, count: int) -> None:
        self.teller.call("tell", self.room, first, count)

    def cut(self) -> None:
        self.cable.cut()
        self.client.until("!socket.connected")

    def mend(self) -> None:
        self.cable.mend()
        # Until both have upgraded: who loses the connection in the middle of it notices only when a ping is missing.
        self.client.until(f"socket.connected && socket.io.engine.transport.name === {self._transport!r}")
        self.client.call("who am I")


@pytest.fixture(scope="module")
def server(run_features):
    with run_features(recovery=10_000) as server:
        yield server


@pytest.fixture(scope="module")
def stage(server, browser, transport):
    """What scenes have in common: a server, a way to it, and a page at each end."""
    cable, context = Cable(server.port), browser.new_context()
    yield server, cable, *(Tab(context.new_page(), url, transport) for url in (server.url, cable.url))
    context.close()
    cable.close()


@pytest.fixture
def scene(stage, room):
    yield Scene(*stage, room)
    _, cable, *tabs = stage
    cable.mend()
    for tab in tabs:
        tab.end_sockets()


@pytest.fixture
def scene_of_its_own(start_features, lay_cable, new_tab, room):
    """With a server of other options, or one that does not survive."""

    def make(**options) -> Scene:
        server = start_features(**options)
        cable = lay_cable(server)
        return Scene(server, cable, new_tab(server), new_tab(cable), room)

    return make


class TestRecoveredClients:
    def test_get_what_they_missed_once_and_in_order(self, scene):
        scene.tell(0, 4)
        scene.client.until("events.filter(([name]) => name === 'news').length === 4")
        scene.cut()
        scene.tell(4, 6)
        scene.mend()
        scene.tell(10, 2)
        scene.client.until("events.some(([name, number]) => number === 11)")
        assert told(scene.client) == news(0, 12)
        assert scene.client.recovered == [False, True]

    def test_keep_their_id_their_rooms_and_their_values(self, scene):
        scene.cut()
        scene.mend()
        assert scene.client.id == scene.first_id
        name, _, rooms, recovered = scene.client.call("who am I")
        assert (name, rooms, recovered) == (scene.room, [scene.room], True)

    def test_come_back_again_and_again(self, scene):
        for turn in range(3):
            scene.cut()
            scene.tell(turn * 2, 2)
            scene.mend()
            last = turn * 2 + 1
            scene.client.until(f"events.some(([name, number]) => number === {last})")
        assert told(scene.client) == news(0, 6)
        assert scene.client.recovered == [False, True, True, True]
        assert scene.client.id == scene.first_id

    def test_need_not_have_got_anything_before(self, scene):
        scene.cut()
        scene.tell(0, 3)
        scene.mend()
        scene.client.until("events.some(([name, number]) => number === 2)")
        assert told(scene.client) == news(0, 3) and scene.client.recovered == [False, True]

    def test_may_have_closed_the_connection_themselves(self, scene):
        """As the documentation of Socket.IO has it, to try it out."""
        scene.client.js("void socket.io.engine.close()")
        scene.client.until("socket.connected && story.length > 2")
        assert scene.client.steps == ["connect", "forced close", "connect"]
        assert scene.client.recovered == [False, True] and scene.client.id == scene.first_id

    @pytest.mark.parametrize("options, visits", [({}, 2), ({"skip_middlewares": True}, 1)], ids=["asked", "skipped"])
    def test_pass_the_middlewares_again_unless_those_are_skipped(self, scene_of_its_own, options, visits):
        scene = scene_of_its_own(recovery=10_000, **options)
        assert scene.client.call("who am I")[1] == 1
        scene.cut()
        scene.mend()
        assert scene.client.call("who am I")[1] == visits


class TestOtherClients:
    def test_were_away_too_long(self, scene_of_its_own):
        scene = scene_of_its_own(recovery=100)
        # A connection that is cut may be noticed late; a client that closes it is noticed at once.
        scene.client.js("(socket.io.reconnection(false), void socket.io.engine.close())")
        scene.teller.until(f"events.some(([name, id]) => name === 'gone' && id === {scene.first_id!r})")
        scene.tell(0, 2)
        scene.teller.js("new Promise((resolve) => setTimeout(resolve, 200))")
        scene.client.connect()
        scene.client.until("socket.connected")
        name, visits, rooms, recovered = scene.client.call("who am I")
        assert (name, visits, rooms, recovered) == (scene.room, 1, [], False)
        assert scene.client.recovered == [False, False] and scene.client.id != scene.first_id
        assert told(scene.client) == []

    def test_were_sent_away(self, scene):
        scene.teller.emit("end", scene.first_id)
        scene.client.until("!socket.connected")
        scene.client.connect()
        scene.client.until("socket.connected")
        assert scene.client.recovered == [False, False] and scene.client.id != scene.first_id

    def test_left_by_themselves(self, scene):
        scene.client.disconnect()
        scene.client.connect()
        scene.client.until("socket.connected")
        assert scene.client.recovered == [False, False]

    def test_come_to_another_server(self, scene_of_its_own, start_features):
        scene = scene_of_its_own(recovery=10_000)
        scene.cut()
        scene.server.kill()
        start_features(port=scene.server.port, recovery=10_000)
        scene.mend()
        assert scene.client.recovered == [False, False] and scene.client.id != scene.first_id

    def test_are_locked_out_meanwhile(self, scene):
        scene.cut()
        scene.teller.call("ban", scene.room)
        scene.cable.mend()
        scene.client.until("story.includes('connect_error: banned')")
        assert scene.client.recovered == [False]

    def test_are_not_recovered_where_there_is_no_recovery(self, scene_of_its_own):
        scene = scene_of_its_own()
        scene.cut()
        scene.mend()
        assert scene.client.recovered == [False, False] and scene.client.id != scene.first_id
