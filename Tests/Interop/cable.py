"""A way to a server that can be cut: what the network does to clients."""

import socket
import threading
from typing import Set


class Cable:
    """Passes connections on to a server. While it is cut there are none, and new ones end at once."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._ends: Set[socket.socket] = set()
        self._is_cut = False
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = 0  # Bytes from the server.
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            self._is_cut = True
            for end in self._ends:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # It has ended by itself.

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()
            except OSError:
                return

    def _connect(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection(self._server)
            except OSError:
                return
            with server:
                with self._lock:
                    if self._is_cut:
                        return
                    self._ends |= {client, server}
                back = threading.Thread(target=self._pass_on, args=(server, client, True), daemon=True)
                back.start()
                self._pass_on(client, server, False)
                back.join()
                with self._lock:
                    self._ends -= {client, server}

    def _pass_on(self, source: socket.socket, target: socket.socket, is_back: bool) -> None:
        try:
            while piece := source.recv(65_536):
                if is_back:
                    self.received += len(piece)
                target.sendall(piece)
        except OSError:
            pass  # The other end has gone.
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
