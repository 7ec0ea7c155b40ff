internal import SocketIO

/// Clients that come and go, and those that poll.
var connectionCases: [Case] {
    [
        // Over a WebSocket, from the connection to the join of `/`, to the end of both.
        Case(name: "connect", rounds: 80) {
            let server = try startServer { _ in }
            return Work(loop: server.loop) {
                let client = try LoopbackClient.joined(server)
                try client.send(.clientFrame(8, []))
                _ = try client.receiveFrame()
                try client.receiveEnd()
                return 1
            }
        },
        // A POST with four events, of which the last is answered, and the GET that fetches the answer.
        Case(name: "polling", rounds: 80) {
            let server = try startServer { socket in
                socket.on("in") { _ in }
                socket.on("last") { event in try event.ack?.send() }
            }
            let client = try PollingClient(server)
            let packet = #"42["in",\#(Quote.json)]"#
            let payload = [packet, packet, packet, #"427["last"]"#].joined(separator: "\u{1E}")
            return Work(loop: server.loop) {
                try client.post(payload)
                return try client.poll().utf8.count
            }
        },
    ]
}

/// A client over HTTP long-polling, on one connection.
private final class PollingClient {
    private let connection: LoopbackClient
    private let get: [UInt8]
    private let postHead: String

    /// Opens a session and joins `/`.
    init(_ server: LoopbackServer) throws {
        connection = try LoopbackClient(port: server.port)
        let path = "/socket.io/?EIO=4&transport=polling"
        let fields = "HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
        try connection.send(Array("GET \(path) \(fields)\r\n".utf8))
        let opening = try Self.answer(connection)
        guard let id = opening.split(separator: "\"").dropFirst(3).first else {
            throw CaseFailure("no session: \(opening)")
        }
        get = Array("GET \(path)&sid=\(id) \(fields)\r\n".utf8)
        postHead =
            "POST \(path)&sid=\(id) \(fields)Content-Type: text/plain;charset=UTF-8\r\nContent-Length: "
        try post("40")
        _ = try poll()
    }

    func post(_ payload: String) throws {
        try connection.send(Array("\(postHead)\(payload.utf8.count)\r\n\r\n\(payload)".utf8))
        guard try Self.answer(connection) == "ok" else {
            throw CaseFailure("the server refuses a POST")
        }
    }

    func poll() throws -> String {
        try connection.send(get)
        return try Self.answer(connection)
    }

    private static func answer(_ connection: LoopbackClient) throws -> String {
        for line in try connection.receiveHead().split(separator: "\r\n") {
            let parts = line.split(separator: ": ")
            guard parts.count == 2, parts[0].lowercased() == "content-length", let length = Int(parts[1])
            else { continue }
            return String(decoding: try connection.receive(length), as: UTF8.self)
        }
        throw CaseFailure("an answer without a length")
    }
}
