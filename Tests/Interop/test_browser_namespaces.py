"""Namespaces of every kind, who may enter them and what the server learns of the client, seen from a browser."""

import pytest


class TestNamespaces:
    @pytest.mark.parametrize(
        "name, captures",
        [
            ("/", {}),
            ("/static", {}),
            ("/tenant-42", {}),
            ("/games/chess/white", {"game": "chess", "seat": "white"}),
            ("/games/šachy/♔", {"game": "šachy", "seat": "♔"}),
        ],
    )
    def test_are_found_by_name_by_regex_and_by_pattern(self, tab, name, captures):
        socket = tab.connect(name)
        assert socket.call("where") == {"namespace": name, "captures": captures}

    def test_are_allowed_by_a_function(self, tab):
        socket = tab.connect("/members/ada", auth={"card": "gold"})
        assert socket.call("where")["namespace"] == "/members/ada"

    def test_are_refused_by_a_function_that_says_why(self, tab):
        socket = tab.open("/members/ada", auth={"card": "lead"})
        socket.until("story.length")
        assert socket.error == {"message": "no card", "data": {"wanted": "gold"}}

    @pytest.mark.parametrize("name", ["/nowhere", "/tenant-", "/games/chess", "/games/chess/white/", "/Static"])
    def test_that_do_not_exist_refuse(self, tab, name):
        socket = tab.open(name)
        socket.until("story.length")
        assert socket.story == ["connect_error: Invalid namespace"]
        assert socket.js("[socket.connected, socket.active]") == [False, False]

    def test_share_a_connection(self, tab):
        root = tab.connect()
        sockets = [root, *map(root.connect_beside, ("/static", "/tenant-1", "/games/go/black"))]
        assert len({socket.id for socket in sockets}) == 4
        places = [socket.call("where")["namespace"] for socket in sockets]
        assert places == ["/", "/static", "/tenant-1", "/games/go/black"]

    def test_that_refuse_leave_the_connection_to_others(self, tab):
        root = tab.connect()
        nowhere = root.open_beside("/nowhere")
        nowhere.until("story.length")
        assert root.call("where")["namespace"] == "/"

    def test_are_left_and_entered_again_on_the_same_connection(self, tab):
        root = tab.connect()
        other = root.connect_beside("/static")
        first = other.id
        other.disconnect()
        other.connect()
        other.until("story.length === 3 && socket.connected")
        assert other.story == ["connect", "io client disconnect", "connect"]
        assert other.id != first and root.story == ["connect"]
        assert other.call("where")["namespace"] == "/static"


class TestMiddlewares:
    def test_let_in_who_may_enter(self, tab):
        socket = tab.connect("/guarded", auth={"token": "secret"})
        assert socket.call("rooms") == ["let in"]

    def test_refuse_with_a_message_and_data(self, tab):
        socket = tab.open("/guarded", auth={"token": "guess"})
        socket.until("story.length")
        assert socket.story == ["connect_error: not authorized"]
        assert socket.error == {"message": "not authorized", "data": {"code": 401, "hint": ["log", "in"]}}
        assert socket.js("[socket.connected, socket.active]") == [False, False]

    def test_that_refuse_are_asked_again_when_the_client_says_more(self, tab):
        socket = tab.open("/guarded", auth={"token": "guess"})
        socket.until("story.length")
        socket.js("(socket.auth = { token: 'secret' }, void socket.connect())")
        socket.until("socket.connected")
        assert socket.story == ["connect_error: not authorized", "connect"]

    def test_that_break_say_nothing_of_the_inside(self, tab):
        socket = tab.open("/guarded", auth={"token": "secret"}, query={"broken": 1})
        socket.until("story.length")
        assert socket.error == {"message": "connection refused", "data": None}


class TestHandshakes:
    def test_tell_auth_query_and_headers(self, tab, transport):
        headers = {"X-Session": "12345"}
        auth = {"token": "žába", "list": [1, None, {"deep": True}]}
        socket = tab.connect("/static", auth=auth, query={"x": "42", "name": "a b&č"}, extraHeaders=headers)
        handshake = socket.call("handshake")
        assert handshake["auth"] == auth
        assert {name: handshake["query"][name] for name in ("x", "name", "EIO", "transport")} == {
            "x": "42", "name": "a b&č", "EIO": "4", "transport": transport[0][0]
        }  # fmt: skip
        # Browsers let nobody add fields to a WebSocket's request.
        assert handshake["headers"].get("x-session") == ("12345" if "polling" in transport[0] else None)
        assert "Chrome" in handshake["headers"]["user-agent"]
        assert handshake["address"] == "127.0.0.1" and not handshake["secure"]
        assert handshake["url"].startswith("/socket.io/?")

    def test_take_auth_from_a_function(self, tab):
        # Options cross into the page as JSON, so the function is made there.
        socket = tab.open("/static", autoConnect=False)
        socket.js("(socket.auth = (answer) => setTimeout(answer, 5, { token: 'late' }), void socket.connect())")
        socket.until("socket.connected")
        assert socket.call("handshake")["auth"] == {"token": "late"}

    def test_are_of_the_transport_that_is_in_use(self, tab, transport):
        assert tab.connect().call("transport") == transport[1]
