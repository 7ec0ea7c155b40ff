internal import CTLS

/// SHA-256 (FIPS 180-4), as OpenSSL has it.
enum SHA256Digest {
    /// The digest in hexadecimal digits.
    static func hex(of text: String) -> String {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        _ = unsafe SHA256(bytes, bytes.count, &digest)
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
