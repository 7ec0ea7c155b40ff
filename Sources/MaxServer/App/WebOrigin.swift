import EngineNet

/// The origin of a page, spelled as browsers send it (RFC 6454 section 6.2): scheme, host, and a port that is not the
/// scheme's own. One that is spelled differently would never match.
struct WebOrigin: Hashable {
    let text: String

    /// Reads `http://localhost:5173`, in any case, with or without the scheme's own port and a slash at the end; or
    /// `null`. Nil for what no browser sends, such as an origin with a path.
    init?(_ text: String) {
        let text = text.lowercased()
        guard text != "null" else {
            self.text = text
            return
        }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isScheme(parts[0]) else { return nil }
        let authority = parts[1].hasSuffix("/") ? parts[1].dropLast() : parts[1]
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        let isOwn = port == nil || (parts[0] == "http" && port == 80) || (parts[0] == "https" && port == 443)
        self.text = "\(parts[0])://\(host)" + (isOwn ? "" : ":\(port ?? 0)")
    }

    private static func isScheme(_ text: Substring) -> Bool {
        text.first.map { ("a"..."z").contains($0) } == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    private static func hostAndPort(_ authority: Substring) -> (Substring, Int?)? {
        // The colons of an IPv6 address stand in brackets.
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[bracket...].firstIndex(of: ":")
        let host = authority[..<(colon ?? authority.endIndex)]
        guard isHost(host) else { return nil }
        guard let colon else { return (host, nil) }
        let digits = authority[authority.index(after: colon)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        return (host, port)
    }

    /// A name, as a browser spells it in ASCII, or an address.
    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") {
            return IPAddress(String(text.dropFirst().dropLast())) != nil
        }
        return !text.isEmpty
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
    }
}
