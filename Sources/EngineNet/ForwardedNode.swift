internal import EngineWire

/// A node of RFC 7239 section 6: an address with or without a port.
enum ForwardedNode {
    /// The node's address; nil for `unknown`, an obfuscated name and garbage.
    /// - Parameter allowsBareV6: whether an IPv6 address may stand without brackets, then without a port.
    static func address(_ node: Span<UInt8>, allowsBareV6: Bool) -> IPAddress? {
        guard !node.isEmpty else { return nil }
        if node[0] == UInt8(ascii: "[") {
            guard let end = place(of: UInt8(ascii: "]"), in: node), isPort(node, from: end + 1) else {
                return nil
            }
            let inner = node.extracting(1..<end)
            return place(of: UInt8(ascii: ":"), in: inner) == nil ? nil : IPAddress(bytes: inner)
        }
        guard let colon = place(of: UInt8(ascii: ":"), in: node) else { return IPAddress(bytes: node) }
        let host = node.extracting(0..<colon)
        if isPort(node, from: colon), let address = IPAddress(bytes: host) { return address }
        return allowsBareV6 ? IPAddress(bytes: node) : nil
    }

    /// Whether what begins at `start` is nothing, or a colon and a port: digits or an obfuscated one.
    private static func isPort(_ node: Span<UInt8>, from start: Int) -> Bool {
        if start == node.count { return true }
        guard node[start] == UInt8(ascii: ":"), start + 1 < node.count else { return false }
        let port = node.extracting((start + 1)..<node.count)
        guard port[0] == UInt8(ascii: "_") else { return port.count <= 5 && port.decimal() != nil }
        for i in 1..<port.count where !isObfuscated(port[i]) { return false }
        return port.count > 1
    }

    private static func isObfuscated(_ byte: UInt8) -> Bool {
        let letter = ASCII.lowercased(byte)
        return ASCII.isDigit(byte) || (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"))
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func place(of byte: UInt8, in bytes: Span<UInt8>) -> Int? {
        for i in bytes.indices where bytes[i] == byte { return i }
        return nil
    }
}
