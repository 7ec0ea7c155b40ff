import TestSupport
import Testing

@testable import EngineWire

/// Eight bytes at a time must find what one at a time finds.
@Suite struct `Looking for bytes` {
    private func random(_ count: Int, from few: [UInt8], _ numbers: inout SplitMix64) -> [UInt8] {
        (0..<count).map { _ in few[Int.random(in: few.indices, using: &numbers)] }
    }

    private func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.span.equals(b.span) }

    private func number(_ text: some Sequence<UInt8>) -> UInt64? { Base64.urlNumber(Array(text).span) }

    @Test(arguments: [0, 0x1E, 0x26, 0x7F, 0x80, 0xFF] as [UInt8])
    func `finds the first of its kind from any place on`(byte: UInt8) {
        var numbers = SplitMix64(seed: UInt64(byte))
        for count in 0...40 {
            let bytes = random(count, from: [byte, byte &+ 1, byte &- 1, byte ^ 0x80, 0x41, 0x42], &numbers)
            for start in 0...count {
                let found = bytes.span.firstIndex(of: byte, from: start)
                #expect(found == bytes[start...].firstIndex(of: byte))
            }
        }
    }

    @Test func `finds nothing in what has none`() {
        let bytes = [UInt8](repeating: 0x41, count: 33)
        #expect(bytes.span.firstIndex(of: 0x42) == nil)
        #expect(bytes.span.firstIndex(of: 0x41, from: 33) == nil)
        #expect([UInt8]().span.firstIndex(of: 0x41) == nil)
    }

    @Test(arguments: 0...20)
    func `tells bytes that differ in one place`(count: Int) {
        let bytes = (0..<count).map { UInt8($0) }
        #expect(isSame(bytes, bytes))
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 0x80
            #expect(!isSame(bytes, other))
        }
        #expect(!isSame(bytes, bytes + [0]))
    }

    @Test(arguments: 0...255 as ClosedRange<UInt8>)
    func `knows in any place what may stand in a field's value`(byte: UInt8) {
        for place in 0..<17 {
            var bytes = [UInt8](repeating: 0x61, count: 17)
            bytes[place] = byte
            let isValue = ASCII.isFieldValue(bytes.span)
            #expect(isValue == ASCII.isFieldValue(byte))
        }
    }

    @Test(arguments: 0...255 as ClosedRange<UInt8>)
    func `ends a request's target where a space or a control character stands`(byte: UInt8) throws {
        for place in 1..<18 {
            var target = Array("/socket.io/?EIO=4&t".utf8)
            target[place] = byte
            let head = Array("GET ".utf8) + target + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            var decoder = RequestDecoder(limits: HTTPLimits())
            let event = try? decoder.decode(head.span).event
            guard byte > 0x20, byte != 0x7F else {
                #expect(event == nil, "byte \(byte) at \(place)")
                continue
            }
            guard case .head(let request) = event else {
                Issue.record("byte \(byte) at \(place) is refused")
                continue
            }
            let question = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
            #expect(request.path == String(decoding: target[..<question], as: UTF8.self))
            #expect(request.query == String(decoding: target.dropFirst(question + 1), as: UTF8.self))
        }
    }

    @Test func `reads URL-safe digits as a number, and nothing else`() {
        // Of its type: what `1 << 60 - 1` alone becomes here, the compiler gets wrong.
        let numbers: [(text: String, value: UInt64)] = [
            ("AAAAAAAAAB", 1), ("__________", 1 << 60 - 1), ("-A", 62 << 6),
        ]
        for (text, value) in numbers { #expect(number(text.utf8) == value) }
        for byte in UInt8.min...UInt8.max {
            let isDigit = (byte < 0x80 && Character(UnicodeScalar(byte)).isLetter) || ASCII.isDigit(byte)
            let isKnown = isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            #expect((number([0x41, byte]) != nil) == isKnown)
        }
    }
}
