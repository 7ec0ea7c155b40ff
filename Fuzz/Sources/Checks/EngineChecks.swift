import EngineWire

@testable import EngineIO

/// Engine.IO packets in a polling payload.
enum EngineChecks {
    /// The body of a POST.
    static func payload(_ input: [UInt8]) throws(Finding) {
        let packets = packets(input)
        let reference = input.split(separator: PollingPayload.separator, omittingEmptySubsequences: false)
        try expectEqual(packets, reference.map(Array.init), "the reference finds other packets")
        for packet in packets {
            if packet.first == PollingPayload.binaryPrefix {
                try checkBinary(Array(packet.dropFirst()))
            } else {
                try checkText(packet)
            }
        }
    }

    /// As the session walks through a body.
    private static func packets(_ body: [UInt8]) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        var start = 0
        repeat {
            let range = PollingPayload.packet(in: body.span, from: start)
            packets.append(Array(body[range]))
            start = range.upperBound + 1
        } while start <= body.count
        return packets
    }

    private static func checkBinary(_ base64: [UInt8]) throws(Finding) {
        let bytes = Base64.decode(base64.span)
        try expectEqual(bytes, SlowBase64.decode(base64), "the reference reads other bytes")
        guard let bytes else { return }
        var again: [UInt8] = []
        PreparedMessage(binary: bytes.span).appendPolling(to: &again)
        let packets = packets(again)
        try expect(
            packets.count == 1 && packets[0].first == PollingPayload.binaryPrefix, "this is no binary packet")
        try expectEqual(
            Base64.decode(again.span.extracting(1...)), bytes, "bytes change when they are written again")
    }

    private static func checkText(_ packet: [UInt8]) throws(Finding) {
        let kind = PacketKind(text: packet.span)
        switch packet.first ?? 0 {
        case UInt8(ascii: "2"):
            try expectEqual(kind, .ping(isProbe: packet.elementsEqual("2probe".utf8)), "this is a ping")
        case UInt8(ascii: "4"): try expectEqual(kind, .text, "this is a message")
        case UInt8(ascii: "0")...UInt8(ascii: "6"):
            try expect(![.unknown, .text, .binary].contains(kind), "this type is known")
        default: try expectEqual(kind, .unknown, "this is no type")
        }
        let attachments = [[], packet, [0]]
        let message = PreparedMessage(textPacket: packet.span, attachments: attachments)
        var again: [UInt8] = Array("6".utf8)
        message.appendPolling(to: &again)
        var expected = [Array("6".utf8), packet]
        for attachment in attachments { expected.append(Array("b".utf8) + SlowBase64.encode(attachment)) }
        try expectEqual(packets(again), expected, "a message is more or less than its packets")
        try checkFrames(message.frames, [packet] + attachments)
        try checkFrames(message.base64Frames(), Array(expected.dropFirst()))
    }

    /// The payloads of a server's frames (RFC 6455 section 5.2).
    private static func checkFrames(_ frames: [UInt8], _ expected: [[UInt8]]) throws(Finding) {
        var rest = frames[...]
        for payload in expected {
            let count = payload.count
            let length =
                count < 126
                ? [UInt8(count)] : count < 65_536 ? [126, UInt8(count >> 8), UInt8(count & 0xFF)] : []
            try expect(rest.first.map { $0 & 0xF0 } == 0x80, "a frame is not final")
            try expect(rest.dropFirst().starts(with: length + payload), "a frame has another payload")
            rest = rest.dropFirst(1 + length.count + count)
        }
        try expect(rest.isEmpty, "there are more frames than payloads")
    }
}
