import EngineWire
import TestSupport
import Testing

@Suite struct `UTF-8 in pieces` {
    @Test func `every character is accepted, whole and byte by byte`() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var validator = UTF8Validator()
            for byte in UTF8.encode(scalar) ?? .init() {
                guard validator.accepts([byte].span) else {
                    Issue.record("U+\(String(value, radix: 16))")
                    return
                }
            }
            guard !validator.isAtBoundary else { continue }
            Issue.record("U+\(String(value, radix: 16)) is not whole")
            return
        }
    }

    /// The earliest byte that makes a text invalid is the one that is refused.
    @Test(
        arguments: [
            ([0x80], 0), ([0xBF], 0), ([0xC0, 0xAF], 0), ([0xC1, 0xBF], 0), ([0xC3, 0x28], 1),
            ([0xC3, 0xC3], 1),
            ([0xE0, 0x9F, 0xBF], 1), ([0xE0, 0xA0, 0x7F], 2), ([0xED, 0xA0, 0x80], 1),
            ([0xED, 0x9F, 0xC0], 2),
            ([0xEF, 0xBF, 0x00], 2), ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF0, 0x90, 0x80, 0xC0], 3),
            ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF4, 0x8F, 0xBF, 0xFF], 3), ([0xF5], 0), ([0xFE], 0),
            ([0xFF], 0),
            ([0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xF4, 0x90], 6), (Array("aaaaaaaaaaaa".utf8) + [0x80], 12),
        ] as [([UInt8], Int)])
    func `what is none is refused at its first wrong byte`(bytes: [UInt8], place: Int) {
        var validator = UTF8Validator()
        #expect(bytes.firstIndex { !validator.accepts([$0].span) } == place)
        validator = UTF8Validator()
        let before = validator.accepts(bytes.span.extracting(..<place))
        #expect(before && !validator.accepts(bytes.span.extracting(place...)))
    }

    @Test func `random bytes are judged as the standard library does, split and masked anyhow`() {
        var random = SplitMix64(seed: 20)
        var (accepted, refused) = (0, 0)
        for _ in 0..<10_000 {
            let text = String((0..<20).map { _ in random.character() }).utf8
            let bytes =
                Bool.random(using: &random) ? Array(text) : random.damaged(Array(text), inserting: [0x80])
            let isText = String(validating: bytes, as: UTF8.self) != nil
            if isText { accepted += 1 } else { refused += 1 }
            guard judge(Splits.random(bytes, &random), key: random.bytes(4)) != isText else { continue }
            Issue.record("\(bytes)")
            return
        }
        #expect(accepted > 2_000 && refused > 2_000)
    }

    private func judge(_ pieces: [[UInt8]], key: [UInt8]) -> Bool {
        var validator = UTF8Validator()
        for piece in pieces {
            let masked = piece.enumerated().map { $1 ^ key[$0 % 4] }
            let number = key.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard validator.accepts(masked.span, maskedWith: number) else { return false }
        }
        return validator.isAtBoundary
    }
}

extension SplitMix64 {
    /// Of one to four bytes, each as likely; ASCII mostly in runs.
    mutating func character() -> Character {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0x20...0x7E, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF,
            0x10000...0x10FFFF,
        ]
        let range = ranges[Int.random(in: 0..<ranges.count, using: &self)]
        return Unicode.Scalar(UInt32.random(in: range, using: &self)).map { Character($0) } ?? "?"
    }
}
