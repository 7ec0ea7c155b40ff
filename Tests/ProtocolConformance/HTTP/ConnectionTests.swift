import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// RFC 9112 section 9: what one connection carries.
@Suite(.timeLimit(.minutes(5))) struct `HTTP connections` {
    /// Answers with what it was asked, at once or later.
    private let routes: HTTPRoutes = {
        var routes = HTTPRoutes()
        routes.get(prefix: "/path/") { request in
            HTTPResponse(status: 200, contentType: "text/plain", text: request.target)
        }
        routes.get(prefix: "/slow/") { request in
            try? await Task.sleep(for: .milliseconds(30))
            return HTTPResponse(status: 200, contentType: "text/plain", text: request.target)
        }
        routes.post("/echo") { request in HTTPResponse(status: 200, body: request.body) }
        return routes
    }()

    private func withServer(
        _ options: EngineOptions = .test(), _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        try await withEngineServer(options, routes: routes, test: body)
    }

    @Test func `a connection carries one request after another`() async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            for number in 0..<50 {
                let response = try await http.get("/path/\(number)")
                #expect(response.text == "/path/\(number)")
                #expect(response["Connection"] == "keep-alive")
            }
        }
    }

    @Test func `requests sent together are answered in order`() async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let targets = (0..<50).map { $0 % 5 == 0 ? "/slow/\($0)" : "/path/\($0)" }
            try await http.connection.send(targets.flatMap { HTTPTestClient.bytes("GET", $0) })
            for target in targets {
                let response = try await http.response()
                #expect(response.text == target)
            }
        }
    }

    @Test func `requests behind a pending poll wait for its answer`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", client.target())
            for number in 0..<10 { try await http.send("GET", "/path/\(number)") }
            await server.settle()
            _ = try await client.post("4now")
            #expect(try await http.response().text == "4now")
            for number in 0..<10 {
                let response = try await http.response()
                #expect(response.text == "/path/\(number)")
            }
        }
    }

    @Test func `more than fits into memory waits unread behind a pending poll`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", client.target())
            let body = [UInt8](repeating: 0x61, count: 900_000)
            async let sending: Void = {
                for _ in 0..<20 { try await http.send("POST", "/echo", body: body) }
            }()
            await server.settle()
            _ = try await client.post("4now")
            #expect(try await http.response().text == "4now")
            for _ in 0..<20 {
                let response = try await http.response()
                #expect(response.body.count == body.count)
            }
            try await sending
        }
    }

    @Test(arguments: ["close", "Close", "keep-alive, close"])
    func `a client may ask for the connection's end`(value: String) async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let response = try await http.request("GET", "/path/x", fields: ["Connection: \(value)"])
            #expect(response.text == "/path/x")
            #expect(response["Connection"] == "close")
            #expect(try await http.connection.end() == [])
        }
    }

    @Test func `a connection of HTTP 1.0 ends with the answer`() async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send("GET /path/old HTTP/1.0\r\n\r\n")
            let response = try await http.response()
            #expect(response.text == "/path/old")
            #expect(try await http.connection.end() == [])
        }
    }

    @Test func `a connection of HTTP 1.0 may be kept`() async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            for _ in 0..<2 {
                try await http.connection.send("GET /path/old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try await http.response()
                #expect(response["Connection"] == "keep-alive")
            }
        }
    }

    @Test func `a request may come byte by byte`() async throws {
        try await withServer { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            for byte in HTTPTestClient.bytes("POST", "/echo", body: Array("slow body".utf8)) {
                try await http.connection.send([byte])
                await server.settle()
            }
            let response = try await http.response()
            #expect(response.text == "slow body")
        }
    }

    @Test func `an empty line before a request is forgiven`() async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send("\r\nGET /path/x HTTP/1.1\r\nHost: h\r\n\r\n")
            let response = try await http.response()
            #expect(response.text == "/path/x")
        }
    }

    @Test func `the target may be a whole URL`() async throws {
        try await withServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let response = try await http.get("http://example.com/path/x?a=b")
            #expect(response.text == "/path/x?a=b")
        }
    }

    @Test func `a body that waits for leave gets it`() async throws {
        try await withServer { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(
                "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            let leave = try await http.response(hasBody: false)
            #expect(leave.statusLine == "HTTP/1.1 100 Continue")
            try await http.connection.send("hi")
            let response = try await http.response()
            #expect(response.text == "hi")
        }
    }
}
