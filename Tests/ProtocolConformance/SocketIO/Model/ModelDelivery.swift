import TestSupport

/// The identity of an event: who sent it, and which one of his it is. Senders below zero are on the server.
struct ModelStamp: Sendable, Hashable, CustomStringConvertible {
    var sender: Int
    var number: Int

    var description: String { sender < 0 ? "s\(-sender)#\(number)" : "c\(sender)#\(number)" }
}

/// What a client gets in a namespace.
enum ModelDelivery: Sendable, Hashable, CustomStringConvertible {
    case event(ModelStamp)
    /// An event that wants an ack.
    case question(Int)
    /// The server ended the socket.
    case disconnected

    var description: String {
        switch self {
        case .event(let stamp): "\(stamp)"
        case .question(let number): "?\(number)"
        case .disconnected: "disconnected"
        }
    }

    /// Whose order it stands in.
    var sender: Int? { if case .event(let stamp) = self { stamp.sender } else { nil } }
}

/// What an event carries. All of it follows from the stamp, so that every receiver can tell whether it came whole.
struct ModelPayload: Sendable, Equatable {
    var text: String
    /// Nil for an event without an attachment.
    var attachment: [UInt8]?

    init(_ stamp: ModelStamp) {
        var random = SplitMix64(seed: UInt64(bitPattern: Int64(stamp.sender * 1_000_003 + stamp.number)))
        let isLong = Int.random(in: 0..<48, using: &random) == 0
        let letter = Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random)))
        text = String(repeating: letter, count: isLong ? 9_000 : .random(in: 0...24, using: &random))
        guard Int.random(in: 0..<4, using: &random) == 0 else { return }
        let size = isLong ? 70_000 : Int.random(in: 0...48, using: &random)
        let bytes = (0..<min(size, 48)).map { _ in UInt8.random(in: 0...255, using: &random) }
        attachment = bytes + [UInt8](repeating: bytes.first ?? 0, count: size - bytes.count)
    }
}
