internal import EngineIO
internal import SocketIO

/// A server on a port of this machine.
struct LoopbackServer {
    let io: SocketServer
    let port: Int

    var loop: LoopHandle { io.engine.loops[0] }
}

/// Starts a server with one loop, whose timers are too far off to go off.
func startServer(
    in namespace: String = "/", _ onConnection: @escaping @Sendable (Socket) -> Void
) throws -> LoopbackServer {
    let day = Duration.seconds(86_400)
    var options = SocketOptions()
    options.engine.loops = 1
    options.engine.pingInterval = day
    options.engine.http.headTimeout = day
    options.engine.http.bodyTimeout = day
    options.engine.http.keepAliveTimeout = day
    options.connectTimeout = day
    let io = SocketServer(options: options)
    io.of(namespace).onConnection(onConnection)
    return LoopbackServer(io: io, port: try io.listen(host: "127.0.0.1", port: 0).port)
}
