@testable import EngineWire

/// What clients offer in header fields, and what we choose.
enum OfferChecks {
    /// Two bytes of options, then the values of `Sec-WebSocket-Extensions` fields, one a line.
    static func offers(_ input: [UInt8]) throws(Finding) {
        guard input.count >= 2 else { return }
        var options = PerMessageDeflate()
        options.serverContextTakeover = input[0] & 1 == 1
        options.clientContextTakeover = input[0] & 2 == 2
        options.serverMaxWindowBits = 8 + Int(input[1] & 7)
        options.clientMaxWindowBits = 8 + Int(input[1] >> 3 & 7)
        let fields = lines(input.dropFirst(2))
        for field in fields { try checkParsed(field) }
        let chosen = options.negotiate(offers: fields)
        let joined = options.negotiate(offers: [fields.joined(separator: ", ")])
        try expectEqual(chosen?.field, joined?.field, "two fields are not one list")
        guard let chosen else { return }
        try checkAnswer(chosen.field, chosen.agreement, options)
        let offered = fields.compactMap { ExtensionOffer.parse($0) }.joined()
        try expect(offered.contains { $0.name == "permessage-deflate" }, "nobody offered what is accepted")
    }

    /// The value of `Accept-Encoding`.
    static func acceptEncoding(_ input: [UInt8]) throws(Finding) {
        let field = String(decoding: input, as: UTF8.self)
        try expectEqual(
            HTTPContentCoding.choose(acceptEncoding: field), SlowAcceptEncoding.choose(field),
            "the reference chooses another coding for \(field.debugDescription)")
    }

    static func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Offers that are written again, values in quotes or not, are the same offers.
    private static func checkParsed(_ field: String) throws(Finding) {
        guard let offers = ExtensionOffer.parse(field) else { return }
        for quote in ["", "\""] {
            let text = offers.map { offer in
                let parameters = offer.parameters.map {
                    "; \($0.name)" + ($0.value.map { "=\(quote)\($0)\(quote)" } ?? "")
                }
                return offer.name + parameters.joined()
            }.joined(separator: " , ")
            try expectEqual(
                ExtensionOffer.parse(text), offers, "\(text.debugDescription) is read differently")
        }
    }

    /// A client reads from the answer what the server takes for agreed (RFC 7692 section 7.1).
    private static func checkAnswer(
        _ field: String, _ agreement: DeflateAgreement, _ options: PerMessageDeflate
    ) throws(Finding) {
        let answer = ExtensionOffer.parse(field) ?? []
        try expect(answer.count == 1 && answer[0].name == "permessage-deflate", "\(field) is no answer")
        var parameters: [String: String] = [:]
        for parameter in answer[0].parameters {
            try expect(parameters[parameter.name] == nil, "\(field) says something twice")
            parameters[parameter.name] = parameter.value ?? ""
        }
        let said = DeflateAgreement(
            serverContextTakeover: parameters.removeValue(forKey: "server_no_context_takeover") == nil,
            clientContextTakeover: parameters.removeValue(forKey: "client_no_context_takeover") == nil,
            serverMaxWindowBits: parameters.removeValue(forKey: "server_max_window_bits").flatMap { Int($0) }
                ?? 15,
            clientMaxWindowBits: parameters.removeValue(forKey: "client_max_window_bits").flatMap { Int($0) }
                ?? 15)
        try expect(parameters.isEmpty, "\(field) says more than can be said")
        try expectEqual(said, agreement, "\(field) is not what was agreed")
        let keepsLimits =
            8...options.serverMaxWindowBits ~= said.serverMaxWindowBits
            && 8...options.clientMaxWindowBits ~= said.clientMaxWindowBits
            && (options.serverContextTakeover || !said.serverContextTakeover)
            && (options.clientContextTakeover || !said.clientContextTakeover)
        try expect(keepsLimits, "\(field) is more than the options allow")
    }
}
