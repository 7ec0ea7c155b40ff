"""Whom events reach, and what becomes of those that a client cannot take at once, seen from a browser."""

import pytest

from waiting import eventually


class TestRooms:
    @pytest.fixture
    def sockets(self, tab, room):
        """Three in the namespace: `a` is in the rooms 1 and 2, `b` in 2, `c` in 3."""
        a, b, c = [tab.connect("/rooms") for _ in range(3)]
        for socket, rooms in ((a, [f"{room} 1", f"{room} 2"]), (b, [f"{room} 2"]), (c, [f"{room} 3"])):
            assert socket.call("join", rooms)
        return {"a": a, "b": b, "c": c}

    @staticmethod
    def reached(sockets, room, origin, to, excepted=(), text="ž"):
        """Who gets an event that `a` asks for; each at most once."""
        names = {**{name: socket.id for name, socket in sockets.items()},
                 **{str(number): f"{room} {number}" for number in range(1, 4)}}  # fmt: skip
        wish = {"from": origin, "to": [names[one] for one in to], "except": [names[one] for one in excepted]}
        sockets["a"].call("tell", wish, text, b"\x00\xff")
        # Whatever was sent is on its way before these answers are.
        for socket in sockets.values():
            socket.call("rooms")
        news = {
            name: [value for value in socket.values("news") if value[0] == text] for name, socket in sockets.items()
        }
        assert all(values in ([], [[text, b"\x00\xff"]]) for values in news.values())
        return "".join(name for name, values in news.items() if values)

    # From where, to whom, except whom, and who gets it.
    AUDIENCES = [
        ("server", "1", "", "a"),
        ("server", "2", "", "ab"),
        ("server", "12", "", "ab"),
        ("server", "13", "", "ac"),
        ("server", "12", "1", "b"),
        ("server", "123", "b", "ac"),
        ("server", "b", "", "b"),
        ("server", "", "", "abc"),
        ("server", "", "2", "c"),
        ("socket", "12", "", "b"),
        ("socket", "123", "", "bc"),
        ("socket", "123", "3", "b"),
        ("socket", "bc", "2", "c"),
        ("socket", "a", "", ""),
        ("socket", "", "", "bc"),
    ]

    def test_say_who_is_reached(self, sockets, room):
        found = [
            (origin, to, excepted, self.reached(sockets, room, origin, to, excepted, text=str(number)))
            for number, (origin, to, excepted, _) in enumerate(self.AUDIENCES)
        ]
        assert found == self.AUDIENCES

    def test_are_left(self, sockets, room):
        sockets["b"].call("leave", f"{room} 2")
        assert sockets["b"].call("rooms") == []
        assert self.reached(sockets, room, "server", "2") == "a"

    def test_are_left_by_those_who_go(self, sockets, room):
        sockets["b"].disconnect()
        sockets["b"].connect()
        sockets["b"].until("socket.connected")
        assert self.reached(sockets, room, "server", "2") == "a"

    def test_tell_who_is_in_them(self, sockets, room):
        members = sockets["c"].call("members", f"{room} 2")
        expected = [
            {"id": sockets["a"].id, "rooms": [f"{room} 1", f"{room} 2"]},
            {"id": sockets["b"].id, "rooms": [f"{room} 2"]},
        ]
        assert members == sorted(expected, key=lambda member: member["id"])

    def test_move_together(self, sockets, room):
        sockets["c"].call("move", f"{room} 2", f"{room} 3")
        assert self.reached(sockets, room, "server", "3") == "abc"
        assert sockets["a"].call("rooms") == [f"{room} 1", f"{room} 3"]

    def test_are_sent_away_together(self, sockets, room):
        sockets["c"].emit("send away", f"{room} 2")
        for name in "ab":
            sockets[name].until("!socket.connected")
            assert sockets[name].story == ["connect", "io server disconnect"]
        assert sockets["c"].call("rooms") == [f"{room} 3"]


class TestSlowClients:
    def flood(self, tab, way: str):
        """The numbers that come of 150 large events to a page that stands still for a while."""
        socket = tab.connect("/slow")
        socket.js("void socket.once('tick', () => { for (const end = Date.now() + 400; Date.now() < end; ); })")
        # Numbers are enough to remember.
        socket.js("(socket.offAny(), window.ticks = [], void socket.on('tick', (number) => ticks.push(number)))")
        socket.js("void socket.on('end', () => ticks.push('end'))")
        socket.emit("flood", way)
        socket.until("ticks.includes('end')")
        *ticks, end = socket.js("ticks")
        assert end == "end" and ticks == sorted(set(ticks))
        return ticks

    def test_get_everything_in_the_end(self, tab):
        assert self.flood(tab, "all") == list(range(150))

    def test_miss_what_is_volatile(self, tab):
        ticks = self.flood(tab, "volatile")
        assert 0 < len(ticks) < 150

    @pytest.mark.parametrize("way", ["latest", "latest to all"])
    def test_get_the_latest_of_what_replaces_itself(self, tab, way):
        ticks = self.flood(tab, way)
        assert ticks[-1] == 149 and len(ticks) < 150

    def test_that_keep_up_get_what_is_volatile(self, tab):
        socket = tab.connect("/slow")
        # Between two polls there is nothing to take it; a later one comes.
        def came():
            socket.emit("volatile")
            return socket.values("tick")

        assert set(eventually("one came", came)) == {1}


class TestCompression:
    """Of WebSockets and of answers to polls: the bytes on the way tell."""

    @pytest.mark.parametrize("is_compressed", [True, False])
    def test_is_up_to_the_sender(self, start_features, lay_cable, new_tab, is_compressed):
        cable = lay_cable(start_features(compression=True))
        socket = new_tab(cable).connect("/slow")
        before = cable.received
        socket.emit("words", is_compressed)
        assert len(socket.await_events("words", 1)[0]) == 500_000
        assert (cable.received - before < 100_000) == is_compressed
