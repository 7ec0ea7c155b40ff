import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// Clients that read slowly, or not at all.
@Suite(.timeLimit(.minutes(1))) struct `HTTP clients that read slowly` {
    private static let megabyte = [UInt8](repeating: 0x61, count: 1_000_000)

    /// Requests that the server has begun to answer.
    private let served = Journal<String>()

    /// A server whose answers have one megabyte, or twelve.
    private var routes: HTTPRoutes {
        let served = served
        var routes = HTTPRoutes()
        routes.get(prefix: "/large/") { request in
            served.append(request.path)
            return HTTPResponse(status: 200, body: Self.megabyte)
        }
        routes.get("/huge") { _ in
            HTTPResponse(status: 200, body: Array(repeatElement(Self.megabyte, count: 12).joined()))
        }
        return routes
    }

    @Test func `requests of a client that does not read its answers wait`() async throws {
        try await withEngineServer(routes: routes) { server, port in
            let http = HTTPTestClient(try await TCPTestClient.connect(port: port, receiveBuffer: 65_536))
            let requests = (0..<100).flatMap { HTTPTestClient.bytes("GET", "/large/\($0)") }
            try await http.connection.send(requests)
            _ = await served.waitFor(1)
            for _ in 0..<20 { await server.settle() }
            // The system takes some megabytes; the server must not keep the other ninety.
            #expect(served.count < 30)
            for number in 0..<100 {
                let response = try await http.response()
                #expect(response.body.count == Self.megabyte.count)
                #expect(served.count > number)
            }
        }
    }

    @Test func `the last answer of a connection arrives whole, however slowly it is read`() async throws {
        try await withEngineServer(routes: routes) { _, port in
            let http = HTTPTestClient(try await TCPTestClient.connect(port: port, receiveBuffer: 65_536))
            try await http.send("GET", "/huge", fields: ["Connection: close"])
            var bytes = ByteQueue()
            let start = ContinuousClock.now
            while .now - start < .milliseconds(2_500) {
                bytes.append(
                    try await http.connection.next("a part") { $0.count >= 8_192 ? $0.take(8_192) : nil })
                // As a slow line would: some megabytes a second.
                try await Task.sleep(for: .milliseconds(5))
            }
            bytes.append(try await http.connection.end())
            let response = try #require(try HTTPTestResponse.take(from: &bytes))
            #expect(response.body.count == 12_000_000)
        }
    }
}
