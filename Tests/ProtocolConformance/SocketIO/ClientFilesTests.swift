import EngineWire
import SocketIO
import TestSupport
import Testing

/// Row N16: the client's files for browsers, with the fields that Node sends.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO client files` {
    private typealias Scene = ClientFileScene

    // MARK: The files

    @Test(arguments: ["", ".min", ".esm.min", ".msgpack.min"])
    func `bundles are answered as Node answers them`(kind: String) async throws {
        let answer = try await Scene.answer("GET", "/socket.io/socket.io\(kind).js")
        #expect(answer.statusLine == "HTTP/1.1 200 OK")
        #expect(
            answer.lines == [
                "Cache-Control: public, max-age=0", "Content-Type: application/javascript; charset=utf-8",
                "ETag: \"4.8.1\"", "Vary: Accept-Encoding", "Content-Length: \(answer.body.count)",
                "Connection: keep-alive",
            ])
        #expect(answer.text == Scene.bundle + "socket.io\(kind).js")
    }

    @Test(arguments: ["", ".min", ".esm.min", ".msgpack.min"])
    func `so are their source maps, with the version of their bundle`(kind: String) async throws {
        let answer = try await Scene.answer("GET", "/socket.io/socket.io\(kind).js.map")
        #expect(
            answer.whole == """
                HTTP/1.1 200 OK
                Cache-Control: public, max-age=0
                Content-Type: application/json; charset=utf-8
                ETag: "4.8.1"
                Vary: Accept-Encoding
                Content-Length: 13
                Connection: keep-alive

                {"version":3}
                """)
    }

    @Test(arguments: ["?", "?v=1&transport=polling", "?sid=AAAAAAAAAAAAAAAAAAAA"])
    func `a query changes nothing`(query: String) async throws {
        let answer = try await Scene.answer("GET", "/socket.io/socket.io.js" + query)
        #expect(answer.text == Scene.bundle + "socket.io.js")
    }

    @Test(arguments: [
        ("/chat", true, "/chat/"), ("/chat/", true, "/chat/"), ("/chat", false, "/chat/"), ("/", true, "/"),
    ])
    func `they are below the engine's path`(path: String, slash: Bool, folder: String) async throws {
        let answer = try await Scene.answer("GET", folder + "socket.io.min.js") {
            $0.path = path
            $0.addTrailingSlash = slash
        }
        #expect(answer.status == 200)
    }

    @Test(arguments: [
        "/socket.io/", "/socket.io", "/socket.io/socket.io.js/", "/socket.io/socket.io.JS",
        "/socket.io/nothing.js",
        "/socket.io/socket%2Eio.js", "/socket.io//socket.io.js", "/socket.io/../socket.io/socket.io.js",
        "/socket.io.js",
        "/socket.io/socket.io.css", "/socket.io/LICENSE",
    ])
    func `what has another name is not theirs`(target: String) async throws {
        let answer = try await Scene.answer("GET", target)
        if target == "/socket.io/" {
            #expect(answer.text == #"{"code":0,"message":"Transport unknown"}"#)
        } else {
            #expect(answer.status == 404 && answer.text == "route \(target)")
        }
    }

    @Test func `a file without a version has a tag that changes with it`() async throws {
        var tags: [String] = []
        for text in ["a", "b", "Socket.IO v", "Socket.IO v\"1", "Socket.IO v*"] {
            let answer = try await Scene.answer(from: try Scene.files(["socket.io.js": text]))
            tags.append(answer["ETag"] ?? "")
        }
        #expect(Set(tags).count == 5 && tags.allSatisfy { $0.count > 5 }, "\(tags)")
        let map = try await Scene.answer(
            "GET", "/socket.io/socket.io.js.map", from: try Scene.files(["socket.io.js.map": "a"]))
        #expect(map["ETag"] == tags[0])
    }

    @Test func `clients and files go together`() async throws {
        var options = SocketOptions.test(loops: 2)
        options.clientFiles = try Scene.all()
        try await withSocketServer(options) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            for _ in 0..<3 {
                #expect(try await http.get("/socket.io/socket.io.js").status == 200)
                #expect(try await http.get("/socket.io/?EIO=4&transport=polling").status == 200)
            }
        }
    }

    // MARK: What the browser has

    @Test(arguments: ["\"4.8.1\"", "W/\"4.8.1\"", "\"4.8.0\", \"4.8.1\"", "W/\"x\",W/\"4.8.1\"", "*"])
    func `a file that the browser has is not sent again`(known: String) async throws {
        let answer = try await Scene.answer(fields: ["If-None-Match: \(known)", "Accept-Encoding: gzip"])
        #expect(
            answer.whole == """
                HTTP/1.1 304 Not Modified
                Cache-Control: public, max-age=0
                Content-Type: application/javascript; charset=utf-8
                ETag: "4.8.1"
                Vary: Accept-Encoding
                Connection: keep-alive


                """)
    }

    @Test func `its tag may stand in any of several fields`() async throws {
        let answer = try await Scene.answer(fields: ["If-None-Match: \"a\"", "If-None-Match: \"4.8.1\""])
        #expect(answer.status == 304)
    }

    @Test(arguments: ["\"4.8.0\"", "4.8.1", "", "\"4.8.1", "w/\"4.8.1\""])
    func `another one is`(known: String) async throws {
        let answer = try await Scene.answer(fields: ["If-None-Match: \(known)"])
        #expect(answer.status == 200 && !answer.body.isEmpty)
    }

    // MARK: Compression

    /// The body of an answer as it was before it was compressed.
    private func plainBody(of answer: HTTPTestResponse) throws -> String {
        let inflater = Inflater(format: answer["Content-Encoding"] == "gzip" ? .gzip : .zlib)
        var body: [UInt8] = []
        try inflater.inflate(answer.body.span, into: &body, limit: 1_000_000)
        #expect(inflater.isAtStreamEnd)
        return String(decoding: body, as: UTF8.self)
    }

    @Test(arguments: [
        ("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate, br, zstd", "gzip"),
        ("gzip;q=0.5, deflate", "deflate"), ("gzip;q=0.001, identity;q=0", "gzip"), ("*", "gzip"),
        ("identity;q=0, *", "gzip"), ("*;q=0, deflate;q=1", "deflate"),
    ])
    func `a browser gets the coding that it accepts`(accept: String, coding: String) async throws {
        let answer = try await Scene.answer(fields: ["Accept-Encoding: \(accept)"])
        #expect(
            answer.lines == [
                "Cache-Control: public, max-age=0", "Content-Type: application/javascript; charset=utf-8",
                "ETag: \"4.8.1\"", "Vary: Accept-Encoding", "Content-Encoding: \(coding)",
                "Content-Length: \(answer.body.count)", "Connection: keep-alive",
            ])
        #expect(try plainBody(of: answer) == Scene.bundle + "socket.io.js")
        #expect(answer.body.count < 200)
    }

    @Test(arguments: ["", "br", "identity", "gzip;q=0", "gzip;q=0.1, identity", "identity;q=0", "*;q=0"])
    func `who accepts none gets the file as it is`(accept: String) async throws {
        let answer = try await Scene.answer(fields: ["Accept-Encoding: \(accept)"])
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer.text == Scene.bundle + "socket.io.js")
    }

    @Test func `many at once get the same bytes`() async throws {
        var options = SocketOptions.test(loops: 2)
        options.clientFiles = try Scene.all()
        try await withSocketServer(options) { _, port in
            let bodies = try await withThrowingTaskGroup { group in
                for coding in ["gzip", "deflate", "gzip", "deflate", "gzip", "deflate", "gzip", "deflate"] {
                    group.addTask {
                        try await HTTPTestClient.get(
                            port: port, "/socket.io/socket.io.js", fields: ["Accept-Encoding: \(coding)"]
                        ).body
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(bodies.count == 2)
        }
    }

    // MARK: Other methods

    @Test(arguments: ["gzip", "identity"])
    func `HEAD is answered like GET, without the body`(accept: String) async throws {
        var options = SocketOptions.test()
        options.clientFiles = try Scene.all()
        try await withSocketServer(options) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let fields = ["Accept-Encoding: \(accept)"]
            let head = try await http.request("HEAD", "/socket.io/socket.io.js", fields: fields)
            // No body came: the next answer stands where it belongs.
            let get = try await http.get("/socket.io/socket.io.js", fields: fields)
            #expect(head.statusLine == get.statusLine && head.lines == get.lines)
            #expect(!get.body.isEmpty)
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
    func `another method is refused, and the connection goes on`(method: String) async throws {
        var options = SocketOptions.test()
        options.clientFiles = try Scene.all()
        try await withSocketServer(options) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let refused = try await http.request(method, "/socket.io/socket.io.js", body: Array("body".utf8))
            #expect(
                refused.whole == """
                    HTTP/1.1 405 Method Not Allowed
                    Content-Type: text/plain; charset=utf-8
                    Allow: GET, HEAD
                    Content-Length: 19
                    Connection: keep-alive

                    method not allowed

                    """)
            #expect(try await http.get("/socket.io/socket.io.js").status == 200)
        }
    }
}
