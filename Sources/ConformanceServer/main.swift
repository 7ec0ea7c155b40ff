// The server that the official protocol test suites run against:
//
//     conformance-server --port 3000            socket.io-protocol
//     conformance-server --port 3000 --engine   engine.io-protocol
//     conformance-server --port 3210 --client   socket.io-client
//
// Clients' tests also ask for TLS, compressed WebSockets and MessagePack.
import SocketIO

var arguments = CommandLine.arguments.dropFirst()
var port = 3000
var loops = 1
var isEngine = false
var isForClient = false
var isCompressing = false
var parser: (any PacketParser)?
var certificate: String?
var key: String?
while let argument = arguments.popFirst() {
    switch argument {
    case "--port": port = arguments.popFirst().flatMap(Int.init) ?? port
    case "--loops": loops = arguments.popFirst().flatMap(Int.init) ?? loops
    case "--engine": isEngine = true
    case "--client": isForClient = true
    case "--compression": isCompressing = true
    case "--msgpack": parser = MessagePackParser()
    case "--tls-certificate": certificate = arguments.popFirst()
    case "--tls-key": key = arguments.popFirst()
    default:
        print(
            """
            usage: conformance-server [--port P] [--loops N] [--engine | --client]
                                      [--compression] [--msgpack] [--tls-certificate FILE --tls-key FILE]
            """)
    }
}
if isEngine {
    let server = try EngineEcho.start(port: port, loops: loops)
    print("engine.io conformance server on http://127.0.0.1:\(port)")
    await server.untilTerminated()
    await server.close()
} else {
    let tls = try certificate.map {
        try TLSContext(TLSConfiguration(certificateChain: $0, privateKey: key ?? $0))
    }
    let io =
        isForClient
        ? ClientSuite.make(loops: loops)
        : ProtocolServer.make(loops: loops, isCompressing: isCompressing, parser: parser)
    print("socket.io conformance server on \(tls == nil ? "http" : "https")://127.0.0.1:\(port)")
    try await io.run(host: "127.0.0.1", port: port, tls: tls)
}
