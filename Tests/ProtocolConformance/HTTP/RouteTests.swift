import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// What a server answers beside its own protocol.
@Suite(.timeLimit(.minutes(5))) struct `HTTP routes` {
    private let routes: HTTPRoutes = {
        var routes = HTTPRoutes()
        routes.get("/health") { _ in HTTPResponse(status: 200, contentType: "text/plain", text: "fine") }
        routes.get(prefix: "/files/") { request in
            HTTPResponse(status: 200, contentType: "text/plain", text: "file " + request.path)
        }
        routes.post("/orders") { request in HTTPResponse(status: 201, body: request.body) }
        routes.get("/both") { _ in HTTPResponse(status: 200, contentType: "text/plain", text: "got") }
        routes.post("/both") { _ in HTTPResponse(status: 200, contentType: "text/plain", text: "posted") }
        routes.get("/nothing") { _ in HTTPResponse(status: 204) }
        routes.get("/api/things") { _ in HTTPResponse(status: 200, contentType: "text/plain", text: "got") }
        routes.post("/api/things") { _ in HTTPResponse(status: 201) }
        routes.get("/lots/{id}") { _, values in
            HTTPResponse(status: 200, contentType: "text/plain", text: "lot \(values["id"])")
        }
        routes.post("/lots/{id}/bids") { request, values in
            HTTPResponse(status: 201, body: Array("\(values["id"]): ".utf8) + request.body)
        }
        routes.get("/any/{name}") { request in
            HTTPResponse(status: 200, contentType: "text/plain", text: request.path)
        }
        routes.post("/any/{name}") { request in HTTPResponse(status: 201, body: request.body) }
        routes.get("/odd{name}") { _ in HTTPResponse(status: 204) }
        routes.get("/broken") { _ in throw Broken() }
        routes.get("/broken/{id}") { _, _ in throw Broken() }
        routes.otherwise(below: "/api") { request, allowed in
            HTTPResponse(
                status: allowed.isEmpty ? 404 : 405, contentType: "text/plain",
                text: "\(request.method.name) \(request.body.count) \(allowed)")
        }
        routes.get(prefix: "/api") { _ in
            HTTPResponse(status: 200, contentType: "text/plain", text: "later")
        }
        return routes
    }()

    private struct Broken: Error, CustomStringConvertible { let description = "out of ink" }

    /// The answer to one request.
    private func answer(_ method: String, _ target: String, body: [UInt8]? = nil) async throws
        -> HTTPTestResponse
    {
        let answers = Journal<HTTPTestResponse>()
        try await withEngineServer(routes: routes) { _, port in
            answers.append(try await HTTPTestClient.request(port: port, method, target, body: body))
        }
        return try #require(answers.all.first)
    }

    @Test func `a path is answered by its route`() async throws {
        let response = try await answer("GET", "/health?x=1")
        #expect(response.statusLine == "HTTP/1.1 200 OK")
        #expect(
            response.lines == ["Content-Type: text/plain", "Content-Length: 4", "Connection: keep-alive"])
        #expect(response.text == "fine")
    }

    @Test func `a prefix answers for all paths that begin so`() async throws {
        #expect(try await answer("GET", "/files/a/b%20c").text == "file /files/a/b%20c")
    }

    @Test func `a body reaches its route`() async throws {
        let response = try await answer("POST", "/orders", body: Array("buy".utf8))
        #expect(response.statusLine == "HTTP/1.1 201 Created")
        #expect(response.text == "buy")
    }

    @Test(arguments: [
        ("GET", "/lots/7", "lot 7"), ("GET", "/lots/a%20b", "lot a b"), ("POST", "/lots/7/bids", "7: body"),
        ("GET", "/any/one", "/any/one"), ("POST", "/any/one", "body"),
    ])
    func `a template answers for all paths that fit it`(method: String, path: String, text: String)
        async throws
    {
        let response = try await answer(method, path, body: method == "POST" ? Array("body".utf8) : nil)
        #expect(response.text == text)
    }

    @Test(arguments: ["/lots", "/lots/", "/lots/7/8", "/any/", "/oddity", "/any/%7Bname%7D/x"])
    func `a path that does not fit its template gets 404`(path: String) async throws {
        #expect(try await answer("GET", path).status == 404)
    }

    @Test(arguments: ["/broken", "/broken/7"])
    func `a handler that throws answers 500, and the error is heard of`(path: String) async throws {
        let (heard, lines) = (Journal<String>(), Journal<String>())
        var routes = routes
        routes.onError { error, request in heard.append("\(request.path): \(error)") }
        let options = EngineOptions.test {
            $0.http.debug = DebugLog(patterns: "engine:http") { lines.append($1) }
        }
        try await withEngineServer(options, routes: routes) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let response = try await http.get(path)
            #expect(response.statusLine == "HTTP/1.1 500 Internal Server Error")
            #expect(response.text == "internal server error\n")
            #expect(heard.all == ["\(path): out of ink"])
            #expect(lines.all.count == 1)
            #expect(lines.all.first?.hasSuffix(": GET \(path): out of ink") == true)
            // The connection is kept.
            let next = try await http.get("/health")
            #expect(next.text == "fine")
        }
    }

    @Test(arguments: [("GET", "got"), ("POST", "posted")])
    func `a path may have a route for each method`(method: String, text: String) async throws {
        #expect(try await answer(method, "/both").text == text)
    }

    @Test func `HEAD is answered like GET, without the body`() async throws {
        try await withEngineServer(routes: routes) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let head = try await http.request("HEAD", "/health")
            #expect(head.statusLine == "HTTP/1.1 200 OK")
            #expect(head["Content-Length"] == "4")
            // No body came: the next answer stands where it belongs.
            let response = try await http.get("/health")
            #expect(response.text == "fine")
        }
    }

    @Test func `an answer without content has no length`() async throws {
        try await withEngineServer(routes: routes) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", "/nothing")
            let response = try await http.response(hasBody: false)
            #expect(response.statusLine == "HTTP/1.1 204 No Content")
            #expect(response["Content-Length"] == nil)
            let next = try await http.get("/health")
            #expect(next.text == "fine")
        }
    }

    @Test(arguments: ["/", "/healthy", "/heal", "/files", "/orders/1", "/%68ealth", "//health", "/../health"])
    func `another path gets 404`(path: String) async throws {
        let response = try await answer("GET", path)
        #expect(response.statusLine == "HTTP/1.1 404 Not Found")
        #expect(response.text == "not found\n")
    }

    @Test(arguments: [
        ("POST", "/health", "GET, HEAD"), ("DELETE", "/health", "GET, HEAD"), ("GET", "/orders", "POST"),
        ("HEAD", "/orders", "POST"), ("PUT", "/both", "GET, HEAD, POST"), ("BREW", "/files/x", "GET, HEAD"),
    ])
    func `another method gets 405 and those that are allowed`(
        method: String, path: String, allowed: String
    ) async throws {
        let response = try await answer(method, path)
        #expect(response.statusLine == "HTTP/1.1 405 Method Not Allowed")
        #expect(response["Allow"] == allowed)
    }

    @Test(
        arguments: [
            ("GET", "/api/things", nil, 200, "got"), ("GET", "/api", nil, 404, "GET 0 []"),
            ("GET", "/api/", nil, 404, "GET 0 []"), ("POST", "/api/none", "body", 404, "POST 4 []"),
            ("BREW", "/api/things/1", nil, 404, "BREW 0 []"),
            ("PUT", "/api/things", "body", 405, #"PUT 4 ["GET", "HEAD", "POST"]"#),
            ("GET", "/apis", nil, 200, "later"),
        ] as [(String, String, String?, Int, String)])
    func `a subtree may have an answer for what it does not have`(
        method: String, path: String, body: String?, status: Int, text: String
    ) async throws {
        let response = try await answer(method, path, body: body.map { Array($0.utf8) })
        #expect(response.status == status && response.text == text)
    }

    @Test func `routes go on while sessions run`() async throws {
        try await withEngineServer(.test(loops: 2), routes: routes) { _, port in
            try await expectEngineWorks(port: port)
            let response = try await HTTPTestClient.get(port: port, "/health")
            #expect(response.text == "fine")
        }
    }
}
