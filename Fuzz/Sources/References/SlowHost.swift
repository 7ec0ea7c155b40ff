/// A second opinion about `uri-host [ ":" port ]`, without the comma that RFC 3986 allows in names.
enum SlowHost {
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars.map { $0 }
        guard text.allSatisfy({ $0.isASCII }) else { return false }
        let host: ArraySlice<Unicode.Scalar>
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return false }
            let inner = text[1..<end]
            guard inner.contains(":"), inner.count >= 2, inner.allSatisfy({ isUnreserved($0) || $0 == ":" })
            else {
                return false
            }
            host = text[...end]
        } else {
            host = text.prefix { $0 != ":" }
            guard !host.isEmpty, isName(host) else { return false }
        }
        let port = text[host.endIndex...]
        if port.isEmpty { return true }
        return port.first == ":" && port.count <= 6 && port.dropFirst().allSatisfy { "0"..."9" ~= $0 }
    }

    private static func isName(_ name: ArraySlice<Unicode.Scalar>) -> Bool {
        var rest = name
        while let scalar = rest.popFirst() {
            if scalar == "%" {
                guard rest.count >= 2, rest.prefix(2).allSatisfy({ $0.properties.isASCIIHexDigit }) else {
                    return false
                }
                rest = rest.dropFirst(2)
            } else if !isUnreserved(scalar), !"!$&'()*+;=".unicodeScalars.contains(scalar) {
                return false
            }
        }
        return true
    }

    private static func isUnreserved(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || "0"..."9" ~= scalar || "-._~".unicodeScalars.contains(scalar)
    }
}
