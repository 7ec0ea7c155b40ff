"""A proxy that holds WebSocket connections back until it is told to let them pass."""

import selectors
import socket
import threading

HEAD_LIMIT = 65_536  # Bytes.


class UpgradeGate:
    """Passes connections on to a server; those that ask for a WebSocket wait while the gate is shut."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._opened = threading.Event()
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.waiting = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        self._opened.set()

    def close(self) -> None:
        self._closed.set()
        self._opened.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, browser: socket.socket) -> None:
        with browser:
            head = b""
            while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT:
                piece = browser.recv(65_536)
                if not piece:
                    return
                head += piece
            if b"upgrade: websocket" in head.lower():
                self.waiting += 1
                self._opened.wait()
            with socket.create_connection(self._server) as server:
                server.sendall(head)
                self._exchange(browser, server)

    def _exchange(self, browser: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(browser, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, browser)
            while not self._closed.is_set():
                for key, _ in selector.select(timeout=0.5):
                    try:
                        piece = key.fileobj.recv(65_536)
                        if not piece:
                            return
                        key.data.sendall(piece)
                    except OSError:
                        return
