"""TLS: an independent client over `https` and `wss`, renewal by SIGHUP, and files that cannot be used."""

import asyncio
import signal
import socket
import ssl
from contextlib import asynccontextmanager

import aiohttp
import pytest
import requests
import socketio
import websocket

from certificates import certificate_of, make_certificate
from test_python_client import ARGUMENTS, Received
from transports import TRANSPORTS
from waiting import PATIENCE, eventually, eventually_async


@asynccontextmanager
async def connected(url: str, certificate, transport):
    """A client that trusts this certificate and no other."""
    transports, final = transport
    connector = aiohttp.TCPConnector(ssl=certificate.client_context())
    async with aiohttp.ClientSession(connector=connector) as http:
        client = socketio.AsyncClient(reconnection=False, http_session=http)
        await client.connect(url, transports=transports, wait_timeout=PATIENCE)
        assert client.transport() == final
        yield client
        await client.disconnect()


def trusting(certificate) -> requests.Session:
    session = requests.Session()
    session.verify = str(certificate.chain)
    session.trust_env = False  # REQUESTS_CA_BUNDLE would beat `verify`.
    return session


class TestEvents:
    @pytest.mark.parametrize("argument", ARGUMENTS)
    def test_come_back_as_they_were_sent(self, start_server, certificate, transport, argument):
        server = start_server("conformance-server", certificate=certificate)

        async def story():
            async with connected(server.url, certificate, transport) as client:
                back = Received(client, "message-back")
                await client.emit("message", argument)
                await eventually_async("the event came back", lambda: back.all)
                assert back.all == [argument]

        asyncio.run(story())

    def test_find_the_loop_of_their_session(self, start_server, certificate):
        """With several loops a request moves to its session's, encrypted as its connection is."""
        server = start_server("conformance-server", loops=4, certificate=certificate)

        async def one(number: int) -> None:
            async with connected(server.url, certificate, TRANSPORTS["upgrade"]) as client:
                answer = await client.call("message-with-ack", number, timeout=PATIENCE)
                assert answer == number

        async def story():
            await asyncio.gather(*[one(number) for number in range(12)])

        asyncio.run(story())

    def test_of_a_client_with_threads(self, start_server, certificate):
        """Polling only: this client reads and writes a WebSocket in two threads, and Python 3.11 takes that for the
        end of a TLS connection now and then."""
        server = start_server("conformance-server", certificate=certificate)
        client = socketio.Client(reconnection=False, http_session=trusting(certificate))
        client.connect(server.url, transports=["polling"], wait_timeout=PATIENCE)
        try:
            argument = {"ž": [b"\x00\xff", "x" * 100_000]}
            assert client.call("message-with-ack", argument, timeout=PATIENCE) == argument
        finally:
            client.disconnect()

    def test_of_another_websocket_library(self, start_server, certificate):
        server = start_server("conformance-server", certificate=certificate)
        url = server.url.replace("https", "wss") + "/socket.io/?EIO=4&transport=websocket"
        connection = websocket.create_connection(
            url, timeout=PATIENCE, sslopt={"ca_certs": str(certificate.chain)}
        )
        try:
            assert connection.recv().startswith('0{"sid":')
            connection.send("40")
            connection.send(f'421["message-with-ack","{"x" * 200_000}"]')
            while (packet := connection.recv())[:2] != "43":
                if packet == "2":
                    connection.send("3")
            assert packet == f'431["{"x" * 200_000}"]'
        finally:
            connection.close()


class TestConnections:
    def test_are_the_versions_in_use(self, start_maxserver, certificate):
        server = start_maxserver(certificate=certificate)

        def agreed(**bounds) -> str:
            context = certificate.client_context()
            for name, version in bounds.items():
                setattr(context, name, version)
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as encrypted:
                    return encrypted.version()

        assert agreed() == "TLSv1.3"
        assert agreed(maximum_version=ssl.TLSVersion.TLSv1_2) == "TLSv1.2"

    def test_that_cannot_be_are_told_why_and_disturb_nobody(self, start_maxserver, certificate):
        server = start_maxserver(certificate=certificate)
        plain = requests.get(f"http://127.0.0.1:{server.port}/health", timeout=PATIENCE)
        assert plain.status_code == 400 and "https://" in plain.text
        with pytest.raises(requests.exceptions.SSLError):
            server.get("/health", verify=True)  # The client does not trust the certificate.
        assert server.health()["status"] == "ok"


class TestSIGHUP:
    def test_brings_a_renewed_certificate_to_new_connections(self, start_maxserver, certificate, tmp_path):
        server = start_maxserver(certificate=certificate)

        async def story():
            async with connected(server.url, certificate, TRANSPORTS["websocket"]) as old:
                old_one = certificate.der
                renewed = make_certificate(tmp_path)
                assert await asyncio.to_thread(certificate_of, server.port) == old_one != renewed.der
                server.signal(signal.SIGHUP)
                await eventually_async("the server says so", lambda: server.has_logged("was read anew", "info"))
                assert await asyncio.to_thread(certificate_of, server.port) == renewed.der
                async with connected(server.url, renewed, TRANSPORTS["upgrade"]) as new:
                    for client in (old, new):
                        answer = await client.call("subscribe", {"rooms": ["all"]}, timeout=PATIENCE)
                        assert answer["ok"] is True

        asyncio.run(story())

    @pytest.mark.parametrize("damage", ["no certificate", "no key", "key of another", "no file"])
    def test_with_bad_files_leaves_the_old(self, start_maxserver, certificate, tmp_path, damage):
        server = start_maxserver(certificate=certificate)
        old_one = certificate.der
        if damage == "no file":
            certificate.chain.unlink()
        elif damage == "no certificate":
            certificate.chain.write_text("not PEM\n")
        elif damage == "no key":
            certificate.key.write_text("not PEM\n")
        else:
            certificate.key.write_bytes(make_certificate(tmp_path, "another").key.read_bytes())
        file = certificate.chain if damage in ("no file", "no certificate") else certificate.key
        server.signal(signal.SIGHUP)
        eventually("an error is logged", lambda: server.has_logged("stays as it was", "error"))
        assert str(file) in server.log[-1]["error"]
        assert certificate_of(server.port) == old_one

        renewed = make_certificate(tmp_path)
        server.signal(signal.SIGHUP)
        eventually("good files count again", lambda: server.has_logged("was read anew"))
        assert certificate_of(server.port) == renewed.der

    def test_again_and_again_while_clients_come(self, start_maxserver, certificate):
        server = start_maxserver(certificate=certificate)
        with trusting(certificate) as session:
            for _ in range(20):
                server.signal(signal.SIGHUP)
                assert session.get(server.url + "/health", timeout=PATIENCE).status_code == 200
                assert server.health()["status"] == "ok"

    def test_without_tls_changes_nothing(self, start_maxserver):
        server = start_maxserver()
        for _ in range(3):
            server.signal(signal.SIGHUP)
        eventually("the server says so", lambda: server.has_logged("no certificate to read anew", "info"))
        assert server.health()["status"] == "ok"


class TestStart:
    """Files that cannot be used end the server before it serves; see `test_cli.py` for other settings."""

    @pytest.mark.parametrize(
        "certificate_text, key_text, said",
        [
            (None, None, "no such file or directory"),
            ("not PEM\n", None, "BEGIN CERTIFICATE"),
            ("", None, "BEGIN CERTIFICATE"),
            ("good", None, "no such file or directory"),
            ("good", "not PEM\n", "BEGIN PRIVATE KEY"),
            ("good", "another", "does not match the certificate"),
        ],
    )
    def test_fails_with_bad_files(self, run_maxserver, tmp_path, certificate_text, key_text, said):
        good, another = make_certificate(tmp_path, "good"), make_certificate(tmp_path, "another")
        texts = {"good": good.chain.read_text(), "another": another.key.read_text()}
        chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
        for path, text in ((chain, certificate_text), (key, key_text)):
            if text is not None:
                path.write_text(texts.get(text, text))
        done = run_maxserver("serve", "--tls-certificate", str(chain), "--tls-key", str(key))
        assert done.returncode == 78
        (line,) = done.stderr.splitlines()
        assert line.startswith("maxserver: cannot use ") and said in line
        assert str(chain if key_text is None and certificate_text != "good" else key) in line

    def test_fails_with_a_key_alone(self, run_maxserver, certificate):
        done = run_maxserver("serve", TLS_KEY=str(certificate.key))
        assert done.returncode == 78 and "TLS_KEY needs TLS_CERTIFICATE" in done.stderr

    def test_takes_both_from_one_file(self, start_maxserver, certificate, tmp_path):
        both = tmp_path / "both.pem"
        both.write_text(certificate.key.read_text() + certificate.chain.read_text())
        server = start_maxserver(TLS_CERTIFICATE=str(both), certificate=certificate, TLS_KEY=None)
        assert server.url.startswith("https://") and certificate_of(server.port) == certificate.der

    def test_says_https(self, start_maxserver, certificate):
        assert start_maxserver(certificate=certificate).has_logged("serving on https://127.0.0.1:", "info")
