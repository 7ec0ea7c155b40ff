/// Base64 of RFC 4648 section 4, as Engine.IO uses it for binary packets over HTTP long-polling.
package enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let invalid: UInt8 = 0xFF

    /// Value of each byte as a digit; the URL-safe digits `-` and `_` count too, as they do in Node.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: invalid, count: 256)
        for (value, digit) in alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
        table[Int(UInt8(ascii: "-"))] = 62
        table[Int(UInt8(ascii: "_"))] = 63
        return table
    }()

    /// Appends the padded encoding of `bytes`.
    package static func encode(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
        append(bytes, digits: alphabet, padded: true, to: &output)
    }

    /// The unpadded URL-safe encoding (RFC 4648 section 5): how session ids are written.
    package static func urlSafe(_ bytes: Span<UInt8>) -> String {
        var output: [UInt8] = []
        append(bytes, digits: urlAlphabet, padded: false, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ bytes: Span<UInt8>, digits: [UInt8], padded: Bool, to output: inout [UInt8])
    {
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        var i = 0
        while i + 3 <= bytes.count {
            let group = UInt32(bytes[i]) << 16 | UInt32(bytes[i + 1]) << 8 | UInt32(bytes[i + 2])
            output.append(digits[Int(group >> 18 & 63)])
            output.append(digits[Int(group >> 12 & 63)])
            output.append(digits[Int(group >> 6 & 63)])
            output.append(digits[Int(group & 63)])
            i += 3
        }
        let rest = bytes.count - i
        guard rest > 0 else { return }
        let group = UInt32(bytes[i]) << 16 | (rest == 2 ? UInt32(bytes[i + 1]) << 8 : 0)
        output.append(digits[Int(group >> 18 & 63)])
        output.append(digits[Int(group >> 12 & 63)])
        if rest == 2 { output.append(digits[Int(group >> 6 & 63)]) }
        if padded { for _ in rest..<3 { output.append(UInt8(ascii: "=")) } }
    }

    /// The number that digits of the URL-safe alphabet make, the first the highest; nil if there are other bytes.
    /// - Parameter text: at most ten digits: 60 bits.
    package static func urlNumber(_ text: Span<UInt8>) -> UInt64? {
        let values = values
        var number: UInt64 = 0
        for i in text.indices {
            let byte = text[i]
            let value = values[Int(byte)]
            guard value != invalid, byte != UInt8(ascii: "+"), byte != UInt8(ascii: "/") else { return nil }
            number = number << 6 | UInt64(value)
        }
        return number
    }

    /// The bytes that `text` encodes, or nil when it is not base64. Missing padding is accepted.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1 else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(end / 4 * 3 + 2)
        var group: UInt32 = 0
        for i in 0..<end {
            let value = values[Int(text[i])]
            guard value != invalid else { return nil }
            group = group << 6 | UInt32(value)
            if i % 4 == 3 {
                output.append(UInt8(truncatingIfNeeded: group >> 16))
                output.append(UInt8(truncatingIfNeeded: group >> 8))
                output.append(UInt8(truncatingIfNeeded: group))
            }
        }
        switch end % 4 {
        case 2: output.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3:
            output.append(UInt8(truncatingIfNeeded: group >> 10))
            output.append(UInt8(truncatingIfNeeded: group >> 2))
        default: break
        }
        return output
    }
}
