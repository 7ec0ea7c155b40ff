/// One element of `Sec-WebSocket-Extensions`: an extension and how the client would like it.
struct ExtensionOffer: Equatable {
    var name: String
    /// In their order; the value is nil where there is none.
    var parameters: [Parameter] = []

    struct Parameter: Equatable {
        var name: String
        var value: String?
    }

    /// Reads a field's value (RFC 6455 section 9.1).
    /// - Returns: the offers in the client's order of preference; nil when the value breaks the grammar.
    static func parse(_ field: String) -> [ExtensionOffer]? {
        var reader = ExtensionReader(field)
        var offers: [ExtensionOffer] = []
        repeat {
            // Empty elements of a list are skipped (RFC 9110 section 5.6.1.2).
            if reader.isAtElementEnd { continue }
            guard let name = reader.token() else { return nil }
            var offer = ExtensionOffer(name: name)
            while reader.take(UInt8(ascii: ";")) {
                guard let parameter = reader.parameter() else { return nil }
                offer.parameters.append(parameter)
            }
            guard reader.isAtElementEnd else { return nil }
            offers.append(offer)
        } while reader.take(UInt8(ascii: ","))
        return offers
    }
}

/// The grammar's parts, read from the front.
private struct ExtensionReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) {
        rest = Array(text.utf8)[...]
        skipSpace()
    }

    var isAtElementEnd: Bool { rest.isEmpty || rest.first == UInt8(ascii: ",") }

    /// Takes a separator and the white space behind it.
    mutating func take(_ separator: UInt8) -> Bool {
        guard rest.first == separator else { return false }
        rest.removeFirst()
        skipSpace()
        return true
    }

    /// A token and the white space behind it.
    mutating func token() -> String? {
        let bytes = rest.prefix { ASCII.isToken($0) }
        guard !bytes.isEmpty else { return nil }
        rest.removeFirst(bytes.count)
        skipSpace()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A name, and a value if there is one.
    mutating func parameter() -> ExtensionOffer.Parameter? {
        guard let name = token() else { return nil }
        guard take(UInt8(ascii: "=")) else { return ExtensionOffer.Parameter(name: name, value: nil) }
        let value = rest.first == UInt8(ascii: "\"") ? quotedToken() : token()
        guard let value else { return nil }
        return ExtensionOffer.Parameter(name: name, value: value)
    }

    /// A quoted string; what it says must be a token, as RFC 6455 section 9.1 demands.
    private mutating func quotedToken() -> String? {
        rest.removeFirst()
        var token: [UInt8] = []
        while var byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") {
                skipSpace()
                return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst() else { return nil }
                byte = escaped
            }
            guard ASCII.isToken(byte) else { return nil }
            token.append(byte)
        }
        return nil
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == ASCII.space || $0 == ASCII.tab }
    }
}
