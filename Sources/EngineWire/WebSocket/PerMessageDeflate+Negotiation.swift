extension PerMessageDeflate {
    /// Chooses among a client's offers (RFC 7692 sections 5.1 and 7.1).
    ///
    /// The first that can be accepted wins, for they stand in the client's order of preference. One with an
    /// unknown, doubled or malformed parameter is declined, and so are all if a field breaks the grammar: the
    /// connection works then, uncompressed.
    /// - Parameter offers: the values of all `Sec-WebSocket-Extensions` fields, in their order.
    /// - Returns: what holds from now on, and the field's value that tells the client; nil to decline.
    package func negotiate(offers: [String]) -> (agreement: DeflateAgreement, field: String)? {
        var all: [ExtensionOffer] = []
        for field in offers {
            guard let parsed = ExtensionOffer.parse(field) else { return nil }
            all += parsed
        }
        for offer in all where offer.name == "permessage-deflate" {
            if let wish = DeflateWish(offer.parameters), let accepted = accept(wish) { return accepted }
        }
        return nil
    }

    private func accept(_ wish: DeflateWish) -> (agreement: DeflateAgreement, field: String)? {
        // A client that does not offer to limit its window cannot be asked to (section 7.1.2.2).
        guard wish.clientLimitsWindow || clientMaxWindowBits == 15 else { return nil }
        let agreement = DeflateAgreement(
            serverContextTakeover: serverContextTakeover && !wish.serverNoContextTakeover,
            clientContextTakeover: clientContextTakeover && !wish.clientNoContextTakeover,
            serverMaxWindowBits: min(serverMaxWindowBits, wish.serverMaxWindowBits ?? 15),
            clientMaxWindowBits: min(clientMaxWindowBits, wish.clientMaxWindowBits ?? 15))
        var field = "permessage-deflate"
        if !agreement.serverContextTakeover { field += "; server_no_context_takeover" }
        if !agreement.clientContextTakeover { field += "; client_no_context_takeover" }
        // A limit that was asked for must be confirmed, whatever it is (section 7.1.2.1).
        if wish.serverMaxWindowBits != nil || agreement.serverMaxWindowBits < 15 {
            field += "; server_max_window_bits=\(agreement.serverMaxWindowBits)"
        }
        if agreement.clientMaxWindowBits < 15 {
            field += "; client_max_window_bits=\(agreement.clientMaxWindowBits)"
        }
        return (agreement, field)
    }
}

/// The parameters of one offer (RFC 7692 section 7.1).
private struct DeflateWish {
    var serverNoContextTakeover = false
    var clientNoContextTakeover = false
    var serverMaxWindowBits: Int?
    /// Whether the client lets the server limit its window.
    var clientLimitsWindow = false
    /// The limit that the client keeps to by itself.
    var clientMaxWindowBits: Int?

    /// Nil when a parameter is unknown, there twice, or has a value that it must not have.
    init?(_ parameters: [ExtensionOffer.Parameter]) {
        for parameter in parameters {
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil) where !serverNoContextTakeover:
                serverNoContextTakeover = true
            case ("client_no_context_takeover", nil) where !clientNoContextTakeover:
                clientNoContextTakeover = true
            case ("server_max_window_bits", let value?) where serverMaxWindowBits == nil:
                guard let bits = Self.windowBits(value) else { return nil }
                serverMaxWindowBits = bits
            case ("client_max_window_bits", nil) where !clientLimitsWindow:
                clientLimitsWindow = true
            case ("client_max_window_bits", let value?) where !clientLimitsWindow:
                guard let bits = Self.windowBits(value) else { return nil }
                clientLimitsWindow = true
                clientMaxWindowBits = bits
            default: return nil
            }
        }
    }

    /// 8...15, without leading zeros.
    private static func windowBits(_ value: String) -> Int? {
        guard value.utf8.first != UInt8(ascii: "0"), let bits = value.utf8.span.decimal(), 8...15 ~= bits
        else { return nil }
        return bits
    }
}
