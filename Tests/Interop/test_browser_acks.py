"""Answers in both directions between a browser and the server, and those that do not come."""

import pytest

from browser_sockets import NoAnswer

VALUES = [
    pytest.param("žluťoučký 👩‍👩‍👧", id="text"),
    pytest.param({"a": [b"\x01", {"b": b""}], "č": b"\xff" * 70_000}, id="nested bytes"),
]
SHORT = 0.05  # Seconds that nobody answers in.


class TestAnswersOfTheServer:
    @pytest.mark.parametrize("value", VALUES)
    def test_carry_what_it_was_sent(self, tab, value):
        assert tab.connect("/acks").call("echo", value, 1) == [value, 1]

    def test_may_be_empty(self, tab):
        assert tab.connect("/acks").call("nothing") is None

    def test_find_their_callers(self, tab):
        socket = tab.connect("/acks")
        answers = socket.js("Promise.all(Array.from({length: 50}, (_, n) => socket.emitWithAck('echo', n)))")
        assert answers == list(range(50))

    @pytest.mark.parametrize("event", ["never", "nobody listens"])
    def test_that_do_not_come_are_given_up(self, tab, event):
        socket = tab.connect("/acks")
        with pytest.raises(NoAnswer, match="operation has timed out"):
            socket.call(event, timeout=SHORT)
        assert socket.call("echo", 1) == 1

    def test_come_once(self, tab):
        socket = tab.connect("/acks")
        socket.js("(window.answers = [], void socket.emit('twice', (answer) => answers.push(answer)))")
        assert socket.call("echo", "what follows") == "what follows"
        assert socket.js("answers") == ["first"]

    def test_that_are_pending_fail_when_the_client_leaves(self, tab):
        socket = tab.connect("/acks")
        reason = "socket.timeout(10_000).emitWithAck('never').catch((error) => error.message)"
        socket.js(f"void (window.reason = {reason})")
        socket.disconnect()
        assert socket.js("reason") == "socket has been disconnected"


class TestAnswersOfTheClient:
    @pytest.mark.parametrize("value", VALUES)
    def test_carry_what_it_was_sent(self, tab, value):
        socket = tab.connect("/acks")
        socket.answer("question", "(value) => value")
        assert socket.call("ask me", 10_000, value) == value

    def test_may_come_later(self, tab):
        socket = tab.connect("/acks")
        socket.js("void socket.on('question', (value, answer) => setTimeout(answer, 10, value, 'and', 2))")
        assert socket.call("ask me", 10_000, 1) == [1, "and", 2]

    def test_that_do_not_come_are_given_up(self, tab):
        socket = tab.connect("/acks")
        socket.answer("question", "() => undefined")
        assert socket.call("ask me", 30, 1) == "the client did not acknowledge the event in time"

    def test_that_come_too_late_do_no_harm(self, tab):
        socket = tab.connect("/acks")
        socket.js("void socket.on('question', (value, answer) => { window.late = answer; })")
        assert socket.call("ask me", 30, 1) == "the client did not acknowledge the event in time"
        socket.js("void late('late')")
        assert socket.call("echo", 1) == 1


class TestAnswersToABroadcast:
    @pytest.fixture
    def members(self, tab, room):
        sockets = [tab.connect("/acks") for _ in range(3)]
        for socket in sockets:
            socket.emit("ask room", room)
            socket.call("echo", 1)
        return sockets

    def test_come_from_everyone(self, members, room):
        for number, socket in enumerate(members):
            socket.answer("question", f"(value) => [{number}, value]")
        replies, missing = members[0].call("ask all", room, 10_000, {"is": b"\x01"})
        assert sorted(replies) == [[number, {"is": b"\x01"}] for number in range(3)]
        assert missing == 0

    def test_that_do_not_come_are_counted(self, members, room):
        members[0].answer("question", "() => 'here'")
        members[1].answer("question", "() => undefined")
        replies, missing = members[0].call("ask all", room, 100, "?")
        assert (replies, missing) == (["here"], 2)

    def test_of_nobody_are_none(self, members):
        assert members[0].call("ask all", "an empty room", 10_000, "?") == [[], 0]


class TestRetries:
    """The client's option `retries`: it repeats what is not answered, so the server may get it more than once."""

    OPTIONS = {"retries": 3, "ackTimeout": 100}

    @staticmethod
    def note(socket, offset: str, text: str, ignored: int = 0) -> None:
        note = {"offset": offset, "text": text, "ignored": ignored}
        answer = "(error, count) => resolve(error ? error.message : count)"
        socket.js(f"void (window.answer = new Promise((resolve) => socket.emit('note', values[0], {answer})))", note)

    def test_end_with_the_answer_and_what_came_twice_is_kept_once(self, tab, room):
        socket = tab.connect("/retries", **self.OPTIONS)
        self.note(socket, f"{room} 1", f"{room} one", ignored=2)
        assert socket.js("answer") == 3
        kept, deliveries = socket.call("kept")
        assert kept.count(f"{room} one") == 1 and deliveries[f"{room} 1"] == 3

    def test_are_given_up_after_so_many(self, tab, room):
        socket = tab.connect("/retries", **self.OPTIONS)
        self.note(socket, f"{room} 1", f"{room} one", ignored=99)
        assert socket.js("answer") == "operation has timed out"
        assert socket.call("kept")[1][f"{room} 1"] == 4

    def test_keep_the_order(self, tab, room):
        """The next event waits for the answer to the one before."""
        socket = tab.connect("/retries", **self.OPTIONS)
        for number in range(4):
            self.note(socket, f"{room} {number}", f"{room} {number}", ignored=number % 2)
        assert socket.js("answer") == 2
        kept = [text for text in socket.call("kept")[0] if text.startswith(room)]
        assert kept == [f"{room} {number}" for number in range(4)]

    def test_go_on_after_the_connection_was_lost(self, features, lay_cable, new_tab, room):
        cable = lay_cable(features)
        tab = new_tab(cable)
        socket = tab.connect("/retries", reconnection=True, retries=1_000, ackTimeout=100)
        socket.call("kept")  # Now the server has upgraded as well.
        self.note(socket, f"{room} 1", f"{room} one", ignored=1)
        cable.cut()
        socket.until("!socket.connected")
        self.note(socket, f"{room} 2", f"{room} two")
        cable.mend()
        assert socket.js("answer") == 1
        kept, deliveries = socket.call("kept")
        assert [text for text in kept if text.startswith(room)] == [f"{room} one", f"{room} two"]
        assert deliveries[f"{room} 1"] == 2 and socket.story.count("connect") == 2
