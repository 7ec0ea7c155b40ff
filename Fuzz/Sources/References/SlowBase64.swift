/// A second reader and writer of base64 (RFC 4648), written for comparison. As lax as Node: digits of both
/// alphabets, padding or not, whatever the last bits are.
enum SlowBase64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        // What is left of the digits so far, and how many bits that is.
        var (rest, bits) = (0, 0)
        for byte in text.dropLast(padding) {
            let digit =
                byte == UInt8(ascii: "-") ? 62 : byte == UInt8(ascii: "_") ? 63 : digits.firstIndex(of: byte)
            guard let digit else { return nil }
            (rest, bits) = (rest << 6 + digit, bits + 6)
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(rest >> bits))
            rest %= 1 << bits
        }
        // One digit alone is less than a byte.
        return bits == 6 ? nil : bytes
    }

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var (rest, bits) = (0, 0)
        for byte in bytes {
            (rest, bits) = (rest << 8 + Int(byte), bits + 8)
            while bits >= 6 {
                bits -= 6
                text.append(digits[rest >> bits])
                rest %= 1 << bits
            }
        }
        if bits > 0 { text.append(digits[rest << (6 - bits)]) }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return text
    }
}
