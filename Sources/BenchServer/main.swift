// The server that the benchmark drives: echo, rooms, broadcasts to a room, in `/` and in `/chat`.
//
//     bench-server --port 4000 --loops 1
import SocketIO

var arguments = CommandLine.arguments.dropFirst()
var port = 4000
var options = SocketOptions()
options.engine.loops = 1
var certificate: String?
var key: String?
var armedHeartbeats = 0
while let argument = arguments.popFirst() {
    switch argument {
    case "--port": port = arguments.popFirst().flatMap(Int.init) ?? port
    case "--loops": options.engine.loops = arguments.popFirst().flatMap(Int.init)
    case "--compression": options.engine.perMessageDeflate = PerMessageDeflate()
    case "--compression-contexts":
        var deflate = PerMessageDeflate()
        deflate.threshold = 0
        deflate.serverContextTakeover = true
        deflate.clientContextTakeover = true
        options.engine.perMessageDeflate = deflate
    case "--ping-interval":
        options.engine.pingInterval = .seconds(arguments.popFirst().flatMap(Double.init) ?? 25)
    case "--armed-heartbeats": armedHeartbeats = arguments.popFirst().flatMap(Int.init) ?? 0
    case "--tls-certificate": certificate = arguments.popFirst()
    case "--tls-key": key = arguments.popFirst()
    default:
        print(
            """
            usage: bench-server [--port P] [--loops N] [--compression | --compression-contexts]
                                [--tls-certificate FILE --tls-key FILE]
                                [--ping-interval SECONDS] [--armed-heartbeats N]
            """)
    }
}

let tls = try certificate.map {
    try TLSContext(TLSConfiguration(certificateChain: $0, privateKey: key ?? $0))
}
let io = SocketServer(options: options)
for name in ["/", "/chat"] {
    let namespace = io.of(name)
    namespace.onConnection { socket in
        setUpEchoes(socket)
        setUpRooms(socket)
        setUpBroadcasts(socket, to: namespace)
    }
}
await ArmedHeartbeat.arm(armedHeartbeats, on: io.engine.http.group.loops[0])
try await io.run(host: "127.0.0.1", port: port, tls: tls)
