import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// RFC 9112: requests that are none. Each gets its status and the connection's end; others are not affected.
@Suite(.timeLimit(.minutes(1))) struct `HTTP requests that are refused` {
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var status: Int

        init(_ name: String, _ text: String, _ status: Int) {
            self.init(name, bytes: Array(text.utf8), status)
        }

        init(_ name: String, bytes: [UInt8], _ status: Int) {
            (self.name, self.bytes, self.status) = (name, bytes, status)
        }

        var testDescription: String { name }
    }

    private static let line = "GET / HTTP/1.1\r\n"
    private static let head = line + "Host: h\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: h\r\n"

    static let samples = [
        Sample("no host", line + "\r\n", 400),
        Sample("two hosts", head + "Host: i\r\n\r\n", 400),
        Sample("bare LF", "GET / HTTP/1.1\nHost: h\n\n\r\n\r\n", 400),
        Sample("bare CR", head + "A: b\rC: d\r\n\r\n", 400),
        Sample("space before a colon", head + "A : b\r\n\r\n", 400),
        Sample("a folded line", head + "A: b\r\n c\r\n\r\n", 400),
        Sample("a field without a colon", head + "nonsense\r\n\r\n", 400),
        Sample("a field without a name", head + ": b\r\n\r\n", 400),
        Sample("a control character in a value", head + "A: \u{1}\r\n\r\n", 400),
        Sample("a zero byte in a value", head + "A: b\u{0}c\r\n\r\n", 400),
        Sample("only a method", "GET\r\n\r\n", 400),
        Sample("no version", "GET /\r\n\r\n", 400),
        Sample("two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        Sample("a target with a space", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        Sample("a method that is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        Sample("a target that is no path", "GET nonsense HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        Sample("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Sample("HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505),
        Sample("no HTTP", "GET / XTTP/1.1\r\nHost: h\r\n\r\n", 400),
        Sample("length and coding", post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        Sample("two lengths", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        Sample("a negative length", post + "Content-Length: -1\r\n\r\n", 400),
        Sample("a length with a sign", post + "Content-Length: +1\r\n\r\n", 400),
        Sample("a length in hex", post + "Content-Length: 0x1\r\n\r\n", 400),
        Sample("no length", post + "Content-Length: \r\n\r\n", 400),
        Sample("a list of lengths", post + "Content-Length: 1, 1\r\n\r\n", 400),
        Sample("a coding that is not chunked", post + "Transfer-Encoding: gzip\r\n\r\n", 501),
        Sample("two codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        Sample("a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        Sample("an unknown expectation", post + "Expect: more\r\n\r\n", 417),
        Sample("a chunk size that is none", post + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400),
        Sample("a chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        Sample("a huge chunk", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", 413),
        Sample("a huge length", post + "Content-Length: 999999999999\r\n\r\n", 413),
        Sample("a length beyond 64 bits", post + "Content-Length: 99999999999999999999999\r\n\r\n", 400),
        Sample("a body above the limit", post + "Content-Length: 1000001\r\n\r\n", 413),
        Sample(
            "a long target", "GET /\(String(repeating: "a", count: 8_100)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        Sample("a long head", head + "A: \(String(repeating: "a", count: 20_000))\r\n\r\n", 431),
        Sample("a head without an end", head + String(repeating: "A: b\r\n", count: 4_000), 431),
        Sample("many fields", head + String(repeating: "A: b\r\n", count: 101) + "\r\n", 431),
        Sample(
            "TLS", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 0x0D, 0x0A, 0x0D, 0x0A, 0x0D, 0x0A], 400),
        Sample("zeros", bytes: [UInt8](repeating: 0, count: 64) + Array("\r\n\r\n".utf8), 400),
        Sample("noise", bytes: (0..<200).map { UInt8($0 * 7 % 251) | 0x80 } + Array("\r\n\r\n".utf8), 400),
    ]

    @Test(arguments: samples)
    func `the status says what is wrong`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(sample.bytes)
            let response = try await http.response()
            #expect(response.status == sample.status, "\(response.text)")
            #expect(response["Connection"] == "close")
        }
    }

    @Test(arguments: samples)
    func `the connection ends, and others are served`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(sample.bytes)
            _ = try await http.response()
            let rest = try await http.connection.end()
            #expect(rest == [])
            try await expectEngineWorks(port: port)
        }
    }

    @Test(arguments: samples)
    func `requests before it are answered, those behind it are not`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let good = HTTPTestClient.bytes("GET", "/unknown")
            try await http.connection.send(good + sample.bytes + good)
            let first = try await http.response()
            #expect(first.status == 404)
            let second = try await http.response()
            #expect(second.status == sample.status)
            let rest = try await http.connection.end()
            #expect(rest == [])
        }
    }

    @Test func `connections that end in the middle of a request do no harm`() async throws {
        try await withEngineServer { _, port in
            let request = HTTPTestClient.bytes(
                "POST", "/engine.io/?EIO=4&transport=polling", body: [1, 2, 3])
            for count in 0..<request.count {
                let connection = try await TCPTestClient.connect(port: port)
                try await connection.send(Array(request[..<count]))
                if count % 2 == 0 { connection.close() } else { connection.reset() }
            }
            try await expectEngineWorks(port: port)
        }
    }

    @Test func `a client that closes right after its request does no harm`() async throws {
        try await withEngineServer(.test(loops: 2)) { _, port in
            for number in 0..<60 {
                let http = try await HTTPTestClient.connect(port: port)
                try await http.send("GET", "/engine.io/?EIO=4&transport=polling")
                if number % 2 == 0 { http.close() } else { http.connection.reset() }
            }
            try await expectEngineWorks(port: port)
        }
    }
}
