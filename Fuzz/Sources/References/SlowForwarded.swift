import EngineNet

/// A second reader of `X-Forwarded-For`, written for comparison: it splits the whole list first.
enum SlowForwarded {
    /// The client behind the proxy 10.0.0.1.
    static func client(_ values: [String], _ proxies: TrustedProxies) -> IPAddress {
        var client = IPAddress(v4: 0x0A00_0001)
        let elements = values.joined(separator: ",").utf8.split(separator: UInt8(ascii: ","))
            .map { SlowHTTP.trimmed(Array($0)[...]) }.filter { !$0.isEmpty }
        for element in elements.reversed().prefix(TrustedProxies.maxHops) {
            guard let hop = address(String(decoding: element, as: UTF8.self)) else { return client }
            client = hop
            if !proxies.trusts(hop) { return client }
        }
        return client
    }

    /// An address with or without a port; one of IPv6 with a port is in brackets.
    private static func address(_ text: String) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("["), let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) {
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
