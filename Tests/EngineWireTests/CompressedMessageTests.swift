import EngineWire
import TestSupport
import Testing

/// RFC 7692 sections 6 and 7.2: what a client compresses.
@Suite struct `Compressed messages` {
    private static let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]

    @Test(
        arguments: [
            ("7.2.3.1 - one block", hello, "Hello"),
            (
                "7.2.3.3 - a block without compression",
                [0x00, 5, 0, 0xFA, 0xFF] + Array("Hello".utf8) + [0], "Hello"
            ),
            ("7.2.3.4 - a final block", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], "Hello"),
            (
                "7.2.3.5 - two blocks",
                [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00], "Hello"
            ),
            ("7.2.3.6 - an empty message", [0x00], ""),
            ("nothing at all, as zlib writes it behind a flush", [], ""),
            (
                "a final block in the middle",
                [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00] + hello, "HelloHello"
            ),
            ("a final block and nothing more", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], "Hello"),
        ] as [(String, [UInt8], String)])
    func `of RFC 7692 are read however they are split`(example: String, payload: [UInt8], text: String) {
        for middle in 0...payload.count {
            let fragments =
                ClientFrame.compressed(Array(payload[..<middle]), isFinal: false) + ClientFrame.ping()
                + ClientFrame.continuation(Array(payload[middle...]), isFinal: true)
            let bytes = ClientFrame.compressed(payload) + fragments + ClientFrame.text("plain")
            for pieces in [[bytes], Splits.byteByByte(bytes)] {
                let heard = FrameReader.outcome(pieces, inflater: .alone)
                #expect(heard == Outcome(heard: [.text(text), .ping([]), .text(text), .text("plain")]))
            }
        }
    }

    @Test func `may be binary`() {
        let bytes = ClientFrame.compressed(Self.hello, opcode: 0x2)
        #expect(FrameReader.outcome([bytes], inflater: .alone).heard == [.binary(Array("Hello".utf8))])
    }

    /// Section 7.2.3.2.
    @Test func `refer to those before only where contexts are kept`() {
        let bytes =
            ClientFrame.compressed(Self.hello) + ClientFrame.compressed([0xF2, 0x00, 0x11, 0x00, 0x00])
        let kept = MessageInflater(Inflater(format: .raw), keepsContext: true)
        #expect(FrameReader.outcome([bytes], inflater: kept).heard == [.text("Hello"), .text("Hello")])
        #expect(
            FrameReader.outcome([bytes], inflater: .alone) == Outcome(heard: [.text("Hello")], refusal: 1_007)
        )
    }

    @Test func `may follow one that ended with a final block`() {
        let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        let bytes =
            ClientFrame.compressed(final) + ClientFrame.compressed(Self.hello)
            + ClientFrame.compressed([0xF2, 0x00, 0x11, 0x00, 0x00])
        let kept = MessageInflater(Inflater(format: .raw), keepsContext: true)
        let heard = FrameReader.outcome([bytes], inflater: kept).heard
        #expect(heard == [.text("Hello"), .text("Hello"), .text("Hello")])
    }

    @Test func `of connections that share an inflater do not meet`() throws {
        let inflater = Inflater(format: .raw)
        var one = FrameReader(inflater: MessageInflater(inflater, keepsContext: false))
        var other = FrameReader(inflater: MessageInflater(inflater, keepsContext: false))
        let start = ClientFrame.compressed(Array(Self.hello[..<3]), isFinal: false)
        #expect(try one.hear(start) == [])
        #expect(try other.hear(ClientFrame.compressed(Self.hello)) == [.text("Hello")])
        #expect(throws: WebSocketViolation.self) { try other.hear(ClientFrame.compressed([0x07])) }
        let rest = ClientFrame.continuation(Array(Self.hello[3...]), isFinal: true)
        #expect(try one.hear(rest) == [.text("Hello")])
    }

    @Test(
        arguments: [
            ("a reserved bit 2", ClientFrame.frame(0x1, reserved: 0x20), 1_002),
            ("a reserved bit 3", ClientFrame.frame(0x1, reserved: 0x10), 1_002),
            ("two reserved bits", ClientFrame.frame(0x1, hello, reserved: 0x60), 1_002),
            ("a compressed ping", ClientFrame.compressed([0x00], opcode: 0x9), 1_002),
            ("a compressed close", ClientFrame.compressed([], opcode: 0x8), 1_002),
            (
                "a compressed continuation",
                ClientFrame.compressed([0x00], isFinal: false) + ClientFrame.compressed([0x00], opcode: 0x0),
                1_002
            ),
            (
                "a message inside a compressed one",
                ClientFrame.compressed(hello, isFinal: false) + ClientFrame.text("a"), 1_002
            ),
            ("no compressor's bytes", ClientFrame.compressed([0x07]), 1_007),
            ("a cut block", ClientFrame.compressed([0xF2, 0x48, 0xCD]), 1_007),
            (
                "a tail that was not left out", ClientFrame.compressed(hello + [0x00, 0x00, 0xFF, 0xFF]),
                1_007
            ),
            (
                "a text that is not UTF-8", ClientFrame.compressed([0x00, 1, 0, 0xFE, 0xFF, 0xFF, 0x00]),
                1_007
            ),
            (
                "a text cut inside a character",
                ClientFrame.compressed([0x00, 1, 0, 0xFE, 0xFF, 0xC3, 0x00]), 1_007
            ),
        ] as [(String, [UInt8], UInt16)])
    func `have violations of their own`(name: String, bytes: [UInt8], code: UInt16) {
        for pieces in [[bytes], Splits.byteByByte(bytes)] {
            #expect(FrameReader.outcome(pieces, inflater: .alone).refusal == code)
        }
    }

    @Test func `are refused where they were not agreed upon`() {
        #expect(FrameReader.outcome([ClientFrame.compressed(Self.hello)]).refusal == 1_002)
    }
}

/// Both sides of `WebSocketLimits` for compressed messages.
@Suite struct `Limits of compressed messages` {
    @Test(arguments: [true, false])
    func `count what is inflated`(isFragmented: Bool) {
        let bytes = [UInt8](repeating: 7, count: 50_000)
        let frames = CompressingClient().frames(bytes, fragments: isFragmented ? 3 : 1)
        #expect(
            FrameReader.outcome([frames], message: 50_000, inflater: .alone).heard == [.binary(bytes)])
        #expect(FrameReader.outcome([frames], message: 49_999, inflater: .alone).refusal == 1_009)
    }

    /// Bytes that do not compress get longer; a little more than that may come, and no more.
    @Test func `let a message come that compression made longer`() {
        var random = SplitMix64(seed: 30)
        let bytes = random.bytes(10_000)
        let frames = CompressingClient().frames(bytes, fragments: 1)
        #expect(frames.count > 10_000 + 8)
        #expect(FrameReader.outcome([frames], message: 10_000, inflater: .alone).heard == [.binary(bytes)])
    }

    @Test(arguments: 1...3)
    func `count the compressed bytes as well`(fragments: Int) {
        // Empty blocks: five bytes each that inflate to nothing.
        let block: [UInt8] = [0x00, 0x00, 0x00, 0xFF, 0xFF]
        let blocks = [[UInt8]](repeating: block, count: 100).flatMap(\.self) + [0x00]
        let frames = CompressingClient.cut(blocks, fragments)
        // 501 bytes; 429 + 53 + 6 + 16 is 504, and 425 + 53 + 6 + 16 is 500.
        #expect(FrameReader.outcome([frames], message: 429, inflater: .alone).heard == [.binary([])])
        #expect(FrameReader.outcome([frames], message: 425, inflater: .alone).refusal == 1_009)
    }

    @Test func `are looked at in the header`() {
        let header: [UInt8] = [0xC2, 0xFE, 0x01, 0x00]
        #expect(FrameReader.outcome([header], message: 200, inflater: .alone).refusal == 1_009)
        #expect(FrameReader.outcome([header], message: 215, inflater: .alone) == Outcome())
    }

    @Test func `hold for the number of fragments`() {
        let start = ClientFrame.compressed([0x00], opcode: 0x2, isFinal: false)
        let two = start + ClientFrame.continuation([], isFinal: true)
        let three =
            start + ClientFrame.continuation([], isFinal: false) + ClientFrame.continuation([], isFinal: true)
        #expect(FrameReader.outcome([two], fragments: 2, inflater: .alone).heard == [.binary([])])
        #expect(FrameReader.outcome([three], fragments: 2, inflater: .alone).refusal == 1_008)
    }

    @Test func `begin anew with each message`() {
        let bytes = [UInt8](repeating: 7, count: 1_000)
        let client = CompressingClient()
        let frames =
            client.frames(bytes, fragments: 2) + ClientFrame.binary(bytes)
            + client.frames(bytes, fragments: 1)
        #expect(
            FrameReader.outcome([frames], message: 1_000, inflater: .alone).heard
                == [.binary(bytes), .binary(bytes), .binary(bytes)])
    }
}

/// `MessageDeflater` against `WebSocketDecoder`.
@Suite struct `Messages that are compressed and inflated` {
    private static let sizes = [0, 1, 2, 5, 125, 126, 1_000, 0, 0, 65_535, 65_536, 70_000, 1]

    @Test(arguments: 8...15, [true, false])
    func `come back`(windowBits: Int, keepsContext: Bool) throws {
        var random = SplitMix64(seed: 31)
        let inflater = Inflater(format: .raw, windowBits: windowBits)
        var reader = FrameReader(inflater: MessageInflater(inflater, keepsContext: keepsContext))
        let client = CompressingClient(windowBits: windowBits, keepsContext: keepsContext)
        for size in Self.sizes {
            let bytes = random.prose(size)
            #expect(try reader.hear(client.frames(bytes, fragments: 1)) == [.binary(bytes)])
            #expect(try reader.hear(client.frames(bytes, fragments: 3)) == [.binary(bytes)])
            #expect(try reader.hear(ClientFrame.binary(bytes)) == [.binary(bytes)])
        }
    }

    @Test func `are smaller when a context is kept`() {
        let message = Array(#"42["price",{"symbol":"MAX","bid":1.2345,"ask":1.2347}]"#.utf8)
        let kept = MessageDeflater(Deflater(format: .raw), keepsContext: true)
        let alone = MessageDeflater(Deflater(format: .raw), keepsContext: false)
        var (frames, before) = ([UInt8](), 0)
        for deflater in [alone, alone, kept, kept] {
            before = frames.count
            deflater.appendFrame(.text, message.span, to: &frames)
        }
        #expect(frames.count - before < 12)
    }

    /// Section 7.2.3.1.
    @Test func `have the first reserved bit and no tail`() {
        var frame: [UInt8] = [9]
        let deflater = MessageDeflater(Deflater(format: .raw), keepsContext: false)
        deflater.appendFrame(.text, Array("Hello".utf8).span, to: &frame)
        #expect(frame == [9, 0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    }

    @Test func `have one byte when they are empty`() {
        var frames: [UInt8] = []
        let deflater = MessageDeflater(Deflater(format: .raw), keepsContext: true)
        for text in ["a", "", ""] { deflater.appendFrame(.binary, Array(text.utf8).span, to: &frames) }
        #expect(frames.suffix(6) == [0xC2, 1, 0, 0xC2, 1, 0])
    }
}

/// A client that sends what it compresses in binary messages.
struct CompressingClient {
    private let deflater: MessageDeflater

    init(windowBits: Int = 15, keepsContext: Bool = false) {
        deflater = MessageDeflater(
            Deflater(format: .raw, windowBits: windowBits), keepsContext: keepsContext)
    }

    func frames(_ message: [UInt8], fragments: Int) -> [UInt8] {
        var frame: [UInt8] = []
        deflater.appendFrame(.binary, message.span, to: &frame)
        let header = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10
        return Self.cut(Array(frame[header...]), fragments)
    }

    /// A compressed payload as a message of so many frames.
    static func cut(_ payload: [UInt8], _ fragments: Int) -> [UInt8] {
        (0..<fragments).flatMap { i in
            let piece = Array(
                payload[(payload.count * i / fragments)..<(payload.count * (i + 1) / fragments)])
            let isFinal = i == fragments - 1
            return i == 0
                ? ClientFrame.compressed(piece, opcode: 0x2, isFinal: isFinal)
                : ClientFrame.continuation(piece, isFinal: isFinal)
        }
    }
}

extension MessageInflater {
    /// Of one connection that keeps no context.
    static var alone: MessageInflater { MessageInflater(Inflater(format: .raw), keepsContext: false) }
}
