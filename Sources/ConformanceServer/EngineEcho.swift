import SocketIO

/// What the test suite of `engine.io-protocol` asks of a server: it sends every message back.
enum EngineEcho {
    static func start(port: Int, loops: Int) throws -> EngineServer {
        var options = EngineOptions()
        options.pingInterval = .milliseconds(300)
        options.pingTimeout = .milliseconds(200)
        options.maxPayload = 1_000_000
        options.loops = loops
        let server = EngineServer(options: options) { session in
            session.onMessage { session.send($0) }
        }
        try server.listen(host: "127.0.0.1", port: port)
        return server
    }
}
