import EngineWire
import TestSupport
import Testing

/// What a server sends, reduced to what a rule is about: a close frame to its code.
enum Reply: Sendable, Hashable, CustomStringConvertible {
    case text([UInt8])
    case binary([UInt8])
    case pong([UInt8])
    /// Nil for a close frame without a code.
    case close(Int?)
    /// A frame that no server of ours may send.
    case odd(WebSocketTestFrame)

    static func text(_ text: String) -> Reply { .text(Array(text.utf8)) }
    static func pong(_ text: String) -> Reply { .pong(Array(text.utf8)) }

    init(_ frame: WebSocketTestFrame) {
        let isPlain = frame.isFinal && !frame.isMasked && frame.reserved == 0
        self =
            switch frame.opcode {
            case 0x1 where isPlain: .text(frame.payload)
            case 0x2 where isPlain: .binary(frame.payload)
            case 0xA where isPlain: .pong(frame.payload)
            case 0x8 where isPlain && frame.payload.count != 1: .close(frame.closeCode)
            default: .odd(frame)
            }
    }

    var description: String {
        switch self {
        case .text(let bytes): "text of \(bytes.count): \(String(decoding: bytes.prefix(60), as: UTF8.self))"
        case .binary(let bytes): "binary of \(bytes.count): \(bytes.prefix(20))"
        case .pong(let bytes): "pong of \(bytes.count): \(bytes.prefix(20))"
        case .close(let code): "close \(code.map(String.init) ?? "without a code")"
        case .odd(let frame): "odd frame: \(frame)"
        }
    }
}

/// How bytes are cut into TCP writes.
enum Chops: Sendable, Hashable, CustomTestStringConvertible {
    case whole
    case frames
    case octets(Int)

    var testDescription: String {
        switch self {
        case .whole: "in one write"
        case .frames: "a write for each frame"
        case .octets(let count): "in writes of \(count)"
        }
    }

    func cut(_ frames: [WebSocketTestFrame]) -> [[UInt8]] {
        switch self {
        case .whole: [frames.flatMap(\.bytes)]
        case .frames: frames.map(\.bytes)
        case .octets(let count): frames.flatMap(\.bytes).cut(into: count)
        }
    }
}

extension Array {
    /// Parts of `count` elements, the last one shorter.
    func cut(into count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}

/// One row of a table: frames that a client sends, and all that it gets for them.
///
/// Unless the server closes, the client does at the end, with 1000.
struct Exchange: Sendable, CustomTestStringConvertible {
    var name: String
    var sent: [WebSocketTestFrame]
    var replies: [Reply]

    init(_ name: String, _ sent: WebSocketTestFrame..., gives replies: Reply...) {
        self.init(name, sent, gives: replies)
    }

    init(_ name: String, _ sent: [WebSocketTestFrame], gives replies: [Reply]) {
        (self.name, self.sent, self.replies) = (name, sent, replies)
        if case .close = replies.last { return }
        self.sent.append(.close(code: 1000))
        self.replies.append(.close(1000))
    }

    var testDescription: String { name }

    /// Plays the row on a connection of its own: exactly these replies come, then the connection's end.
    func play(
        _ chops: Chops = .whole, limits: WebSocketLimits = WebSocketLimits(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await HTTPTestServer.echo(limits: limits) { server in
            let webSocket = try await server.openWebSocket()
            let writes = chops.cut(sent)
            async let replied = webSocket.end()
            do {
                for bytes in writes {
                    try await webSocket.connection.send(bytes)
                    // Each write arrives alone; many would take too long so.
                    if writes.count < 600 { await server.settle() }
                }
            } catch is TCPTestClient.Failed {
                // The server has ended the connection before it was sent everything.
            }
            let got = try await replied.map(Reply.init)
            #expect(got == replies, sourceLocation: sourceLocation)
        }
    }
}
