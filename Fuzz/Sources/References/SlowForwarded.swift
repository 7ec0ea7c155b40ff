import EngineNet

/// A second reader of `X-Forwarded-For` and `Forwarded` (RFC 7239), written for comparison: it splits the whole list
/// first, from its beginning.
enum SlowForwarded {
    /// The client behind the proxy 10.0.0.1, who tells it in `X-Forwarded-For`.
    static func client(xForwardedFor values: [String], _ proxies: TrustedProxies) -> IPAddress {
        let elements = values.flatMap { $0.utf8.split(separator: comma).map(Array.init) }
        return client(elements, proxies) { element in
            let text = String(decoding: element, as: UTF8.self)
            return IPAddress(text) ?? node(text)
        }
    }

    /// The same of `Forwarded`; nil for values that are no well-formed list, which can be split in more than one way.
    static func client(forwarded values: [String], _ proxies: TrustedProxies) -> IPAddress? {
        var elements: [[UInt8]] = []
        for value in values {
            guard let parts = split(Array(value.utf8), at: comma) else { return nil }
            elements += parts
        }
        return client(elements, proxies) { element in
            guard let pairs = split(Array(element), at: UInt8(ascii: ";")) else { return nil }
            var nodes: [String] = []
            for pair in pairs.map({ SlowHTTP.trimmed($0[...]) }) where !pair.isEmpty {
                guard let sign = pair.firstIndex(of: UInt8(ascii: "=")), SlowHTTP.isToken(pair[..<sign]),
                    let value = unquoted(pair[(sign + 1)...])
                else { return nil }
                if String(decoding: pair[..<sign], as: UTF8.self).lowercased() == "for" {
                    nodes.append(value)
                }
            }
            return nodes.count == 1 ? node(nodes[0]) : nil
        }
    }

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// From the last element on, as long as a trusted proxy speaks.
    private static func client(
        _ elements: [[UInt8]], _ proxies: TrustedProxies, _ address: (ArraySlice<UInt8>) -> IPAddress?
    ) -> IPAddress {
        var client = IPAddress(v4: 0x0A00_0001)
        let elements = elements.map { SlowHTTP.trimmed($0[...]) }.filter { !$0.isEmpty }
        for element in elements.reversed().prefix(TrustedProxies.maxHops) {
            guard let hop = address(element) else { return client }
            client = hop
            if !proxies.trusts(hop) { return client }
        }
        return client
    }

    /// Parts between marks that are in no quoted string; nil if one does not end or a backslash is in none.
    private static func split(_ bytes: [UInt8], at mark: UInt8) -> [[UInt8]]? {
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == mark, !isQuoted {
                parts.append([])
                continue
            }
            parts[parts.count - 1].append(byte)
            if byte == quote { isQuoted.toggle() }
            guard byte == backslash else { continue }
            guard isQuoted, let escaped = rest.popFirst() else { return nil }
            parts[parts.count - 1].append(escaped)
        }
        return isQuoted ? nil : parts
    }

    private static func unquoted(_ value: ArraySlice<UInt8>) -> String? {
        guard value.first == quote else {
            return value.isEmpty || value.contains(quote) ? nil : String(decoding: value, as: UTF8.self)
        }
        var content: [UInt8] = []
        var rest = value.dropFirst()
        while let byte = rest.popFirst(), byte != quote {
            content.append(byte == backslash ? rest.popFirst() ?? 0 : byte)
        }
        return rest.isEmpty ? String(decoding: content, as: UTF8.self) : nil
    }

    /// An address that may have a port; one of IPv6 is in brackets.
    private static func node(_ text: String) -> IPAddress? {
        if !text.utf8.contains(UInt8(ascii: ":")) { return IPAddress(text) }
        if text.utf8.first == UInt8(ascii: "["), let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) {
            let inner = text[..<end].dropFirst()
            guard inner.utf8.contains(UInt8(ascii: ":")), isPort(text[end...].dropFirst()) else { return nil }
            return IPAddress(String(inner))
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), isPort(text[colon...]) else {
            return nil
        }
        return IPAddress(String(text[..<colon]))
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        let port = Array(text.utf8.dropFirst())
        guard text.utf8.first == UInt8(ascii: ":"), let first = port.first else { return false }
        guard first == UInt8(ascii: "_") else { return port.count <= 5 && port.allSatisfy { 48...57 ~= $0 } }
        let marks = Array("._-".utf8)
        return port.count > 1 && port.allSatisfy { SlowHTTP.isLetterOrDigit($0) || marks.contains($0) }
    }
}
