import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// What the application does for a request may take longer than the server lives.
@Suite(.timeLimit(.minutes(5))) struct `Answers after the server's end` {
    enum Asked: CaseIterable {
        case middleware, allowRequest, generateId, route
    }

    private let gate = Gate()
    private let ended = Journal<Asked>()

    /// A server that waits at the gate for one answer, and then gives it.
    private func makeServer(_ asked: Asked, _ opened: Journal<SessionID>) -> EngineServer {
        let (gate, ended) = (gate, ended)
        @Sendable func wait() async {
            await gate.pass()
            await Task.yield()
            ended.append(asked)
        }
        var options = EngineOptions.test()
        if asked == .allowRequest {
            options.allowRequest = { _ in
                await wait()
                return .allow
            }
        }
        if asked == .generateId {
            options.generateId = { _ in
                await wait()
                return "late"
            }
        }
        let server = EngineServer(options: options) { opened.append($0.id) }
        if asked == .middleware {
            server.use { _, _ in
                await wait()
                return nil
            }
        }
        var routes = HTTPRoutes()
        routes.get("/route") { _ in
            await wait()
            return HTTPResponse(status: 200)
        }
        server.serve(routes)
        return server
    }

    @Test(arguments: Asked.allCases, Transport.allCases)
    func `the application's function goes on, and all is let go`(asked: Asked, transport: Transport)
        async throws
    {
        let opened = Journal<SessionID>()
        weak var (server, worker) = (EngineServer?.none, EngineWorker?.none)
        weak var loop: EventLoop?
        do {
            let made = makeServer(asked, opened)
            let port = try made.listen(host: "127.0.0.1", port: 0).port
            let client = try await HTTPTestClient.connect(port: port)
            let fields = transport == .webSocket ? WebSocketTestClient.handshakeFields : []
            let target = asked == .route ? "/route" : Handshake.target(transport)
            try await client.send("GET", target, fields: fields)
            #expect(await eventually { gate.waitingCount == 1 })
            (server, worker, loop) = (made, await made.gather { $0 }.first, made.http.group.loops.first)
            await made.close(grace: .zero)
            #expect(try await client.connection.end() == [])
        }
        #expect(ended.all == [])
        gate.open()
        #expect(await ended.waitFor(1) == [asked])
        #expect(await eventually { server == nil && worker == nil && loop == nil })
        #expect(opened.all == [])
    }
}
