// The server that the official protocol test suites run against:
//
//     conformance-server --port 3000            socket.io-protocol
//     conformance-server --port 3000 --engine   engine.io-protocol
import SocketIO

var arguments = CommandLine.arguments.dropFirst()
var port = 3000
var loops = 1
var isEngine = false
while let argument = arguments.popFirst() {
    switch argument {
    case "--port": port = arguments.popFirst().flatMap(Int.init) ?? port
    case "--loops": loops = arguments.popFirst().flatMap(Int.init) ?? loops
    case "--engine": isEngine = true
    default: print("usage: conformance-server [--port P] [--loops N] [--engine]")
    }
}
if isEngine {
    let server = try EngineEcho.start(port: port, loops: loops)
    print("engine.io conformance server on http://127.0.0.1:\(port)")
    await server.untilTerminated()
    await server.close()
} else {
    print("socket.io conformance server on http://127.0.0.1:\(port)")
    try await ProtocolServer.make(loops: loops).run(host: "127.0.0.1", port: port)
}
