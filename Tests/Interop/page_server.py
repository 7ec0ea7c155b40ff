"""Another web server, with a page of its own that uses the Socket.IO server under test."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html>
<title>A page of another origin</title>
<link rel="icon" href="data:,">
<script src="{server}/socket.io/socket.io.js"></script>
"""


class PageServer:
    """Serves one page, which loads socket.io-client from a server, on a port of its own: an origin of its own."""

    def __init__(self, server_url: str) -> None:
        content = PAGE.format(server=server_url).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
