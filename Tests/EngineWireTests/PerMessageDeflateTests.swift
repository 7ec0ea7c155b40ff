import EngineWire
import Testing

/// RFC 7692 section 7.1, for the server.
@Suite struct `Negotiating permessage-deflate` {
    /// The first three are those of section 7.1.3.
    @Test(
        arguments: [
            ("permessage-deflate", ""),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
                "; server_max_window_bits=10"
            ),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate",
                "; server_max_window_bits=10"
            ),
            ("permessage-deflate; client_max_window_bits", ""),
            ("permessage-deflate; client_max_window_bits=12", "; client_max_window_bits=12"),
            ("permessage-deflate; server_max_window_bits=\"9\"", "; server_max_window_bits=9"),
            ("permessage-deflate;server_max_window_bits=\"1\\5\"", "; server_max_window_bits=15"),
            ("permessage-deflate\t;\tserver_no_context_takeover ;client_no_context_takeover ", ""),
            ("x-webkit-deflate-frame, permessage-deflate", ""), (",, permessage-deflate ,", ""),
            ("foo; a=\"b\\c\"; d=e; d, permessage-deflate", ""),
        ] as [(String, String)])
    func `answers an offer that it accepts`(offer: String, answer: String) {
        let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        #expect(PerMessageDeflate().negotiate(offers: [offer])?.field == plain + answer)
    }

    @Test(arguments: [
        "", "foo", "permessage-bzip2", "Permessage-Deflate", "permessage-deflate; unknown",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate; server_max_window_bits=1e1", "permessage-deflate; server_max_window_bits=-9",
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
        "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=016",
        "permessage-deflate; client_max_window_bits=99999999999999999999",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
        "permessage-deflate; client_max_window_bits=9; client_max_window_bits",
    ])
    func `declines an offer, and takes the next`(offer: String) {
        #expect(PerMessageDeflate().negotiate(offers: [offer]) == nil)
        #expect(PerMessageDeflate().negotiate(offers: ["\(offer), permessage-deflate"]) != nil)
        #expect(PerMessageDeflate().negotiate(offers: [offer, "permessage-deflate"]) != nil)
    }

    @Test(arguments: [
        ";", "=", "permessage-deflate;", "permessage-deflate; =", "permessage-deflate; a=",
        "permessage-deflate a", "permessage-deflate; a b", "permessage-deflate; a=b c",
        "\"permessage-deflate\"",
        "permessage-deflate; a=\"\"", "permessage-deflate; a=\"b", "permessage-deflate; a=\"b c\"",
        "permessage-deflate; a=\"b\\", "permessage-deflate; a=\"b\"c", "permessage-deflate; a=b\"",
        "permessage-deflate; ;", "permessage-deflate/", "permessäge",
    ])
    func `declines all offers of a malformed field`(field: String) {
        #expect(PerMessageDeflate().negotiate(offers: [field, "permessage-deflate"]) == nil)
        #expect(PerMessageDeflate().negotiate(offers: ["permessage-deflate, \(field)"]) == nil)
    }

    @Test func `keeps contexts only where both sides want it`() throws {
        var options = PerMessageDeflate()
        options.serverContextTakeover = true
        options.clientContextTakeover = true
        let plain = try #require(options.negotiate(offers: ["permessage-deflate"]))
        #expect(plain.field == "permessage-deflate")
        #expect(
            plain.agreement == DeflateAgreement(serverContextTakeover: true, clientContextTakeover: true))
        let server = try #require(
            options.negotiate(offers: ["permessage-deflate; server_no_context_takeover"]))
        #expect(server.field == "permessage-deflate; server_no_context_takeover")
        #expect(server.agreement == DeflateAgreement(clientContextTakeover: true))
        let client = try #require(
            options.negotiate(offers: ["permessage-deflate; client_no_context_takeover"]))
        #expect(client.field == "permessage-deflate; client_no_context_takeover")
        #expect(client.agreement == DeflateAgreement(serverContextTakeover: true))
    }

    @Test(arguments: 8...15, 8...15)
    func `agrees on the smaller windows`(asked: Int, option: Int) throws {
        var options = PerMessageDeflate()
        options.serverMaxWindowBits = option
        options.clientMaxWindowBits = option
        let offer = "permessage-deflate; server_max_window_bits=\(asked); client_max_window_bits=\(asked)"
        let (agreement, field) = try #require(options.negotiate(offers: [offer]))
        let smaller = min(asked, option)
        #expect(
            agreement == DeflateAgreement(serverMaxWindowBits: smaller, clientMaxWindowBits: smaller))
        #expect(field.contains("; server_max_window_bits=\(smaller)"))
        #expect(field.contains("; client_max_window_bits=\(smaller)") == (smaller < 15))
    }

    @Test func `tells of a smaller window of its own unasked, but cannot limit the client's unasked`() throws
    {
        var options = PerMessageDeflate()
        options.serverMaxWindowBits = 11
        let answer = try #require(options.negotiate(offers: ["permessage-deflate"]))
        #expect(answer.field.hasSuffix("; server_max_window_bits=11"))
        options.clientMaxWindowBits = 11
        #expect(options.negotiate(offers: ["permessage-deflate"]) == nil)
        let other = try #require(
            options.negotiate(offers: ["permessage-deflate", "permessage-deflate; client_max_window_bits"]))
        #expect(other.field.hasSuffix("; server_max_window_bits=11; client_max_window_bits=11"))
    }

    @Test func `costs no memory per connection unless contexts are kept`() {
        var options = PerMessageDeflate()
        #expect(options.memoryPerConnection == 0)
        options.clientContextTakeover = true
        #expect(options.memoryPerConnection == 39_936)
        options.serverContextTakeover = true
        #expect(options.memoryPerConnection == 39_936 + 268_288)
        options.serverMaxWindowBits = 10
        options.clientMaxWindowBits = 10
        options.memoryLevel = 1
        #expect(options.memoryPerConnection == 8_192 + 11_264)
    }

    @Test func `tells who can read what is compressed once for many`() {
        #expect(DeflateAgreement().takesShared(windowBits: 15))
        #expect(DeflateAgreement(serverMaxWindowBits: 10).takesShared(windowBits: 10))
        #expect(!DeflateAgreement(serverMaxWindowBits: 10).takesShared(windowBits: 11))
        #expect(!DeflateAgreement(serverContextTakeover: true).takesShared(windowBits: 10))
    }
}
