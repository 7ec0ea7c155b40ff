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

/// Keeps texts by their names; in earnest a database.
actor Notes {
    private var texts: [String: String] = [:]

    func text(_ name: String) -> String? { texts[name] }

    func write(_ text: String, as name: String) { texts[name] = text }
}

@Sendable func echoBesideNotes() async throws {
    let notes = Notes()
    let server = EngineServer { session in
        session.onMessage { message in session.send(message) }
    }
    var routes = HTTPRoutes()
    routes.get("/notes/{name}") { _, values in
        guard let text = await notes.text(values["name"]) else { return HTTPResponse(status: 404) }
        return HTTPResponse(status: 200, contentType: "text/plain; charset=utf-8", text: text)
    }
    routes.post("/notes/{name}") { request, values in
        guard let text = String(validating: request.body, as: UTF8.self) else {
            return HTTPResponse(status: 400)
        }
        await notes.write(text, as: values["name"])
        return HTTPResponse(status: 204)
    }
    routes.onError { error, request in print("\(request.method.name) \(request.path): \(error)") }
    server.serve(routes)
    try server.listen(port: 3000)

    await server.untilTerminated()
    await server.close()
}
