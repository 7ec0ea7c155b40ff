import EngineWire

/// A second reader of `Accept-Encoding` (RFC 9110 sections 12.4.2 and 12.5.3), written for comparison.
enum SlowAcceptEncoding {
    static func choose(_ field: String) -> HTTPContentCoding? {
        var weights: [String: Int] = [:]
        for element in field.unicodeScalars.split(separator: ",") {
            let parts = element.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(String.UnicodeScalarView(trimmed(parts[0])))
            if let weight = parts.count == 1 ? 1_000 : weight(trimmed(parts[1])) {
                weights[lowercased(name)] = weight
            }
        }
        let gzip = weights["gzip"] ?? weights["*"] ?? 0
        let deflate = weights["deflate"] ?? weights["*"] ?? 0
        let plain = weights["identity"] ?? 0
        if gzip > 0, gzip >= deflate, gzip >= plain { return .gzip }
        return deflate > 0 && deflate > gzip && deflate >= plain ? .deflate : nil
    }

    /// `q=0.5` in thousandths.
    private static func weight(_ text: Substring.UnicodeScalarView) -> Int? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["q", "Q"].contains(String(parts[0])) else { return nil }
        let digits = parts[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits.first, ["0", "1"].contains(String(whole)) else { return nil }
        let fraction = digits.count == 2 ? String(digits[1]) : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
        let thousandths = fraction + String(repeating: "0", count: 3 - fraction.utf8.count)
        let weight = (Int(String(whole)) ?? 0) * 1_000 + (Int(thousandths) ?? 0)
        return weight <= 1_000 ? weight : nil
    }

    private static func trimmed(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    private static func lowercased(_ name: String) -> String {
        String(decoding: name.utf8.map { 65...90 ~= $0 ? $0 + 32 : $0 }, as: UTF8.self)
    }
}
