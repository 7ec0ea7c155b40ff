import EngineIO
import SocketIO
import TestSupport

/// A packet as the tests of MessagePack write and compare it; the bytes are the affair of the parser's own tests.
struct TestPacket: Equatable, Sendable, CustomStringConvertible {
    /// The server sent something else.
    struct Unexpected: Error {
        var message: String
    }

    var kind: PacketKind
    var namespace: String
    var id: Int?
    var json: String
    var attachments: [[UInt8]]

    init(
        _ kind: PacketKind, namespace: String = "/", id: Int? = nil, _ json: String = "",
        _ attachments: [[UInt8]] = []
    ) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.json = json
        self.attachments = attachments
    }

    /// Reads what the server sent.
    init(_ message: TestMessage) throws {
        var decoder = MessagePackParser().makeDecoder()
        guard case .binary(let bytes) = message, let read = try decoder.decode(.binary(bytes)) else {
            throw Unexpected(message: "\(message)")
        }
        self.init(
            read.kind, namespace: read.namespace, id: read.id, String(decoding: read.json, as: UTF8.self),
            read.attachments)
    }

    /// The message for the server; a text that nobody can read when there is no such packet.
    var message: TestMessage {
        let packet = ParserPacket(
            kind: kind, namespace: namespace, id: id, json: Array(json.utf8), attachments: attachments)
        guard case .binary(let bytes) = MessagePackParser().encode(packet).first else { return "no packet" }
        return .binary(bytes)
    }

    var description: String { "\(kind) \(namespace) \(id.map(String.init) ?? "") \(json) \(attachments)" }
}

/// The place of an attachment.
func placeholder(_ number: Int) -> String { #"{"_placeholder":true,"num":\#(number)}"# }

extension SocketTestClient {
    func send(_ packets: TestPacket...) async throws {
        for packet in packets { try await send(packet.message) }
    }

    func receivePacket() async throws -> TestPacket { try TestPacket(try await receive()) }

    /// Joins a namespace.
    /// - Returns: the answer.
    @discardableResult
    func joinWithMessagePack(_ namespace: String = "/", auth: String = "") async throws -> TestPacket {
        try await send(TestPacket(.connect, namespace: namespace, auth))
        let answer = try await receivePacket()
        guard answer.kind == .connect, answer.namespace == namespace else {
            throw TestPacket.Unexpected(message: "\(answer)")
        }
        return answer
    }
}

extension SocketOptions {
    /// Those of a server for clients with socket.io-msgpack-parser.
    static func messagePack(loops: Int = 1, _ change: (inout SocketOptions) -> Void = { _ in })
        -> SocketOptions
    {
        .test(loops: loops) {
            $0.parser = MessagePackParser()
            change(&$0)
        }
    }
}
