"""The server of the benchmark in python-socketio, as its users run it for speed: ASGI on uvicorn with uvloop.

    python-socketio.py PORT
"""

import sys

import socketio
import uvicorn

sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


async def echo(sid, *arguments):
    return arguments


async def rooms(sid, *_):
    for number in range(1000):
        await sio.enter_room(sid, f"room {number}")
    for number in range(1000):
        await sio.leave_room(sid, f"room {number}")


async def join(sid, room):
    await sio.enter_room(sid, room)


async def leave(sid, room):
    await sio.leave_room(sid, room)


async def broadcast(sid, request):
    await sio.emit("tick", request["data"], to=request["room"])


async def broadcast_binary(sid, request):
    await sio.emit("tick", (request["data"], bytes(150)), to=request["room"])


async def connect(sid, environ, auth=None):
    pass


HANDLERS = {
    "connect": connect, "echo": echo, "echo-async": echo, "echo-typed": echo, "rooms": rooms, "join": join,
    "leave": leave, "broadcast": broadcast, "broadcast-binary": broadcast_binary,
}
for namespace in ("/", "/chat"):
    for event, handler in HANDLERS.items():
        sio.on(event, handler, namespace=namespace)

uvicorn.run(
    socketio.ASGIApp(sio), host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", log_level="warning", backlog=4096)
