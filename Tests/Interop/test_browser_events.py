"""Events in both directions between a browser and the server: what they carry, and their order."""

import datetime

import pytest

VALUES = [
    pytest.param("text", id="text"),
    pytest.param("utf-8: てすと Я Б Г Ä ß — žluťoučký 👩‍👩‍👧 \u2028 \x00 \"\\", id="unicode"),
    pytest.param([0, -1.5, 2**53 - 1, 1e-7, True, None, "", [], {}], id="scalars"),
    pytest.param(bytes(range(256)), id="bytes"),
    pytest.param({"a": [b"\x01", {"b": b""}], "č": b"\xff" * 70_000}, id="nested bytes"),
    pytest.param("x" * 300_000, id="long"),
]


class TestEvents:
    @pytest.mark.parametrize("value", VALUES)
    def test_come_back_as_they_were_sent(self, tab, value):
        socket = tab.connect("/events")
        socket.emit("echo", value, "and", value)
        assert socket.await_events("echo", 1) == [[value, "and", value]]

    def test_carry_nothing_when_there_is_nothing(self, tab):
        socket = tab.connect("/events")
        socket.emit("without arguments")
        socket.until("events.some(([name]) => name === 'without arguments')")
        assert ["without arguments"] in socket.events

    def test_may_be_messages(self, tab):
        socket = tab.connect("/events")
        socket.js("void socket.send('hello')")
        assert socket.await_events("message", 1) == ["hello"]

    def test_of_the_servers_greeting_come_first(self, tab):
        socket = tab.open("/events")
        assert socket.await_events("welcome", 1) == [socket.id]

    def test_that_are_sent_before_the_connection_wait_for_it(self, tab):
        socket = tab.open("/events", autoConnect=False)
        for number in range(3):
            socket.emit("echo", number)
        socket.connect()
        assert socket.await_events("echo", 3) == [0, 1, 2]

    def test_reach_the_listeners_of_the_client(self, tab):
        """`on`, `once`, `off`, `onAny`, `prependAny`, `offAny`, `onAnyOutgoing`."""
        socket = tab.connect("/events")
        socket.js("""(() => {
            const heard = window.heard = [];
            const gone = () => heard.push("gone");
            socket.on("echo", (value) => heard.push(`on ${value}`));
            socket.once("echo", (value) => heard.push(`once ${value}`));
            socket.on("echo", gone).off("echo", gone);
            socket.onAny(gone).offAny(gone);
            socket.onAny((name, value) => heard.push(`any ${name} ${value}`));
            socket.prependAny((name) => heard.push(`first ${name}`));
            socket.onAnyOutgoing((name, value) => heard.push(`out ${name} ${value}`));
            socket.emit("echo", 1);
            socket.emit("echo", 2);
        })()""")
        socket.await_events("echo", 2)
        assert socket.js("heard") == [
            "out echo 1", "out echo 2",
            "first echo", "any echo 1", "on 1", "once 1",
            "first echo", "any echo 2", "on 2",
        ]  # fmt: skip

    def test_reach_the_listeners_of_the_server(self, tab):
        """`once`, and `onAny` for those that nothing else listens to."""
        socket = tab.connect("/events")
        assert socket.call("once") == "for the first time"
        socket.emit("once")
        socket.emit("nobody listens", 1)
        assert socket.call("names") == ["once", "once", "nobody listens", "names"]


class TestOrder:
    def test_of_the_servers_events_is_kept_with_attachments_between(self, tab):
        socket = tab.connect("/events")
        socket.emit("burst", 100)
        socket.until("events.some(([name]) => name === 'end')")
        pieces = socket.values("piece")
        assert [piece[0] if isinstance(piece, list) else piece for piece in pieces] == list(range(100))
        assert pieces[:6] == [0, [1, b"\x01" * 10], [2, [b"\x01" * 3, b""]],
                              3, [4, b"\x04" * 40], [5, [b"\x01" * 3, b""]]]  # fmt: skip
        assert socket.events[-1] == ["end"]

    def test_of_the_clients_events_is_kept_with_attachments_between(self, tab):
        """From the moment when it is connected, in the middle of an upgrade if there is one."""
        socket = tab.open("/events")
        socket.until("socket.connected")
        socket.js("""(() => {
            for (let number = 0; number < 100; number++) {
                const values = [[], [new Uint8Array(number * 10)], [{ a: new Uint8Array(3), b: "text" }]][number % 3];
                socket.emit("piece", number, ...values);
            }
        })()""")
        assert socket.call("pieces") == list(range(100))

    def test_is_kept_across_the_upgrade_in_both_directions(self, tab):
        socket = tab.open("/events")
        socket.until("socket.connected")
        socket.emit("burst", 60)
        for number in range(60):
            socket.emit("piece", number)
        assert socket.call("pieces") == list(range(60))
        socket.until("events.some(([name]) => name === 'end')")
        pieces = socket.values("piece")
        assert [piece[0] if isinstance(piece, list) else piece for piece in pieces] == list(range(60))


class TestTypedEvents:
    ORDER = {
        "symbol": "ŽBR", "side": "buy", "placed": "2025-01-15T10:30:00.000Z", "attachment": b"\x00\x01\xff",
        "tags": {"a": [1, 2], "": []},
    }  # fmt: skip

    @pytest.mark.parametrize("price", [{}, {"price": None}, {"price": 1250.5}], ids=["none", "null", "number"])
    def test_are_values_on_both_sides(self, tab, price):
        socket = tab.connect("/typed")
        receipt = socket.call("place", {**self.ORDER, **price})
        # What is nil is left out.
        order = {**self.ORDER, **{name: value for name, value in price.items() if value is not None}}
        assert receipt == {"order": order, "isLarge": True, "settles": "2025-01-16T10:30:00.000Z"}
        assert socket.await_events("ordered", 1) == [order]

    def test_take_several_arguments(self, tab):
        socket = tab.connect("/typed")
        assert socket.call("sum", 1, 2.5, 3) == 6.5
        assert socket.call("sum", 1, 2.5) == 3.5

    @pytest.mark.parametrize("order", [{"symbol": 1}, "text", {**ORDER, "side": "keep"}, {**ORDER, "attachment": 1}])
    def test_of_another_type_are_not_handled(self, tab, order):
        socket = tab.connect("/typed")
        socket.emit("place", order)
        assert socket.await_events("wrong", 1) == [["place", "DecodingError"]]
        assert socket.call("sum", 1, 1) == 2

    def test_know_the_dates_of_javascript(self, tab):
        socket = tab.connect("/typed")
        landing = "new Date(Date.UTC(1969, 6, 20, 20, 17, 40, 250))"
        socket.js(f"void socket.on('date of', (what, answer) => answer({landing}))")
        text, seconds = socket.call("which date")
        assert text == "1969-07-20T20:17:40.250Z"
        moment = datetime.datetime(1969, 7, 20, 20, 17, 40, 250_000, datetime.timezone.utc)
        assert seconds == moment.timestamp()
        assert socket.js(f"new Date('{text}').getTime()") == seconds * 1_000
