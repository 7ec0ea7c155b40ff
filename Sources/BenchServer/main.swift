// The server that the benchmark drives: echo, rooms, broadcasts to a room.
//
//     bench-server --port 4000 --loops 1
import SocketIO

/// `{"room":"r","data":…}`; the data is passed on as it came.
struct BroadcastRequest: Codable, Sendable {
    var room: String
    var data: RawJSON
}

var arguments = CommandLine.arguments.dropFirst()
var port = 4000
var options = SocketOptions()
options.engine.loops = 1
while let argument = arguments.popFirst() {
    switch argument {
    case "--port": port = arguments.popFirst().flatMap(Int.init) ?? port
    case "--loops": options.engine.loops = arguments.popFirst().flatMap(Int.init)
    default: print("usage: bench-server [--port P] [--loops N]")
    }
}

let io = SocketServer(options: options)
io.onConnection { socket in
    socket.on("echo") { event in event.ack?.send(event.arguments) }
    socket.on("join") { event in
        socket.join(try event.arguments.decode(String.self))
        try event.ack?.send()
    }
    socket.on("leave") { event in
        socket.leave(try event.arguments.decode(String.self))
        try event.ack?.send()
    }
    socket.on("broadcast") { event in
        let request = try event.arguments.decode(BroadcastRequest.self)
        try io.to(request.room).emit("tick", request.data)
    }
}
try await io.run(host: "127.0.0.1", port: port)
