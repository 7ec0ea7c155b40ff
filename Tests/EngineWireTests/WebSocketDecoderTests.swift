import EngineWire
import Testing

/// RFC 6455 section 5: frames that make messages.
@Suite struct `WebSocket messages` {
    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536])
    func `of every length form are unmasked`(size: Int) throws {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let text = String(repeating: "t", count: size)
        var reader = FrameReader()
        #expect(try reader.hear(ClientFrame.binary(payload)) == [.binary(payload)])
        #expect(try reader.hear(ClientFrame.text(text)) == [.text(text)])
    }

    @Test func `RFC 6455 section 5-7 - a masked Hello`() throws {
        let frame: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        var reader = FrameReader()
        #expect(try reader.hear(frame) == [.text("Hello")])
    }

    @Test(arguments: [0, 1, 5, 126, 300])
    func `are the same however their bytes are split`(size: Int) {
        let text = String(repeating: "é", count: size / 2)
        let bytes =
            ClientFrame.text(text) + ClientFrame.ping([1, 2]) + ClientFrame.binary([0xFF])
            + ClientFrame.frame(0xA)
            + ClientFrame.text("a", isFinal: false) + ClientFrame.continuation("b", isFinal: true)
            + ClientFrame.close(1_000, Array("bye".utf8))
        let expected = Outcome<Message, UInt16>(heard: [
            .text(text), .ping([1, 2]), .binary([0xFF]), .pong([]), .text("ab"), .close(1_000, "bye"),
        ])
        for pieces in Splits.all(bytes) { #expect(FrameReader.outcome(pieces) == expected) }
    }

    @Test func `a key of zeros is a key`() throws {
        var reader = FrameReader()
        #expect(try reader.hear([0x82, 0x82, 0, 0, 0, 0, 7, 8]) == [.binary([7, 8])])
    }
}

/// RFC 6455 section 5.4.
@Suite struct `Fragmented messages` {
    @Test func `are put together, with empty fragments and control frames between`() throws {
        var reader = FrameReader()
        let bytes =
            ClientFrame.text("", isFinal: false) + ClientFrame.continuation("gr\u{FC}", isFinal: false)
            + ClientFrame.ping([9]) + ClientFrame.continuation("", isFinal: false) + ClientFrame.frame(0xA)
            + ClientFrame.continuation("n", isFinal: true)
        #expect(try reader.hear(bytes) == [.ping([9]), .pong([]), .text("gr\u{FC}n")])
    }

    @Test func `a character may be cut by a fragment's end`() throws {
        var reader = FrameReader()
        let euro = Array("€".utf8)
        let bytes =
            ClientFrame.frame(0x1, [euro[0]], isFinal: false)
            + ClientFrame.continuation([euro[1]], isFinal: false)
            + ClientFrame.continuation([euro[2]], isFinal: true)
        #expect(try reader.hear(bytes) == [.text("€")])
    }

    @Test func `one follows the other`() throws {
        var reader = FrameReader()
        let message = ClientFrame.binary([1], isFinal: false) + ClientFrame.continuation([2], isFinal: true)
        #expect(
            try reader.hear(message + message + ClientFrame.text("x")) == [
                .binary([1, 2]), .binary([1, 2]), .text("x"),
            ])
    }

    @Test func `a close frame between fragments is heard`() throws {
        var reader = FrameReader()
        #expect(
            try reader.hear(ClientFrame.text("a", isFinal: false) + ClientFrame.close(1_001)) == [
                .close(1_001, "")
            ])
    }
}

/// Both sides of `WebSocketLimits`.
@Suite struct `Limits of messages` {
    @Test func `the size of one frame`() {
        #expect(
            FrameReader.outcome([ClientFrame.binary([1, 2, 3])], message: 3).heard == [.binary([1, 2, 3])])
        #expect(FrameReader.outcome([ClientFrame.binary([1, 2, 3, 4])], message: 3).refusal == 1_009)
    }

    @Test func `the size of all fragments together`() {
        let start =
            ClientFrame.binary([1, 2], isFinal: false) + ClientFrame.continuation([3], isFinal: false)
        let fits = start + ClientFrame.continuation([4], isFinal: true)
        let tooBig = start + ClientFrame.continuation([4, 5], isFinal: true)
        #expect(FrameReader.outcome([fits], message: 4).heard == [.binary([1, 2, 3, 4])])
        #expect(FrameReader.outcome([tooBig], message: 4).refusal == 1_009)
        #expect(FrameReader.outcome([fits + fits], message: 4).heard.count == 2, "each message anew")
    }

    @Test func `a frame that is too big is refused by its header`() {
        #expect(FrameReader.outcome([[0x82, 0xFE, 0x00, 0x80]], message: 127).refusal == 1_009)
        #expect(
            FrameReader.outcome([[0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7)]).refusal == 1_009)
        #expect(FrameReader.outcome([[0x82, 0xFF, 0x80] + [UInt8](repeating: 0, count: 7)]).refusal == 1_002)
    }

    /// A control frame is no part of the message that it interrupts (RFC 6455 section 5.4).
    @Test func `a ping does not count against the message around it`() {
        let bytes =
            ClientFrame.binary([1, 2, 3], isFinal: false) + ClientFrame.ping([7, 7])
            + ClientFrame.continuation([], isFinal: true)
        #expect(
            FrameReader.outcome([bytes], message: 3)
                == Outcome(heard: [.ping([7, 7]), .binary([1, 2, 3])]))
    }

    @Test func `a close frame may be longer than the largest message`() {
        #expect(FrameReader.outcome([ClientFrame.close(1_000)], message: 1).heard == [.close(1_000, "")])
    }

    @Test func `the number of fragments, empty ones counted`() {
        let start = ClientFrame.text("a", isFinal: false) + ClientFrame.continuation("", isFinal: false)
        let three = start + ClientFrame.continuation("b", isFinal: true)
        let four =
            start + ClientFrame.continuation("", isFinal: false)
            + ClientFrame.continuation("b", isFinal: true)
        #expect(FrameReader.outcome([three], fragments: 3).heard == [.text("ab")])
        #expect(FrameReader.outcome([four], fragments: 3).refusal == 1_008)
        #expect(FrameReader.outcome([three + three], fragments: 3).heard.count == 2, "each message anew")
    }

    @Test func `control frames are no fragments`() {
        let pings = (0..<50).flatMap { _ in ClientFrame.ping() }
        let bytes =
            ClientFrame.text("a", isFinal: false) + pings + ClientFrame.continuation("b", isFinal: true)
        #expect(FrameReader.outcome([bytes], fragments: 2).heard.last == .text("ab"))
    }
}

/// Breaches of RFC 6455, each with its close code (section 7.4.1).
@Suite struct `WebSocket violations` {
    @Test(
        arguments: [
            ("reserved bit 1", ClientFrame.frame(0x1, reserved: 0x40), 1_002),
            ("reserved bit 2", ClientFrame.frame(0x1, reserved: 0x20), 1_002),
            ("reserved bit 3", ClientFrame.frame(0x1, reserved: 0x10), 1_002),
            ("a frame that is not masked", ClientFrame.frame(0x1, [1], isMasked: false), 1_002),
            ("a ping that is not masked", ClientFrame.frame(0x9, isMasked: false), 1_002),
            ("a fragmented ping", ClientFrame.frame(0x9, isFinal: false), 1_002),
            ("a fragmented pong", ClientFrame.frame(0xA, isFinal: false), 1_002),
            ("a fragmented close", ClientFrame.frame(0x8, isFinal: false), 1_002),
            ("a ping of 126 bytes", ClientFrame.ping([UInt8](repeating: 0, count: 126)), 1_002),
            (
                "a ping of 65,536 bytes, by its header",
                Array(ClientFrame.ping([UInt8](repeating: 0, count: 65_536)).prefix(20)), 1_002
            ),
            ("a close of 126 bytes", ClientFrame.close(1_000, [UInt8](repeating: 0x61, count: 124)), 1_002),
            ("a continuation of nothing", ClientFrame.continuation("a", isFinal: true), 1_002),
            ("a continuation of nothing that goes on", ClientFrame.continuation("a", isFinal: false), 1_002),
            (
                "a continuation of a whole message",
                ClientFrame.text("") + ClientFrame.continuation("a", isFinal: true), 1_002
            ),
            (
                "a continuation of a message that was put together",
                ClientFrame.text("a", isFinal: false) + ClientFrame.continuation("b", isFinal: true)
                    + ClientFrame.continuation("c", isFinal: true), 1_002
            ),
            (
                "a text inside a fragmented one",
                ClientFrame.text("a", isFinal: false) + ClientFrame.text("b"), 1_002
            ),
            (
                "a binary fragment inside a text",
                ClientFrame.text("a", isFinal: false) + ClientFrame.binary([1], isFinal: false), 1_002
            ),
            ("125 bytes with a length of two", [0x82, 0xFE, 0, 125, 0, 0, 0, 0], 1_002),
            ("no bytes with a length of two", [0x81, 0xFE, 0, 0, 0, 0, 0, 0], 1_002),
            (
                "65,535 bytes with a length of eight",
                [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], 1_002
            ),
            ("half a close code", ClientFrame.close([3]), 1_002),
            ("a text that is not UTF-8", ClientFrame.frame(0x1, [0xC3, 0x28]), 1_007),
            ("a text cut inside a character", ClientFrame.frame(0x1, [0xE2, 0x82]), 1_007),
            ("an overlong slash", ClientFrame.frame(0x1, [0xC0, 0xAF]), 1_007),
            ("a surrogate", ClientFrame.frame(0x1, [0xED, 0xA0, 0x80]), 1_007),
            (
                "fragments that are no UTF-8 together",
                ClientFrame.frame(0x1, [0xE2], isFinal: false)
                    + ClientFrame.continuation([0x28], isFinal: true), 1_007
            ),
            ("a close reason that is not UTF-8", ClientFrame.close(1_000, [0xFF]), 1_007),
        ] as [(String, [UInt8], UInt16)])
    func `have their close code however they are split`(name: String, bytes: [UInt8], code: UInt16) {
        for pieces in [[bytes], Splits.byteByByte(bytes)] {
            #expect(FrameReader.outcome(pieces).refusal == code)
        }
    }

    @Test(arguments: [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] as [UInt8])
    func `an unknown opcode is refused`(opcode: UInt8) {
        #expect(FrameReader.outcome([ClientFrame.frame(opcode)]).refusal == 1_002)
    }

    @Test func `control frames may have 125 bytes`() {
        let payload = [UInt8](repeating: 0x61, count: 125)
        #expect(FrameReader.outcome([ClientFrame.ping(payload)]).heard == [.ping(payload)])
        let reason = String(repeating: "a", count: 123)
        #expect(
            FrameReader.outcome([ClientFrame.close(1_000, Array(reason.utf8))]).heard == [
                .close(1_000, reason)
            ])
    }
}

/// RFC 6455 section 8.1, as the strict cases of Autobahn 6.3 and 6.4 read it.
@Suite struct `Texts that are not UTF-8` {
    /// A valid word and then a character above U+10FFFF, certain to be none at its second byte.
    private static let bytes: [UInt8] = Array("κόσμε".utf8) + [0xF4, 0x90, 0x80, 0x80] + Array("edited".utf8)
    private static let wrong = Array("κόσμε".utf8).count + 1

    @Test func `are refused in the byte that makes it certain, before the frame is whole`() {
        let frame = ClientFrame.frame(0x1, Self.bytes)
        let end = 6 + Self.wrong
        #expect(FrameReader.outcome([Array(frame[..<end])]) == Outcome())
        #expect(FrameReader.outcome([Array(frame[...end])]).refusal == 1_007)
        #expect(FrameReader.outcome(Splits.byteByByte(Array(frame[..<end]))) == Outcome())
        #expect(FrameReader.outcome(Splits.byteByByte(Array(frame[...end]))).refusal == 1_007)
    }

    @Test(arguments: 0...24)
    func `are refused in the fragment that makes it certain`(cut: Int) {
        let first = ClientFrame.frame(0x1, Array(Self.bytes.prefix(cut)), isFinal: false)
        let second = ClientFrame.continuation(Array(Self.bytes.dropFirst(cut)), isFinal: false)
        #expect(FrameReader.outcome([first]).refusal == (cut > Self.wrong ? 1_007 : nil))
        let needed = cut > Self.wrong ? first : first + second.prefix(6 + Self.wrong - cut + 1)
        for pieces in [[needed], Splits.byteByByte(needed)] {
            #expect(FrameReader.outcome(pieces).refusal == 1_007)
        }
        let enough = Array(needed.dropLast(cut > Self.wrong ? first.count - 6 : 1))
        #expect(FrameReader.outcome([enough]) == Outcome())
    }

    @Test func `leave the buffer as it was until the frame is whole`() throws {
        let frame = ClientFrame.text("grün")
        var decoder = WebSocketDecoder(limits: WebSocketLimits())
        for count in 0..<frame.count {
            var (bytes, offset) = (Array(frame[..<count]), 0)
            var span = bytes.mutableSpan
            #expect(try decoder.next(in: &span, at: &offset) == .needsMore)
            #expect(offset == 0 && bytes[...] == frame[..<count])
        }
        var (bytes, offset) = (frame, 0)
        var span = bytes.mutableSpan
        #expect(try decoder.next(in: &span, at: &offset) == .text(6..<frame.count))
    }

    @Test func `binary messages may be`() {
        let frames =
            ClientFrame.binary([0xFF, 0xC0]) + ClientFrame.binary([0xFF], isFinal: false)
            + ClientFrame.continuation([0xFE], isFinal: true)
        let expected = Outcome<Message, UInt16>(heard: [.binary([0xFF, 0xC0]), .binary([0xFF, 0xFE])])
        for pieces in Splits.all(frames) { #expect(FrameReader.outcome(pieces) == expected) }
    }

    @Test func `a frame that cannot stand here is refused by its header`() {
        let start = ClientFrame.text("a", isFinal: false)
        let inside = ClientFrame.text("bcd").prefix(6)
        #expect(FrameReader.outcome([start + inside]).refusal == 1_002)
        #expect(
            FrameReader.outcome([Array(ClientFrame.continuation("bcd", isFinal: true).prefix(6))]).refusal
                == 1_002)
    }
}

/// RFC 6455 sections 5.5.1 and 7.4, and IANA's registry of close codes.
@Suite struct `Close codes` {
    private static let valid: Set<Int> = Set(
        [1_000, 1_001, 1_002, 1_003] + (1_007...1_014) + (3_000...4_999))

    @Test func `that a peer may send are told, the others refused`() {
        let edges = Array(0...1_020) + [1_999, 2_000, 2_999, 3_000, 4_000, 4_999, 5_000, 65_535]
        for code in edges {
            let outcome = FrameReader.outcome([ClientFrame.close(UInt16(code), Array("r".utf8))])
            if Self.valid.contains(code) {
                #expect(outcome == Outcome(heard: [.close(UInt16(code), "r")]))
            } else {
                #expect(outcome == Outcome(refusal: 1_002), "\(code)")
            }
        }
    }

    @Test func `none is 1005`() {
        #expect(FrameReader.outcome([ClientFrame.close()]).heard == [.close(1_005, "")])
    }
}
