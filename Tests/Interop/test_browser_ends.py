"""How connections end, in the words of the client and of the server, and how clients come to the next server."""

import signal

import pytest


class TestReasons:
    @pytest.fixture
    def watcher(self, tab):
        socket = tab.connect("/ends")
        socket.call("watch")
        return socket

    @pytest.mark.parametrize("way", ["end me", "close me"])
    def test_name_the_server(self, tab, watcher, way):
        socket = tab.connect("/ends", reconnection=True)
        who = socket.id
        socket.emit(way)
        socket.until("!socket.connected")
        assert socket.story == ["connect", "io server disconnect"]
        # A client that was sent away does not come back by itself.
        assert socket.js("socket.active") is False
        assert watcher.await_events("left", 1) == [[who, "server namespace disconnect"]]
        assert watcher.values("leaving") == [[who, [who]]]

    def test_name_the_client(self, tab, watcher):
        socket = tab.connect("/ends")
        who = socket.id
        socket.disconnect()
        assert socket.story == ["connect", "io client disconnect"]
        assert watcher.await_events("left", 1) == [[who, "client namespace disconnect"]]

    def test_name_the_client_that_closes_its_connection(self, tab, watcher):
        socket = tab.connect("/ends")
        who = socket.id
        socket.js("void socket.io.engine.close()")
        assert socket.story == ["connect", "forced close"]
        assert watcher.await_events("left", 1) == [[who, "transport close"]]

    def test_name_pages_that_are_left(self, start_features, new_tab, transport):
        server = start_features(ping_interval=300, ping_timeout=1_500)
        watcher = new_tab(server).connect("/ends")
        watcher.call("watch")
        other = new_tab(server)
        who = other.connect("/ends").id
        other.leave()
        [[left, reason]] = watcher.await_events("left", 1)
        assert left == who
        # Between two polls there is nothing to lose; then the next ping has no answer.
        assert reason in (["transport error", "ping timeout"] if transport[1] == "polling" else ["transport close"])

    def test_name_the_transport_when_the_connection_is_lost(self, features, lay_cable, new_tab, transport, watcher):
        cable = lay_cable(features)
        socket = new_tab(cable).connect("/ends")
        who = socket.id
        socket.call("hello")  # Now the server has upgraded as well.
        cable.cut()
        socket.until("!socket.connected")
        reason = "transport error" if transport[1] == "polling" else "transport close"
        assert socket.story == ["connect", reason]
        if transport[1] == "websocket":  # Between two polls there is nothing to lose.
            assert watcher.await_events("left", 1) == [[who, reason]]

    def test_name_the_heartbeat_that_the_client_misses(self, start_features, new_tab):
        server = start_features(ping_interval=200, ping_timeout=800)
        socket = new_tab(server).connect("/ends")
        server.signal(signal.SIGSTOP)
        try:
            socket.until("!socket.connected")
        finally:
            server.signal(signal.SIGCONT)
        assert socket.story == ["connect", "ping timeout"]

    def test_name_the_heartbeat_that_the_server_misses(self, start_features, new_tab):
        tab = new_tab(start_features(ping_interval=200, ping_timeout=800))
        socket = tab.connect("/ends")
        who = socket.id
        tab.block(1_300)
        socket.until("!socket.connected")
        assert tab.connect("/ends").call("why", who) == "ping timeout"

    def test_are_of_one_namespace_where_the_connection_stays(self, tab, watcher):
        socket = tab.connect("/ends")
        beside = socket.connect_beside("/beside")
        socket.emit("end me")
        socket.until("!socket.connected")
        assert beside.call("hello") == "hello" and beside.story == ["connect"]

    def test_are_of_all_namespaces_when_the_server_closes_the_connection(self, tab):
        socket = tab.connect("/ends")
        beside = socket.connect_beside("/beside")
        socket.emit("close me")
        for one in (socket, beside):
            one.until("!socket.connected")
            assert one.story == ["connect", "io server disconnect"]


class TestServersThatEnd:
    def test_tell_their_clients(self, start_features, new_tab):
        server = start_features()
        socket = new_tab(server).connect("/ends")
        server.signal(signal.SIGTERM)
        socket.until("!socket.connected")
        assert socket.story == ["connect", "transport close"]
        assert server.exit_status() == 0

    def test_are_followed_by_the_next_one(self, start_features, new_tab):
        server = start_features()
        socket = new_tab(server).connect("/ends", reconnection=True)
        beside = socket.connect_beside("/beside")
        first = socket.id
        server.signal(signal.SIGTERM)
        assert server.exit_status() == 0
        start_features(port=server.port)
        for one in (socket, beside):
            one.until("socket.connected && story.length > 2")
            assert one.steps == ["connect", "transport close", "connect"]
            assert one.call("hello") == "hello"
        assert socket.id != first

    def test_send_their_clients_away_step_by_step(self, start_features, new_tab):
        """The next server is there already, and the clients come to it one by one."""
        server = start_features(drain=600, loops=1)
        tab = new_tab(server)
        sockets = [tab.connect("/ends", reconnection=True) for _ in range(4)]
        for socket in sockets:
            socket.js("void socket.once('disconnect', () => { socket.left = performance.now(); })")
        server.signal(signal.SIGTERM)
        sockets[0].until("!socket.connected")
        start_features(port=server.port)
        for socket in sockets:
            socket.until("socket.connected && story.length > 2")
            # Browsers keep connections: they may find the old server where they look for the new one.
            assert socket.steps[:2] == ["connect", "transport close"] and socket.steps[-1] == "connect"
        times = sorted(socket.js("socket.left") for socket in sockets)
        assert times[-1] - times[0] > 300
        assert server.exit_status() == 0
        for socket in sockets:
            assert socket.call("hello") == "hello"
