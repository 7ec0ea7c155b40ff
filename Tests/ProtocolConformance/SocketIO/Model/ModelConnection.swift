import EngineIO
import Foundation
import Synchronization
import TestSupport

/// A client's Engine.IO session for one reader and one writer at the same time, which can be cut off at any moment.
final class ModelConnection: Sendable {
    struct Refused: Error {
        var answer: String
    }

    private struct State {
        /// Every connection there was, to be cut off.
        var connections: [TCPTestClient] = []
        var isCut = false
        var webSocket: WebSocketTestClient?
        var polling: HTTPTestClient?
        var posting: HTTPTestClient?
        /// Whether the reader is to leave off polling, because a WebSocket takes over.
        var isPausing = false
    }

    /// How long a reader waits: others work meanwhile.
    private static let patience = Duration.seconds(600)

    private let port: Int
    private let sid: String
    private let state: Mutex<State>
    /// Open once the reader polls no more, and once the WebSocket has taken over.
    private let (paused, upgraded) = (Gate(), Gate())

    private init(port: Int, sid: String, _ state: consuming State) {
        self.port = port
        self.sid = sid
        self.state = Mutex(state)
    }

    // MARK: Opening

    static func open(port: Int, _ transport: Transport) async throws -> ModelConnection {
        var state = State()
        let packet: TestMessage
        switch transport {
        case .webSocket:
            let webSocket = try await WebSocketTestClient.connect(port: port, target(transport))
            state.webSocket = webSocket
            state.connections = [webSocket.connection]
            packet = try await webSocket.receive()
        case .polling:
            let http = try await HTTPTestClient.connect(port: port)
            packet = .text(try await http.get(target(transport)).text)
            state.polling = http
            state.connections = [http.connection]
        }
        guard packet.text.hasPrefix("0{") else { throw Refused(answer: packet.text) }
        let handshake = try JSONDecoder().decode(
            EngineTestClient.Handshake.self, from: Data(packet.text.dropFirst().utf8))
        return ModelConnection(port: port, sid: handshake.sid, state)
    }

    private static func target(_ transport: Transport) -> String {
        "/socket.io/?EIO=4&transport=\(transport.rawValue)"
    }

    private func target(_ transport: Transport) -> String { "\(Self.target(transport))&sid=\(sid)" }

    var transport: Transport { state.withLock { $0.webSocket == nil ? .polling : .webSocket } }

    /// An HTTP connection that is cut off with the others.
    private func http(_ kept: HTTPTestClient?) async throws -> HTTPTestClient {
        if let kept { return kept }
        let http = try await HTTPTestClient.connect(port: port)
        keep(http.connection)
        return http
    }

    private func keep(_ connection: TCPTestClient) {
        let isCut = state.withLock { state in
            state.connections.append(connection)
            return state.isCut
        }
        if isCut { connection.shutDown() }
    }

    // MARK: The reader

    /// Waits for packets.
    func receive() async throws -> [TestMessage] {
        if let webSocket = state.withLock({ $0.webSocket }) {
            return [try await webSocket.receive(within: Self.patience)]
        }
        if state.withLock({ $0.isPausing }) {
            paused.open()
            await upgraded.pass()
            guard state.withLock({ $0.webSocket != nil }) else { throw Refused(answer: "cut off") }
            return []
        }
        let http = try await http(state.withLock { $0.polling })
        try await http.send("GET", target(.polling))
        let response = try await http.response(within: Self.patience)
        state.withLock { $0.polling = response["Connection"] == "close" ? nil : http }
        guard response.status == 200 else { throw Refused(answer: response.statusLine) }
        return TestMessage.packets(of: response.text).filter { $0 != "6" }
    }

    /// The reader has seen the end: nobody has to wait for it.
    func readerEnded() { paused.open() }

    // MARK: The writer

    func send(_ packets: [TestMessage]) async throws {
        if let webSocket = state.withLock({ $0.webSocket }) {
            for packet in packets { try await webSocket.send(packet) }
            return
        }
        let http = try await http(state.withLock { $0.posting })
        let response = try await http.request(
            "POST", target(.polling), fields: ["Content-Type: text/plain;charset=UTF-8"],
            body: Array(TestMessage.payload(packets).utf8))
        state.withLock { $0.posting = response["Connection"] == "close" ? nil : http }
        guard response.status == 200 else { throw Refused(answer: response.statusLine) }
    }

    /// Goes on over a WebSocket, as the JavaScript client does it. Needs a reader.
    func upgrade() async throws {
        guard transport == .polling else { return }
        let candidate = try await WebSocketTestClient.connect(port: port, target(.webSocket))
        keep(candidate.connection)
        try await candidate.send("2probe")
        let answer = try await candidate.receive()
        guard answer == "3probe" else { throw Refused(answer: answer.text) }
        state.withLock { $0.isPausing = true }
        await paused.pass()
        try await candidate.send("5")
        state.withLock { $0.webSocket = candidate }
        upgraded.open()
    }

    // MARK: The end

    /// Cuts everything off. The reader and the writer find out.
    func cut() {
        let connections = state.withLock { state in
            state.isCut = true
            return state.connections
        }
        for connection in connections { connection.shutDown() }
        upgraded.open()
    }

    /// Sends a poll and hangs up: so the server notices that a polling client is gone.
    func knock(_ server: EngineServer) async throws {
        let http = try await HTTPTestClient.connect(port: port)
        try await http.send("GET", target(.polling))
        await server.settle()
        http.close()
        await server.settle()
    }
}
