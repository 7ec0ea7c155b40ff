internal import EngineWire

/// A whole packet: its text, and the binary messages that belong to it.
struct AssembledPacket: Sendable {
    var packet: SocketPacket
    var text: [UInt8]
    var attachments: [[UInt8]]
}

/// Puts packets with attachments together: the text first, then exactly as many binary messages as it announced.
/// Pure: messages in, packets out.
struct PacketAssembler: Sendable {
    private var waiting: AssembledPacket?

    /// Whether attachments are missing.
    var isWaiting: Bool { waiting != nil }

    /// Keeps a packet whose attachments come next.
    mutating func begin(_ packet: SocketPacket, _ text: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.append(text)
        waiting = AssembledPacket(packet: packet, text: bytes, attachments: [])
    }

    /// Takes the next attachment; returns the packet when it was the last.
    mutating func add(_ attachment: Span<UInt8>) throws(PacketViolation) -> AssembledPacket? {
        guard waiting != nil else { throw .unexpectedBinary }
        var bytes: [UInt8] = []
        bytes.append(attachment)
        waiting?.attachments.append(bytes)
        guard let packet = waiting, packet.attachments.count == packet.packet.attachmentCount else {
            return nil
        }
        waiting = nil
        guard Placeholders.areValid(packet) else { throw .illegalAttachments }
        return packet
    }
}

/// The places that attachments take in a packet's JSON: `{"_placeholder":true,"num":0}`.
///
/// They are checked before anything is relayed: other clients would choke on a number that has no attachment.
enum Placeholders {
    static func areValid(_ packet: AssembledPacket) -> Bool {
        for i in 0..<packet.packet.elements.count {
            let range = packet.packet.elements[i]
            guard
                packet.text[range.lowerBound] == UInt8(ascii: "{")
                    || packet.text[range.lowerBound] == UInt8(ascii: "[")
            else { continue }
            guard
                let tape = try? JSONTape(packet.text, range: range, depthLimit: JSONScanner.greatestDepth),
                tape.hasOnlyPlaceholders(below: packet.attachments.count)
            else { return false }
        }
        return true
    }
}
