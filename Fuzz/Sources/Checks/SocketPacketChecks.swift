@testable import SocketIO

/// Socket.IO packets with their attachments, as a session delivers them.
enum SocketPacketChecks {
    /// Messages that `0x1E` separates; those that begin with `b` are binary.
    static func messages(_ input: [UInt8]) throws(Finding) {
        var assembler = PacketAssembler()
        for message in input.split(separator: 0x1E, omittingEmptySubsequences: false) {
            if message.first == UInt8(ascii: "b") {
                let whole: AssembledPacket?
                do throws(PacketViolation) {
                    whole = try assembler.add(Array(message.dropFirst()).span)
                } catch { return }
                if let whole { try check(whole) }
            } else {
                // The engine lets only UTF-8 through.
                let text = Array(String(decoding: message, as: UTF8.self).utf8)
                guard !assembler.isWaiting, let packet = try read(text) else { return }
                if packet.attachmentCount > 0 {
                    assembler.begin(packet, text.span)
                } else {
                    try check(AssembledPacket(packet: packet, text: text, attachments: []))
                }
            }
        }
    }

    private static func read(_ text: [UInt8]) throws(Finding) -> SocketPacket? {
        let limits = SocketPacket.Limits(attachments: 3)
        let packet = try? SocketPacket(text.span, limits: limits)
        try expectEqual(
            packet.map { SlowSocketPacket($0, text) }, SlowSocketPacket.read(text, limits),
            "the reference reads another packet")
        return packet
    }

    private static func check(_ whole: AssembledPacket) throws(Finding) {
        let packet = whole.packet
        try expectEqual(
            whole.attachments.count, packet.attachmentCount, "attachments are missing or too many")
        let isEvent = packet.type == .event || packet.type == .binaryEvent
        guard isEvent || packet.type == .ack || packet.type == .binaryAck else { return }
        let arguments = EventArguments(
            text: whole.text, elements: packet.elements, skipped: isEvent ? 1 : 0,
            attachments: whole.attachments)
        for i in 0..<arguments.count {
            let value = try? arguments.decode(JSONValue.self, at: i)
            try expect(
                value != nil || whole.attachments.isEmpty,
                "argument \(i) was let through and cannot be decoded")
        }
        try checkRelayed(whole, arguments)
    }

    /// What is passed on is what came.
    private static func checkRelayed(_ whole: AssembledPacket, _ arguments: EventArguments) throws(Finding) {
        let packet = whole.packet
        let namespace = packet.namespace.map { String(decoding: whole.text[$0], as: UTF8.self) } ?? "/"
        let encoded = EncodedArguments(arguments)
        var bytes: [UInt8] = []
        if packet.type == .event || packet.type == .binaryEvent {
            PacketEncoder.appendEvent(
                arguments.name, encoded, namespace: namespace, id: packet.id, to: &bytes)
        } else {
            PacketEncoder.appendAckHead(
                packet.id ?? 0, attachments: encoded.attachments.count, namespace: namespace, to: &bytes)
            bytes += encoded.json + [UInt8(ascii: "]")]
        }
        try expect(bytes.removeFirst() == UInt8(ascii: "4"), "this is no message of the engine")
        guard let again = try read(bytes) else { throw Finding("a packet that is passed on is refused") }
        let other = EventArguments(
            text: bytes, elements: again.elements, skipped: packet.elements.count - arguments.count,
            attachments: whole.attachments)
        try expectEqual(other.name, arguments.name, "an event gets another name")
        try expectEqual(again.id, packet.id, "a packet gets another id")
        try expectEqual(again.attachmentCount, whole.attachments.count, "attachments get lost")
        try expectEqual(
            again.namespace.map { bytes[$0] }, packet.namespace.map { whole.text[$0] },
            "the namespace changes")
        try expectEqual(
            (0..<other.count).map { other.json(at: $0) },
            (0..<arguments.count).map { arguments.json(at: $0) },
            "arguments change")
    }
}
