package import EngineIO
import Foundation
import Synchronization

/// One Engine.IO session, client side: over polling, over a WebSocket, or from one to the other.
package final class EngineTestClient: Sendable {
    /// What the server says in its first packet.
    package struct Handshake: Codable, Sendable, Equatable {
        package var sid: String
        package var upgrades: [String]
        package var pingInterval: Int
        package var pingTimeout: Int
        package var maxPayload: Int
    }

    /// A polling request of a session that is over.
    package struct SessionOver: Error {
        package var response: HTTPTestResponse
    }

    package struct NotOpened: Error {
        package var packet: TestMessage
    }

    private struct State {
        var webSocket: WebSocketTestClient?
        var inbox: [TestMessage] = []
        /// The connection of a poll that is not answered yet.
        var pendingPoll: HTTPTestClient?
        /// Connections of answered requests, to be used again.
        var polling: HTTPTestClient?
        var posting: HTTPTestClient?
    }

    package let port: Int
    package let path: String
    package let handshake: Handshake
    /// Query items of every request besides the protocol's own, e.g. `&b64=1`.
    private let query: String
    /// Header fields of every request.
    private let fields: [String]
    /// Whether every request opens a connection of its own, as through a proxy.
    private let usesFreshConnections: Bool
    private let state: Mutex<State>

    private init(
        port: Int, path: String, handshake: Handshake, query: String, fields: [String],
        usesFreshConnections: Bool, state: consuming State
    ) {
        self.port = port
        self.path = path
        self.handshake = handshake
        self.query = query
        self.fields = fields
        self.usesFreshConnections = usesFreshConnections
        self.state = Mutex(state)
    }

    package var sid: String { handshake.sid }
    package var webSocket: WebSocketTestClient? { state.withLock { $0.webSocket } }

    /// The target of the session's requests.
    package func target(_ transport: Transport = .polling) -> String {
        "\(path)?EIO=4&transport=\(transport.rawValue)&sid=\(sid)\(query)"
    }

    // MARK: Opening

    /// Opens a session.
    /// - Parameters:
    ///   - query: query items of every request besides the protocol's own, e.g. `&b64=1`.
    ///   - fields: header fields of every request.
    package static func connect(
        port: Int, _ transport: Transport = .webSocket, path: String = "/engine.io/", query: String = "",
        fields: [String] = [], usesFreshConnections: Bool = false, receiveBuffer: Int32? = nil
    ) async throws -> EngineTestClient {
        let target = "\(path)?EIO=4&transport=\(transport.rawValue)\(query)"
        var state = State()
        let packet: TestMessage
        switch transport {
        case .polling:
            let http = try await HTTPTestClient.connect(port: port)
            packet = .text(try await http.get(target, fields: fields).text)
            state.polling = http
        case .webSocket:
            let webSocket = try await WebSocketTestClient.connect(
                port: port, target, fields: fields, receiveBuffer: receiveBuffer)
            packet = try await webSocket.receive()
            state.webSocket = webSocket
        }
        guard packet.text.hasPrefix("0{") else { throw NotOpened(packet: packet) }
        let handshake = try JSONDecoder().decode(
            Handshake.self, from: Data(packet.text.dropFirst().utf8))
        return EngineTestClient(
            port: port, path: path, handshake: handshake, query: query, fields: fields,
            usesFreshConnections: usesFreshConnections, state: state)
    }

    // MARK: Polling

    /// Sends a poll without waiting for its answer. Does nothing while one is pending.
    package func startPoll() async throws {
        guard state.withLock({ $0.pendingPoll == nil }) else { return }
        let kept = state.withLock { usesFreshConnections ? nil : $0.polling }
        let http: HTTPTestClient
        if let kept { http = kept } else { http = try await HTTPTestClient.connect(port: port) }
        state.withLock { $0.pendingPoll = http }
        try await http.send("GET", target(), fields: fields)
    }

    /// Waits for the answer of the pending poll, or of a new one.
    package func poll() async throws -> HTTPTestResponse {
        try await startPoll()
        guard let http = state.withLock({ $0.pendingPoll }) else { preconditionFailure("a poll is pending") }
        let response = try await http.response()
        state.withLock { state in
            state.polling = http
            state.pendingPoll = nil
        }
        return response
    }

    /// Sends a payload.
    package func post(_ payload: String) async throws -> HTTPTestResponse {
        try await post(Array(payload.utf8))
    }

    package func post(_ payload: [UInt8]) async throws -> HTTPTestResponse {
        let kept = state.withLock { usesFreshConnections ? nil : $0.posting }
        let http: HTTPTestClient
        if let kept { http = kept } else { http = try await HTTPTestClient.connect(port: port) }
        let response = try await http.request(
            "POST", target(), fields: ["Content-Type: text/plain;charset=UTF-8"] + fields, body: payload)
        // The server may have announced that it closes the connection.
        state.withLock { $0.posting = response["Connection"] == "close" ? nil : http }
        return response
    }

    /// Cuts the pending poll's connection off.
    package func dropPoll() {
        state.withLock { state in
            state.pendingPoll?.close()
            (state.pendingPoll, state.polling) = (nil, nil)
        }
    }

    // MARK: Messages

    /// Sends packets as they stand: over polling in one payload.
    package func send(_ packets: TestMessage...) async throws {
        if let webSocket {
            for packet in packets { try await webSocket.send(packet) }
        } else {
            let payload = packets.map { packet in
                switch packet {
                case .text(let text): text
                case .binary(let bytes): "b" + Data(bytes).base64EncodedString()
                }
            }
            let response = try await post(payload.joined(separator: "\u{1E}"))
            guard response.status == 200 else { throw SessionOver(response: response) }
        }
    }

    /// Waits for the next packet.
    package func receive() async throws -> TestMessage {
        while true {
            if let packet = state.withLock({ $0.inbox.isEmpty ? nil : $0.inbox.removeFirst() }) {
                return packet
            }
            if let webSocket { return try await webSocket.receive() }
            try await takePoll()
        }
    }

    /// Waits for several packets.
    package func receive(_ count: Int) async throws -> [TestMessage] {
        var packets: [TestMessage] = []
        while packets.count < count { packets.append(try await receive()) }
        return packets
    }

    private func takePoll() async throws {
        let response = try await poll()
        guard response.status == 200 else { throw SessionOver(response: response) }
        let packets = response.text.split(separator: "\u{1E}", omittingEmptySubsequences: false)
        let messages = packets.map { packet -> TestMessage in
            guard packet.hasPrefix("b"), let data = Data(base64Encoded: String(packet.dropFirst())) else {
                return .text(String(packet))
            }
            return .binary(Array(data))
        }
        state.withLock { $0.inbox += messages }
    }

    // MARK: Upgrade

    /// Opens a WebSocket for this session, and no more.
    package func openCandidate() async throws -> WebSocketTestClient {
        try await WebSocketTestClient.connect(port: port, target(.webSocket), fields: fields)
    }

    /// Upgrades as the JavaScript client does: probe, end the pending poll, `5`.
    package func upgrade() async throws {
        let candidate = try await openCandidate()
        try await candidate.send("2probe")
        let answer = try await candidate.receive()
        guard answer == "3probe" else { throw NotOpened(packet: answer) }
        if state.withLock({ $0.pendingPoll != nil }) {
            try await takePoll()
            // Messages may have come in the same turn as the noop.
            state.withLock { $0.inbox.removeAll { $0 == "6" } }
        }
        try await candidate.send("5")
        use(candidate)
    }

    /// Goes on over a WebSocket that the test has upgraded itself.
    package func use(_ webSocket: WebSocketTestClient) { state.withLock { $0.webSocket = webSocket } }

    // MARK: The end

    /// Waits until the server ends the session.
    /// - Returns: the packets that came before it; over polling with the `1` that says so.
    @discardableResult
    package func end() async throws -> [TestMessage] {
        var packets: [TestMessage] = []
        do {
            while true {
                packets.append(try await receive())
                if webSocket == nil, packets.last == "1" { return packets }
            }
        } catch is WebSocketTestClient.Closed {
        } catch is TCPTestClient.Ended {
        } catch is SessionOver {}
        return packets
    }

    /// Goes without a word.
    package func close() {
        state.withLock { state in
            state.webSocket?.close()
            state.pendingPoll?.close()
            state.polling?.close()
            state.posting?.close()
        }
    }
}
