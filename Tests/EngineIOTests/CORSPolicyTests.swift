import EngineIO
import EngineWire
import Testing

/// Expected fields are what `cors` 2.8.6 on Node sends for the same options and request.
@Suite struct `Fields for pages of other origins` {
    static let list = CORSPolicy(origins: .list(["https://a.example", "https://b.example"]))
    static let full = CORSPolicy(
        origins: .list(["https://a.example"]), credentials: true, methods: ["GET", "POST"],
        allowedHeaders: ["X-Token", "Content-Type"], exposedHeaders: ["X-A", "X-B"], maxAge: .seconds(600))
    static let pattern = CORSPolicy(origins: .matching { $0.hasSuffix(".example") })
    static let anyWithCredentials = CORSPolicy(credentials: true)

    static let a = "Origin: https://a.example\r\n"
    static let other = "Origin: https://evil.test\r\n"
    static let toA = "Access-Control-Allow-Origin: https://a.example"
    static let defaultMethods = "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE"
    static let credentials = "Access-Control-Allow-Credentials: true"
    static let none = "Content-Length: 0"

    @Test(
        arguments: [
            (CORSPolicy(), "", ["Access-Control-Allow-Origin: *"]),
            (CORSPolicy(), a, ["Access-Control-Allow-Origin: *"]),
            (
                CORSPolicy(exposedHeaders: ["X"]), a,
                ["Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: X"]
            ),
            (anyWithCredentials, a, [toA, "Vary: Origin", credentials]),
            (
                anyWithCredentials, "Origin: null\r\n",
                ["Access-Control-Allow-Origin: null", "Vary: Origin", credentials]
            ),
            (anyWithCredentials, "", ["Vary: Origin", credentials]),
            (anyWithCredentials, "Origin:\r\n", ["Vary: Origin", credentials]),
            (list, a, [toA, "Vary: Origin"]),
            (
                list, "ORIGIN: https://b.example\r\n",
                ["Access-Control-Allow-Origin: https://b.example", "Vary: Origin"]
            ),
            (list, other, ["Vary: Origin"]), (list, "", ["Vary: Origin"]),
            (list, "Origin: https://A.example\r\n", ["Vary: Origin"]),
            (list, "Origin: https://a.example/\r\n", ["Vary: Origin"]),
            (list, "Origin: https://a.example:443\r\n", ["Vary: Origin"]),
            (list, a + "Origin: https://b.example\r\n", ["Vary: Origin"]),
            (list, "Origin: null\r\n", ["Vary: Origin"]),
            (full, a, [toA, "Vary: Origin", credentials, "Access-Control-Expose-Headers: X-A,X-B"]),
            (full, other, ["Vary: Origin", credentials, "Access-Control-Expose-Headers: X-A,X-B"]),
            (pattern, a, [toA, "Vary: Origin"]), (pattern, other, ["Vary: Origin"]),
            (pattern, "", ["Vary: Origin"]),
        ] as [(CORSPolicy, String, [String])])
    func `in the answer to an actual request`(policy: CORSPolicy, sent: String, expected: [String]) throws {
        #expect(lines(policy.fields(for: try request("GET", sent))) == expected)
    }

    @Test(
        arguments: [
            (
                CORSPolicy(), a,
                [
                    "Access-Control-Allow-Origin: *", defaultMethods, "Vary: Access-Control-Request-Headers",
                    none,
                ]
            ),
            (
                CORSPolicy(), a + "Access-Control-Request-Headers: x-token, content-type\r\n",
                [
                    "Access-Control-Allow-Origin: *", defaultMethods, "Vary: Access-Control-Request-Headers",
                    "Access-Control-Allow-Headers: x-token, content-type", none,
                ]
            ),
            (
                anyWithCredentials,
                a + "Access-Control-Request-Headers: a\r\nAccess-Control-Request-Headers: b\r\n",
                [
                    toA, "Vary: Origin, Access-Control-Request-Headers", credentials, defaultMethods,
                    "Access-Control-Allow-Headers: a, b", none,
                ]
            ),
            (
                list, a + "Access-Control-Request-Headers:\r\n",
                [toA, "Vary: Origin, Access-Control-Request-Headers", defaultMethods, none]
            ),
            (list, other, ["Vary: Origin, Access-Control-Request-Headers", defaultMethods, none]),
            (
                full, a + "Access-Control-Request-Headers: x-other\r\n",
                [
                    toA, "Vary: Origin", credentials, "Access-Control-Allow-Methods: GET,POST",
                    "Access-Control-Allow-Headers: X-Token,Content-Type", "Access-Control-Max-Age: 600",
                    "Access-Control-Expose-Headers: X-A,X-B", none,
                ]
            ),
            (
                CORSPolicy(methods: [], allowedHeaders: [], maxAge: .milliseconds(1_999)), a,
                ["Access-Control-Allow-Origin: *", "Access-Control-Max-Age: 1", none]
            ),
            (
                CORSPolicy(methods: [], allowedHeaders: [], maxAge: .zero), a,
                ["Access-Control-Allow-Origin: *", "Access-Control-Max-Age: 0", none]
            ),
        ] as [(CORSPolicy, String, [String])])
    func `in the answer to a preflight`(policy: CORSPolicy, sent: String, expected: [String]) throws {
        #expect(lines(policy.preflight(for: try request("OPTIONS", sent))) == expected)
    }

    private func lines(_ fields: HTTPFields) -> [String] { fields.map { "\($0.name): \($0.value)" } }
}

/// Cross-site WebSocket hijacking: browsers send cookies with WebSockets of any page, and its origin.
@Suite struct `The origin of a WebSocket` {
    @Test(
        arguments: [
            (.any, "https://a.example", true), (.any, "null", true), (.any, nil, true),
            (.list(["https://a.example"]), "https://a.example", true),
            (.list(["https://a.example"]), nil, true),
            (.list(["https://a.example"]), "https://a.example.evil", false),
            (.list(["https://a.example"]), "http://a.example", false),
            (.list(["https://a.example"]), "null", false), (.list(["https://a.example"]), "", false),
            (.list(["null"]), "null", true), (.list([]), "https://a.example", false), (.list([]), nil, true),
            (.list(["*"]), "https://a.example", false),
            (.matching { $0.hasSuffix(".example") }, "https://a.example", true),
            (.matching { $0.hasSuffix(".example") }, "https://a.test", false),
            (.matching { $0.hasSuffix(".example") }, "https://evil.test, https://a.example", false),
            (.matching { _ in false }, nil, true),
        ] as [(CORSPolicy.Origins, String?, Bool)])
    func `decides, and a client without one is no browser`(
        origins: CORSPolicy.Origins, origin: String?, isAllowed: Bool
    ) throws {
        let policy = CORSPolicy(origins: origins)
        #expect(policy.allows(origin: origin) == isAllowed)
        #expect(policy.allows(try request("GET", origin.map { "Origin: \($0)\r\n" } ?? "")) == isAllowed)
    }

    /// U+00E4 in one piece or two is the same `String`, but not the same origin.
    @Test func `is compared by its bytes`() {
        #expect(
            !CORSPolicy(origins: .list(["https://\u{E4}.example"])).allows(origin: "https://a\u{308}.example")
        )
    }

    @Test func `given twice is not one that is in the list`() throws {
        let twice = try request("GET", "Origin: https://a.example\r\nOrigin: https://a.example\r\n")
        #expect(!CORSPolicy(origins: .list(["https://a.example"])).allows(twice))
        #expect(!CORSPolicy(origins: .matching { $0.hasSuffix(".example") }).allows(twice))
    }
}

/// A request with these header fields.
private func request(_ method: String, _ fields: String) throws -> HTTPRequest {
    var decoder = RequestDecoder(limits: HTTPLimits())
    let bytes = Array("\(method) / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8)
    _ = try decoder.decode(bytes.span)
    return try #require(decoder.begun)
}
