#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How cursors are spelt: clients give them back as they got them, in queries. A number and a text behind a space, as
/// base64url (RFC 4648 section 5).
enum CursorText {
    /// Longest text that is read, in bytes.
    private static let longest = 2_000

    static func make(_ word: some BinaryInteger, _ rest: String) -> String {
        let standard = Data("\(word) \(rest)".utf8).base64EncodedString()
        return String(standard.compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }

    /// - Returns: nil for a text that is none; neither part is empty.
    static func parts(_ text: String) -> (word: String, rest: String)? {
        guard text.utf8.count <= longest else { return nil }
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard + padding),
            let plain = String(validating: data, as: UTF8.self), !plain.utf8.contains(0)
        else { return nil }
        let parts = plain.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }
}
