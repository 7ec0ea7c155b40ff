import EngineIO
import EngineWire
import TestSupport
import Testing

/// RFC 7692 section 7.1: what a client offers, and what it gets.
@Suite(.timeLimit(.minutes(5))) struct `permessage-deflate negotiation` {
    struct Offer: Sendable, CustomTestStringConvertible {
        var fields: [String]
        /// What the server answers; nil if it declines.
        var agreed: Set<String>?
        var options = PerMessageDeflate()

        init(
            _ fields: String..., gives agreed: Set<String>?,
            _ change: (inout PerMessageDeflate) -> Void = { _ in }
        ) {
            self.fields = fields
            self.agreed = agreed
            change(&options)
        }

        var testDescription: String { fields.joined(separator: " | ") }
    }

    /// The server's default: no message refers to another.
    private static let none: Set = ["server_no_context_takeover", "client_no_context_takeover"]

    static let accepted = [
        Offer("permessage-deflate", gives: none),
        Offer("permessage-deflate; client_max_window_bits", gives: none),
        Offer("permessage-deflate;client_max_window_bits", gives: none),
        Offer("permessage-deflate ; client_no_context_takeover ; server_no_context_takeover", gives: none),
        Offer(
            "permessage-deflate; server_max_window_bits=15", gives: none.union(["server_max_window_bits=15"])),
        Offer(
            "permessage-deflate; server_max_window_bits=10", gives: none.union(["server_max_window_bits=10"])),
        Offer(
            "permessage-deflate; server_max_window_bits=9", gives: none.union(["server_max_window_bits=9"])),
        Offer(
            "permessage-deflate; server_max_window_bits=8", gives: none.union(["server_max_window_bits=8"])),
        Offer(
            "permessage-deflate; server_max_window_bits=\"12\"",
            gives: none.union(["server_max_window_bits=12"])),
        Offer(
            "permessage-deflate; client_max_window_bits=9", gives: none.union(["client_max_window_bits=9"])),
        Offer("permessage-deflate; client_max_window_bits=15", gives: none),
        Offer(
            "permessage-deflate; client_max_window_bits=12; server_max_window_bits=11",
            gives: none.union(["client_max_window_bits=12", "server_max_window_bits=11"])),
    ]

    static let several = [
        // The first that can be accepted.
        Offer(
            "permessage-deflate; server_max_window_bits=9, permessage-deflate",
            gives: none.union(["server_max_window_bits=9"])),
        Offer("permessage-deflate, permessage-deflate; server_max_window_bits=9", gives: none),
        Offer("permessage-deflate; unknown, permessage-deflate", gives: none),
        Offer(
            "permessage-deflate; server_max_window_bits=16, permessage-deflate; server_max_window_bits=14",
            gives: none.union(["server_max_window_bits=14"])),
        Offer("x-webkit-deflate-frame, permessage-deflate; client_max_window_bits", gives: none),
        Offer("permessage-bzip2; a=b, permessage-deflate", gives: none),
        Offer("x-webkit-deflate-frame", "permessage-deflate", gives: none),
        Offer(
            "permessage-deflate; unknown", "permessage-deflate; server_max_window_bits=13",
            gives: none.union(["server_max_window_bits=13"])),
        Offer(", permessage-deflate ,", gives: none),
    ]

    static let declined =
        [
            "x-webkit-deflate-frame", "permessage-deflat", "permessage-deflatee", "",
            "permessage-deflate; unknown", "permessage-deflate; unknown=1",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=0", "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; server_max_window_bits=+10",
            "permessage-deflate; server_max_window_bits=1e1",
            "permessage-deflate; server_max_window_bits=4294967306",
            "permessage-deflate; server_max_window_bits=\"\"",
            "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=08", "permessage-deflate; client_max_window_bits=x",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
            // What breaks the grammar of the field.
            "permessage-deflate;", "permessage-deflate; ; client_max_window_bits", "permessage-deflate; =10",
            "permessage-deflate; server_max_window_bits=", "permessage-deflate; server_max_window_bits=\"10",
            "permessage-deflate client_max_window_bits", "permessage-deflate; server_max_window_bits = 1 0",
            "; permessage-deflate",
        ].map { Offer($0, gives: nil) }

    static let chosen = [
        Offer("permessage-deflate", gives: ["client_no_context_takeover"]) {
            $0.serverContextTakeover = true
        },
        Offer("permessage-deflate", gives: ["server_no_context_takeover"]) {
            $0.clientContextTakeover = true
        },
        Offer("permessage-deflate", gives: []) {
            ($0.serverContextTakeover, $0.clientContextTakeover) = (true, true)
        },
        Offer("permessage-deflate; server_no_context_takeover", gives: ["server_no_context_takeover"]) {
            ($0.serverContextTakeover, $0.clientContextTakeover) = (true, true)
        },
        Offer("permessage-deflate; client_no_context_takeover", gives: ["client_no_context_takeover"]) {
            ($0.serverContextTakeover, $0.clientContextTakeover) = (true, true)
        },
        Offer("permessage-deflate", gives: none.union(["server_max_window_bits=11"])) {
            $0.serverMaxWindowBits = 11
        },
        Offer("permessage-deflate; server_max_window_bits=9", gives: none.union(["server_max_window_bits=9"]))
        {
            $0.serverMaxWindowBits = 11
        },
        Offer(
            "permessage-deflate; server_max_window_bits=13", gives: none.union(["server_max_window_bits=11"])
        ) {
            $0.serverMaxWindowBits = 11
        },
        // A client that cannot be told to use a smaller window is not.
        Offer("permessage-deflate", gives: nil) { $0.clientMaxWindowBits = 10 },
        Offer("permessage-deflate; client_max_window_bits", gives: none.union(["client_max_window_bits=10"]))
        {
            $0.clientMaxWindowBits = 10
        },
        Offer("permessage-deflate; client_max_window_bits=9", gives: none.union(["client_max_window_bits=9"]))
        {
            $0.clientMaxWindowBits = 10
        },
        Offer(
            "permessage-deflate; client_max_window_bits=12", gives: none.union(["client_max_window_bits=10"])
        ) {
            $0.clientMaxWindowBits = 10
        },
        Offer(
            "permessage-deflate, permessage-deflate; client_max_window_bits",
            gives: none.union(["client_max_window_bits=10"])
        ) {
            $0.clientMaxWindowBits = 10
        },
    ]

    @Test(arguments: accepted + several + declined + chosen)
    func `has one answer, and the session works`(offer: Offer) async throws {
        try await withEngineServer(.test { $0.perMessageDeflate = offer.options }) { _, port in
            let client = try await DeflateTestClient.connect(port: port, offers: offer.fields)
            #expect(client.agreed == offer.agreed)
            let text = "4" + String(repeating: "hello ", count: 500)
            if client.agreed == nil {
                try await client.webSocket.send(.text(text))
            } else {
                try await client.send(.text(text))
            }
            let answer = try await client.receive()
            #expect(answer.message == .text(text))
            #expect(answer.isCompressed == (offer.agreed != nil))
        }
    }

    @Test(arguments: [[], ["permessage-deflate; unknown"]])
    func `without an agreement the bit of compressed messages is refused`(offers: [String]) async throws {
        try await withEngineServer(.test { $0.perMessageDeflate = PerMessageDeflate() }) { _, port in
            let client = try await DeflateTestClient.connect(port: port, offers: offers)
            try await client.send("4hello")
            #expect(try await client.closeCode() == 1002)
        }
    }

    @Test func `a server that does not compress declines`() async throws {
        try await withEngineServer(.test { $0.perMessageDeflate = nil }) { _, port in
            let client = try await DeflateTestClient.connect(port: port, offers: ["permessage-deflate"])
            #expect(client.agreed == nil)
            try await client.send("4hello")
            #expect(try await client.closeCode() == 1002)
        }
    }

    @Test func `it is off by default`() { #expect(EngineOptions().perMessageDeflate == nil) }

    @Test func `a session that is upgraded may compress, too`() async throws {
        try await withEngineServer(.test { $0.perMessageDeflate = PerMessageDeflate() }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await WebSocketTestClient.connect(
                port: port, client.target(.webSocket),
                fields: ["Sec-WebSocket-Extensions: permessage-deflate"])
            #expect(candidate.response["Sec-WebSocket-Extensions"]?.hasPrefix("permessage-deflate") == true)
            try await candidate.send("2probe")
            #expect(try await candidate.receive() == "3probe")
        }
    }
}
