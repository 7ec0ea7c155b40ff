import EngineWire
import Testing

@Suite struct `The parts of a request` {
    private func request() throws -> HTTPRequest {
        try #require(
            try RequestReader.only(
                "GET /a%20b/?x=1&y=a%2Fb&x=2 HTTP/1.1\r\nHost: example.com\r\nX-Twice: one\r\naccept: */*\r\n"
                    + "x-tWICE: two\r\nConnection: Keep-Alive , UPGRADE\r\nConnection:x\r\n\r\n"))
    }

    @Test func `fields are found whatever the case of their names`() throws {
        let request = try request()
        #expect(request.field("Host") == "example.com")
        #expect(request.field("hOST") == "example.com")
        #expect(request.field("Accept") == "*/*")
        #expect(request.field("Hos") == nil)
        #expect(request.field("Hosts") == nil)
        #expect(request.field("x-twice") == "one", "the first of several")
    }

    @Test func `lists of all fields of a name are searched, without regard to case`() throws {
        let request = try request()
        #expect(request.field("connection", lists: "upgrade"))
        #expect(request.field("Connection", lists: "Keep-Alive"))
        #expect(request.field("connection", lists: "X"))
        #expect(!request.field("connection", lists: "close"))
        #expect(!request.field("connection", lists: "keep"))
        #expect(!request.field("upgrade", lists: "websocket"))
    }

    @Test func `all fields keep their order and spelling`() throws {
        let fields = try request().allFields
        #expect(fields.map(\.name) == ["Host", "X-Twice", "accept", "x-tWICE", "Connection", "Connection"])
        #expect(fields.map(\.value) == ["example.com", "one", "*/*", "two", "Keep-Alive , UPGRADE", "x"])
    }

    @Test func `path and query are as they were sent, query values are decoded`() throws {
        let request = try request()
        #expect(request.path == "/a%20b/")
        #expect(request.query == "x=1&y=a%2Fb&x=2")
        #expect(request.target == "/a%20b/?x=1&y=a%2Fb&x=2")
        #expect(
            request.pathEquals("/a%20b/") && !request.pathEquals("/a b/") && !request.pathEquals("/a%20b"))
        #expect(request.queryValue("y") == "a/b")
        #expect(request.queryValue("x") == "1", "the first of several")
        #expect(request.queryValue("z") == nil)
        #expect(request.queryItems.map(\.value) == ["1", "a/b", "2"])
    }

    @Test(arguments: ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "get"])
    func `a method keeps its name, which is sensitive to case`(name: String) throws {
        let method = try RequestReader.only("\(name) / HTTP/1.1\r\nHost: h\r\n\r\n")?.method
        #expect(method?.name == name)
        #expect((method == .get) == (name == "GET"))
    }

    @Test func `nothing but the query is in the query of absolute-form`() throws {
        let request = try RequestReader.only("GET http://h/p?q=/r HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(request?.path == "/p")
        #expect(request?.query == "q=/r")
    }
}

@Suite struct `Query items` {
    @Test(
        arguments: [
            ("", []), ("a", ["a="]), ("a=", ["a="]), ("=a", ["=a"]), ("=", ["="]), ("&", []),
            ("&&a=1&&", ["a=1"]),
            ("a=1&b=2", ["a=1", "b=2"]), ("a=1&a=2", ["a=1", "a=2"]), ("a=b=c", ["a=b=c"]),
            ("a+b=c+d", ["a b=c d"]),
            ("a=%2B", ["a=+"]), ("%61=%62", ["a=b"]), ("a=%e2%82%AC", ["a=€"]), ("a=%26%3D", ["a=&="]),
            ("a=%", ["a=%"]), ("a=%4", ["a=%4"]), ("a=%4g", ["a=%4g"]), ("a=%%41", ["a=%A"]),
            ("a=%g1", ["a=%g1"]),
            ("a=%FF", ["a=\u{FFFD}"]), ("a=%00", ["a=\u{0}"]),
        ] as [(String, [String])])
    func `are decoded one by one`(query: String, expected: [String]) {
        #expect(QueryItems(Array(query.utf8)[...]).map { "\($0.name)=\($0.value)" } == expected)
    }

    @Test func `a slice from the middle of a head is read within its bounds`() {
        let bytes = Array("GET /?a=%41%4 HTTP".utf8)
        #expect(QueryItems(bytes[6..<13]).first("a") == "A%4")
        #expect(QueryItems(bytes[6..<8]).first("a") == "")
    }

    @Test func `a plus stays one where it means no space`() {
        #expect(QueryItems.decoded(Array("a+b%20".utf8)[...], plusIsSpace: false) == "a+b ")
    }
}
