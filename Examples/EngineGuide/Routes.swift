import EngineIO

@Sendable func echoBesideRoutes() async throws {
    let http = HTTPServer()
    let engine = EngineServer(on: http) { session in
        session.onMessage { message in session.send(message) }
    }
    var routes = HTTPRoutes()
    routes.get("/health") { _ in
        HTTPResponse(
            status: 200, contentType: "text/plain", text: "\(await engine.sessionCount()) sessions\n")
    }
    http.serve(routes)
    try http.listen(port: 3000)

    await engine.untilTerminated()
    await engine.close()
}
