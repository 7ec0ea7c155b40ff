import EngineIO

@Sendable func echoForOneOrigin() async throws {
    var options = EngineOptions()
    options.cors = CORSPolicy(origins: .list(["https://app.example"]), credentials: true)
    let server = EngineServer(options: options) { session in
        session.onMessage { message in session.send(message) }
    }
    if let cors = options.cors { server.serve(routesForPages(cors)) }
    try server.listen(port: 3000)
    await server.untilTerminated()
    await server.close()
}

/// A route that pages of other origins may ask.
func routesForPages(_ cors: CORSPolicy) -> HTTPRoutes {
    var routes = HTTPRoutes()
    routes.get("/prices") { request in
        HTTPResponse(status: 200, fields: cors.fields(for: request), body: Array("42\n".utf8))
    }
    routes.on(.options, "/prices") { request, _ in
        HTTPResponse(status: 204, fields: cors.preflight(for: request))
    }
    return routes
}
