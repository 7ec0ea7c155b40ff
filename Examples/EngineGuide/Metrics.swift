import EngineIO

@Sendable func echoWithMetrics() async throws {
    let server = EngineServer { session in
        session.onMessage { message in session.send(message) }
    }
    var routes = HTTPRoutes()
    routes.get("/figures") { _ in
        let metrics = await server.metrics()
        var text = "waiting for clients: \(metrics.queuedBytes) bytes\n"
        for (transport, count) in metrics.sessions { text += "\(transport.rawValue): \(count)\n" }
        for refusal in metrics.refusals { text += "\(refusal.context): \(refusal.count)\n" }
        return HTTPResponse(status: 200, contentType: "text/plain", text: text)
    }
    server.serve(routes)
    try server.listen(port: 3000)
    await server.untilTerminated()
    await server.close()
}
