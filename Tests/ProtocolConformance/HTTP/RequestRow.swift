import EngineNet
import EngineWire
import TestSupport
import Testing

/// One row of a table: the bytes of a request, and what becomes of it.
struct RequestRow: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        /// Answered with this status; nothing of it is served, and the connection ends.
        case refused(Int)
        /// Served as this method, target and body, e.g. `POST / hello`; the connection goes on.
        case served(String)
        /// Served, and the connection ends behind its answer.
        case servedLast(String)
    }

    var name: String
    var bytes: [UInt8]
    var outcome: Outcome

    init(_ name: String, _ text: String, _ outcome: Outcome) {
        self.init(name, bytes: Array(text.utf8), outcome)
    }

    init(_ name: String, bytes: [UInt8], _ outcome: Outcome) {
        (self.name, self.bytes, self.outcome) = (name, bytes, outcome)
    }

    var testDescription: String { name }

    /// What the server must have served, and the statuses that the client gets, with a request before the row
    /// and one behind it.
    private var expected: (served: [String], statuses: [Int]) {
        switch outcome {
        case .refused(let status): (["GET /before "], [200, status])
        case .served(let request): (["GET /before ", request, "GET /behind "], [200, 200, 200])
        case .servedLast(let request): (["GET /before ", request], [200, 200])
        }
    }

    /// Sends the row between two other requests, all in one write or byte by byte.
    func play(
        byteByByte: Bool = false, limits: HTTPLimits = HTTPLimits(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = HTTPTestClient.bytes("GET", "/before")
        let behind = HTTPTestClient.bytes("GET", "/behind", fields: ["Connection: close"])
        try await HTTPTestServer.recorder {
            $0.limits = limits
        } test: { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            if byteByByte {
                try await http.connection.send(before)
                for byte in bytes {
                    try await http.connection.send([byte])
                    await server.settle()
                }
                try await http.connection.send(behind)
            } else {
                try await http.connection.send(before + bytes + behind)
            }
            let responses = try await http.responses()
            #expect(responses.map(\.status) == expected.statuses, sourceLocation: sourceLocation)
            #expect(served.all == expected.served, sourceLocation: sourceLocation)
            #expect(responses.last?["Connection"] == "close", sourceLocation: sourceLocation)
        }
    }
}

extension HTTPTestClient {
    /// Waits for the connection's end.
    /// - Returns: all responses that came before it, without those that only give leave (100).
    func responses() async throws -> [HTTPTestResponse] {
        var queue = ByteQueue()
        queue.append(try await connection.end())
        var responses: [HTTPTestResponse] = []
        while let response = try HTTPTestResponse.take(from: &queue) { responses.append(response) }
        #expect(queue.isEmpty, "something behind the last response")
        return responses.filter { $0.status != 100 }
    }
}
