import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// What is no HTTP ends its own connection and no other. The tables of the other suites say what is HTTP.
@Suite(.timeLimit(.minutes(5))) struct `HTTP requests that are none` {
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

    private static let post = "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n"

    static let samples = [
        Sample("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        Sample("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Sample("length and coding", post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        Sample("a coding that is not chunked", post + "Transfer-Encoding: gzip\r\n\r\n", 501),
        Sample("an unknown expectation", post + "Expect: more\r\n\r\n", 417),
        Sample("a chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        Sample(
            "a body above the limit", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n", 413),
        Sample(
            "a long target", "GET /\(String(repeating: "a", count: 8_100)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        Sample(
            "a head without an end", "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 4_000), 431),
        Sample(
            "TLS", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 0x0D, 0x0A, 0x0D, 0x0A, 0x0D, 0x0A], 400),
        Sample("zeros", bytes: [UInt8](repeating: 0, count: 64) + Array("\r\n\r\n".utf8), 400),
        Sample("noise", bytes: (0..<200).map { UInt8($0 * 7 % 251) | 0x80 } + Array("\r\n\r\n".utf8), 400),
    ]

    @Test(arguments: samples)
    func `get their status and the connection's end, and others are served`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let good = HTTPTestClient.bytes("GET", "/unknown")
            try await http.connection.send(good + sample.bytes + good)
            #expect(try await http.responses().map(\.status) == [404, sample.status])
            try await expectEngineWorks(port: port)
        }
    }

    @Test(arguments: samples)
    func `do not concern a session whose poll waits`(sample: Sample) async throws {
        try await withEngineServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(sample.bytes)
            _ = try await http.responses()
            #expect(try await client.post("4still here").text == "ok")
            #expect(try await client.poll().text == "4still here")
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
