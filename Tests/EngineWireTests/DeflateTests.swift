import EngineWire
import TestSupport
import Testing

@Suite struct `Compressed bytes` {
    @Test(arguments: [.raw, .zlib, .gzip] as [DeflateFormat], 8...15)
    func `come back with every window`(format: DeflateFormat, windowBits: Int) throws {
        var random = SplitMix64(seed: 10)
        let deflater = Deflater(format: format, windowBits: windowBits)
        let inflater = Inflater(format: format, windowBits: max(9, windowBits))
        for size in [0, 1, 100, 1_024, 16_384, 16_385, 100_000] {
            let bytes = random.prose(size)
            deflater.reset()
            inflater.reset()
            let compressed = deflater.compressed(bytes, ending: .finish)
            #expect(try inflater.inflated(compressed) == bytes)
            #expect(inflater.isAtStreamEnd)
        }
    }

    @Test(arguments: 0...9, 1...9)
    func `come back with every level and memory`(level: Int, memoryLevel: Int) throws {
        var random = SplitMix64(seed: 11)
        let deflater = Deflater(format: .raw, level: level, memoryLevel: memoryLevel)
        let bytes = random.prose(5_000) + random.bytes(5_000)
        let compressed = deflater.compressed(bytes, ending: .finish)
        #expect(try Inflater(format: .raw).inflated(compressed) == bytes)
    }

    /// zlib takes a window of 9 bits for 8, and must not refer further back in it than 256 bytes.
    @Test func `of a window of 8 bits can be read with one`() throws {
        var random = SplitMix64(seed: 12)
        let bytes = random.prose(50_000)
        let compressed = Deflater(format: .raw, windowBits: 8).compressed(bytes, ending: .syncFlush)
        let inflater = Inflater(format: .raw, windowBits: 8)
        var output: [UInt8] = []
        for byte in compressed { try inflater.inflate([byte].span, into: &output, limit: bytes.count) }
        #expect(output == bytes)
    }

    @Test func `are read however they are split`() throws {
        var random = SplitMix64(seed: 13)
        let bytes = random.prose(60)
        let compressed = Deflater(format: .gzip).compressed(bytes, ending: .finish)
        for pieces in Splits.all(compressed) {
            let inflater = Inflater(format: .gzip)
            var output: [UInt8] = []
            for piece in pieces { try inflater.inflate(piece.span, into: &output, limit: 60) }
            #expect(output == bytes)
        }
    }

    @Test func `go behind what the output has already`() throws {
        var output = Array("a".utf8)
        Deflater(format: .raw).compress(Array("b".utf8).span, into: &output, ending: .finish)
        #expect(output.first == UInt8(ascii: "a"))
        var plain = Array("a".utf8)
        try Inflater(format: .raw).inflate(output.span.extracting(1...), into: &plain, limit: 2)
        #expect(plain == Array("ab".utf8))
    }

    @Test func `refer to what was before, until a reset`() {
        var random = SplitMix64(seed: 14)
        let bytes = random.bytes(300)
        let deflater = Deflater(format: .raw)
        let first = deflater.compressed(bytes, ending: .syncFlush)
        #expect(deflater.compressed(bytes, ending: .syncFlush).count < 20)
        deflater.reset()
        #expect(deflater.compressed(bytes, ending: .syncFlush) == first)
    }

    @Test func `end at a sync flush with an empty block`() {
        let compressed = Deflater(format: .raw).compressed(Array("Hello".utf8), ending: .syncFlush)
        #expect(compressed == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF])
    }

    @Test func `may be one stream behind the other`() throws {
        let deflater = Deflater(format: .gzip)
        let first = deflater.compressed(Array("one".utf8), ending: .finish)
        deflater.reset()
        let second = deflater.compressed(Array("two".utf8), ending: .finish)
        #expect(try Inflater(format: .gzip).inflated(first + second) == Array("onetwo".utf8))
    }
}

/// What `Inflater.inflate` refuses.
@Suite struct `Refused compressed bytes` {
    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 50_000])
    func `hold more than the limit`(size: Int) throws {
        let bytes = [UInt8](repeating: 7, count: size)
        let compressed = Deflater(format: .raw).compressed(bytes, ending: .finish)
        #expect(try Inflater(format: .raw).inflated(compressed, limit: size) == bytes)
        guard size > 0 else { return }
        var output: [UInt8] = []
        #expect(throws: InflateFailure.tooLarge) {
            try Inflater(format: .raw).inflate(compressed.span, into: &output, limit: size - 1)
        }
        #expect(output.count < size)
    }

    @Test func `that inflate to a thousand times as much stay within the limit`() throws {
        let bomb = Deflater(format: .raw).compressed(.init(repeating: 0, count: 50_000_000), ending: .finish)
        #expect(bomb.count < 60_000)
        var output: [UInt8] = []
        #expect(throws: InflateFailure.tooLarge) {
            try Inflater(format: .raw).inflate(bomb.span, into: &output, limit: 100_000)
        }
        #expect(output.count <= 100_000)
        #expect(output.capacity <= 300_000, "nor did it make room for more")
    }

    @Test(
        arguments: [
            (.raw, [0x07]), (.raw, [0x03, 0x02, 0x00]), (.raw, [0x00, 0x01, 0x00, 0x00, 0x00]),
            (.zlib, [0x78, 0x9D]), (.zlib, [0x78, 0xBB, 0, 0, 0, 0]),
            (.gzip, [0x1F, 0x8C]),
        ] as [(DeflateFormat, [UInt8])])
    func `are no compressor's`(format: DeflateFormat, bytes: [UInt8]) {
        #expect(throws: InflateFailure.corrupt) { try Inflater(format: format).inflated(bytes) }
    }

    @Test func `leave an inflater that can be used again`() throws {
        let inflater = Inflater(format: .raw)
        #expect(throws: InflateFailure.corrupt) { try inflater.inflated([0x07]) }
        inflater.reset()
        #expect(try inflater.inflated([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) == Array("Hello".utf8))
    }

    @Test func `that are cut are seen to be no whole`() throws {
        let compressed = Deflater(format: .raw).compressed(Array("Hello".utf8), ending: .syncFlush)
        for end in 1...compressed.count {
            let inflater = Inflater(format: .raw)
            _ = try inflater.inflated(Array(compressed[..<end]))
            #expect(inflater.isAtBoundary == (end == compressed.count), "\(end)")
        }
    }
}

@Suite struct `Memory of compression` {
    @Test func `is as zlib's manual counts it`() {
        #expect(Deflater.memory(windowBits: 15, memoryLevel: 8) == 268_288)
        #expect(Deflater.memory(windowBits: 8, memoryLevel: 1) == 9_216)
        #expect(Inflater.memory(windowBits: 15) == 39_936)
        #expect(Inflater.memory(windowBits: 8) == 7_424)
    }
}

extension Deflater {
    func compressed(_ bytes: [UInt8], ending: Ending) -> [UInt8] {
        var output: [UInt8] = []
        compress(bytes.span, into: &output, ending: ending)
        return output
    }
}

extension Inflater {
    func inflated(_ bytes: [UInt8], limit: Int = 1_000_000) throws(InflateFailure) -> [UInt8] {
        var output: [UInt8] = []
        try inflate(bytes.span, into: &output, limit: limit)
        return output
    }
}

extension SplitMix64 {
    /// Bytes that repeat themselves as text does: near and far, in short runs.
    mutating func prose(_ count: Int) -> [UInt8] {
        var text: [UInt8] = []
        while text.count < count {
            if text.count > 20, Bool.random(using: &self) {
                let back = Int.random(in: 1...min(text.count, 600), using: &self)
                let start = text.count - back
                text += text[start..<min(start + Int.random(in: 3...40, using: &self), text.count)]
            } else {
                text += bytes(3).map { 0x61 + $0 % 26 }
            }
        }
        return Array(text.prefix(count))
    }
}
