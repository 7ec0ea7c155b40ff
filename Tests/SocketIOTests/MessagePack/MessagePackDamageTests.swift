import TestSupport
import Testing

@testable import SocketIO

/// Messages that are cut, damaged or noise: refused or read, but never a trap.
@Suite struct `Damaged MessagePack` {
    private static let formats = bytes(
        "c0 c1 c3 c4 c7 ca cb cf d3 d4 d6 d7 d9 dc dd de df e0 ff 80 81 90 91 a0 00 7f")
    private static let head = bytes("83 a4 74797065 02 a3 6e7370 a1 2f a4 64617461")

    @Test func `that is cut anywhere is refused`() {
        for message in MessagePackSamples.all {
            for length in 0..<message.count {
                let cut = Array(message[..<length])
                #expect(throws: PacketViolation.malformedMessagePack, "cut at \(length)") {
                    _ = try ReadMessagePack(cut)
                }
            }
        }
    }

    @Test func `that goes on behind its end is refused`() {
        for message in MessagePackSamples.all {
            for more in [[0], [0xC0], message] as [[UInt8]] {
                #expect(throws: PacketViolation.malformedMessagePack) {
                    _ = try ReadMessagePack(message + more)
                }
            }
        }
    }

    @Test func `that is read all the same is JSON with its elements and attachments in place`() throws {
        var random = SplitMix64(seed: 31)
        var (accepted, refused) = (0, 0)
        for _ in 0..<40_000 {
            let message = damaged(MessagePackSamples.all.randomElement(using: &random) ?? [], &random)
            let limits = SocketPacket.Limits(attachments: 3)
            guard let packet = try? MessagePackPacket(message.span, limits: limits) else {
                refused += 1
                continue
            }
            accepted += 1
            try check(packet, message)
        }
        #expect(
            accepted > 3_000 && refused > 3_000, "the damage left too little of one kind to tell anything")
    }

    @Test func `that is no more than noise traps nothing`() {
        var random = SplitMix64(seed: 32)
        for _ in 0..<30_000 {
            let noise = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? InnerForm(messagePack: noise)
            _ = try? ReadMessagePack(Self.head + noise)
            var reader = MessagePackReader()
            _ = try? reader.skipValue(noise.span)
        }
    }

    private func check(_ packet: MessagePackPacket, _ message: [UInt8]) throws {
        if packet.text.isEmpty { return #expect(packet.attachments.isEmpty) }
        let text = packet.text
        #expect(packet.attachments.count <= 3)
        if packet.type == .event || packet.type == .ack {
            let elements = try JSONScanner.scanArray(text.span)
            #expect(ranges(elements) == ranges(packet.elements), "\(message)")
            for i in 0..<packet.arguments.count { _ = packet.arguments[i] }
        } else {
            try JSONScanner.validateValue(text.span)
        }
        let again = try MessagePackEncoder.packet(
            packet.type, namespace: packet.namespace ?? "/", id: packet.id, json: text,
            attachments: packet.attachments)
        #expect(try ReadMessagePack(again) == ReadMessagePack(message, attachments: 3), "\(message)")
    }

    private func ranges(_ elements: ArgumentRanges) -> [Range<Int>] {
        (0..<elements.count).map { elements[$0] }
    }

    private func damaged(_ message: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var message = message
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let at = Int.random(in: 0..<max(1, message.count), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where !message.isEmpty: message.remove(at: at)
            case 1 where !message.isEmpty: message[at] = UInt8.random(in: 0...255, using: &random)
            case 2 where !message.isEmpty: message[at] &+= Bool.random(using: &random) ? 1 : 255
            default:
                message.insert(Self.formats.randomElement(using: &random) ?? 0, at: min(at, message.count))
            }
        }
        return message
    }
}
