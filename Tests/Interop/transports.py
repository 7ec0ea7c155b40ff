"""How clients are told to connect, and the transport that they must come to."""

TRANSPORTS = {
    "polling": (["polling"], "polling"),
    "websocket": (["websocket"], "websocket"),
    "upgrade": (["polling", "websocket"], "websocket"),
}
