import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// Clients that read slowly, or not at all.
@Suite(.timeLimit(.minutes(5))) struct `HTTP clients that read slowly` {
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
            HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 12_000_000))
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

    @Test func `who reads slowly is not idle, and requests that wait for it have arrived`() async throws {
        let options = EngineOptions.test { $0.http.keepAliveTimeout = .seconds(1) }
        try await withEngineServer(options, routes: routes) { _, port in
            let http = HTTPTestClient(try await TCPTestClient.connect(port: port, receiveBuffer: 65_536))
            try await http.connection.send((0..<4).flatMap { _ in HTTPTestClient.bytes("GET", "/huge") })
            var bytes = ByteQueue()
            let start = ContinuousClock.now
            while .now - start < .milliseconds(2_200) {
                bytes.append(
                    try await http.connection.next("a part") { $0.count >= 16_384 ? $0.take(16_384) : nil })
                try await Task.sleep(for: .milliseconds(5))
            }
            let headLength = try #require(bytes.place(of: "\r\n\r\n")) + 4
            let wanted = 4 * (headLength + 12_000_000) - bytes.count
            bytes.append(
                try await http.connection.next("the rest") { $0.count >= wanted ? $0.takeAll() : nil })
            for _ in 0..<4 {
                let response = try #require(try HTTPTestResponse.take(from: &bytes))
                #expect(response.status == 200)
                #expect(response.body.count == 12_000_000)
            }
        }
    }
}
