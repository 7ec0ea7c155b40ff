/// One HTTP connection: requests out as bytes, responses in.
package final class HTTPTestClient: Sendable {
    package let connection: TCPTestClient

    package init(_ connection: TCPTestClient) { self.connection = connection }

    package static func connect(port: Int) async throws -> HTTPTestClient {
        HTTPTestClient(try await TCPTestClient.connect(port: port))
    }

    /// The bytes of a request. `Content-Length` is set where there is a body.
    package static func bytes(
        _ method: String, _ target: String, fields: [String] = [], body: [UInt8]? = nil
    ) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
        if let body { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
    }

    /// Sends a request without waiting for its answer.
    package func send(_ method: String, _ target: String, fields: [String] = [], body: [UInt8]? = nil)
        async throws
    {
        try await connection.send(Self.bytes(method, target, fields: fields, body: body))
    }

    /// Waits for the next response.
    /// - Parameter hasBody: false for the answer to HEAD.
    package func response(hasBody: Bool = true, within time: Duration = TCPTestClient.patience) async throws
        -> HTTPTestResponse
    {
        try await connection.next("a response", within: time) {
            try HTTPTestResponse.take(from: &$0, hasBody: hasBody)
        }
    }

    /// Sends a request and waits for its answer.
    package func request(
        _ method: String, _ target: String, fields: [String] = [], body: [UInt8]? = nil
    ) async throws -> HTTPTestResponse {
        try await send(method, target, fields: fields, body: body)
        return try await response(hasBody: method != "HEAD")
    }

    package func get(_ target: String, fields: [String] = []) async throws -> HTTPTestResponse {
        try await request("GET", target, fields: fields)
    }

    /// Sends a request on a connection of its own.
    package static func request(
        port: Int, _ method: String, _ target: String, fields: [String] = [], body: [UInt8]? = nil
    ) async throws -> HTTPTestResponse {
        try await connect(port: port).request(method, target, fields: fields, body: body)
    }

    package static func get(
        port: Int, _ target: String, fields: [String] = []
    ) async throws -> HTTPTestResponse {
        try await request(port: port, "GET", target, fields: fields)
    }

    /// Sends a request on a connection of its own and waits for the connection's end.
    /// - Returns: all that came, with bare line ends.
    package static func lastAnswer(
        port: Int, _ method: String, _ target: String, fields: [String] = []
    ) async throws -> String {
        let http = try await connect(port: port)
        try await http.send(method, target, fields: fields)
        return String(decoding: try await http.connection.end(), as: UTF8.self)
            .replacing("\r\n", with: "\n")
    }

    package func close() { connection.close() }
}
