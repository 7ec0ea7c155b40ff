import EngineWire
import TestSupport
import Testing

@Suite struct `Masking` {
    @Test func `agrees with xor byte by byte, for every offset and length up to 100`() {
        var random = SplitMix64(seed: 2)
        for offset in 0...100 {
            let (bytes, key) = (random.bytes(offset + 103), random.bytes(4))
            var model = bytes
            for i in offset..<bytes.count { model[i] ^= key[(i - offset) % 4] }
            for length in 0...100 {
                var masked = bytes
                mask(&masked, key, offset..<(offset + length))
                let expected = model[..<(offset + length)] + bytes[(offset + length)...]
                guard masked[...] != expected else { continue }
                Issue.record("offset \(offset), length \(length)")
                return
            }
        }
    }

    @Test func `twice changes nothing`() {
        var random = SplitMix64(seed: 3)
        let bytes = random.bytes(1_000)
        var masked = bytes
        mask(&masked, [1, 2, 3, 4], 0..<1_000)
        #expect(masked != bytes)
        mask(&masked, [1, 2, 3, 4], 0..<1_000)
        #expect(masked == bytes)
    }

    private func mask(_ bytes: inout [UInt8], _ key: [UInt8], _ range: Range<Int>) {
        var span = bytes.mutableSpan
        let number = key.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        WebSocketMask.apply(number, to: &span, in: range)
    }
}

@Suite struct `A server's frames` {
    @Test(
        arguments: [
            (0, [0x81, 0]), (1, [0x81, 1]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]),
            (127, [0x81, 126, 0, 127]),
            (65_535, [0x81, 126, 0xFF, 0xFF]), (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (0x0102_0304_0506, [0x81, 127, 0, 0, 1, 2, 3, 4, 5, 6]),
        ] as [(Int, [UInt8])])
    func `have the shortest header for their length`(count: Int, expected: [UInt8]) {
        var header: [UInt8] = []
        WebSocketFrame.appendHeader(.text, payload: count, to: &header)
        #expect(header == expected)
        #expect(WebSocketFrame.headerLength(payload: count) == expected.count)
    }

    @Test(
        arguments: [
            (.continuation, 0x80), (.text, 0x81), (.binary, 0x82), (.close, 0x88), (.ping, 0x89),
            (.pong, 0x8A),
        ] as [(WebSocketOpcode, UInt8)])
    func `are final`(opcode: WebSocketOpcode, first: UInt8) {
        var header: [UInt8] = []
        WebSocketFrame.appendHeader(opcode, payload: 0, to: &header)
        #expect(header == [first, 0])
        #expect(opcode.isControl == (opcode.rawValue >= 8))
    }

    @Test func `that close carry code and reason`() {
        #expect(WebSocketFrame.close(code: 1_002, reason: "no") == [0x88, 4, 0x03, 0xEA] + Array("no".utf8))
        #expect(WebSocketFrame.close(code: 1_000, reason: "") == [0x88, 2, 0x03, 0xE8])
    }

    @Test func `that close cut a long reason at a character's end`() {
        #expect(WebSocketFrame.close(code: 1_000, reason: String(repeating: "a", count: 123)).count == 127)
        #expect(WebSocketFrame.close(code: 1_000, reason: String(repeating: "a", count: 124)).count == 127)
        let bytes = WebSocketFrame.close(code: 1_000, reason: String(repeating: "€", count: 50))
        #expect(bytes.count == 4 + 123)
        #expect(String(validating: bytes[4...], as: UTF8.self) == String(repeating: "€", count: 41))
    }
}
