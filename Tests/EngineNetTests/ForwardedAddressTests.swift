import EngineNet
import EngineWire
import TestSupport
import Testing

/// The peer is the proxy 10.0.0.1 unless a test says otherwise; 10.0.0.0/8 and fd00::/8 are trusted.
@Suite struct `The client behind trusted proxies` {
    @Test(
        arguments: [
            ("", "10.0.0.1"), ("X-Forwarded-For:", "10.0.0.1"), ("X-Forwarded-For: , ,,", "10.0.0.1"),
            ("X-Forwarded-For: 192.0.2.1", "192.0.2.1"), ("x-FORWARDED-for:\t192.0.2.1 ", "192.0.2.1"),
            ("X-Forwarded-For: 198.51.100.1, 192.0.2.1", "192.0.2.1"),
            ("X-Forwarded-For: 198.51.100.1,192.0.2.1,10.0.0.2", "192.0.2.1"),
            ("X-Forwarded-For: 192.0.2.1, ,10.0.0.2,, 10.0.0.3,", "192.0.2.1"),
            ("X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("X-Forwarded-For: 10.0.0.3, 192.0.2.1", "192.0.2.1"),
            ("X-Forwarded-For: 2001:db8::1", "2001:db8::1"),
            ("X-Forwarded-For: 2001:db8::1, fd00::1", "2001:db8::1"),
            ("X-Forwarded-For: ::ffff:192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1"),
            ("X-Forwarded-For: 192.0.2.1:4711", "192.0.2.1"),
            ("X-Forwarded-For: [2001:db8::1]:4711", "2001:db8::1"),
            ("X-Forwarded-For: [2001:db8::1]", "2001:db8::1"), ("X-Forwarded-For: fe80::1%eth0", "fe80::1"),
            ("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.0.0.2", "192.0.2.1"),
            ("X-Forwarded-For: 192.0.2.1, 10.0.0.3\r\nHost2: x\r\nx-forwarded-for: 10.0.0.2", "192.0.2.1"),
            ("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 198.51.100.1", "198.51.100.1"),
            ("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For:", "192.0.2.1"),
        ])
    func `is found in X-Forwarded-For from its end`(fields: String, client: String) throws {
        #expect(try address(fields) == client)
    }

    @Test(
        arguments: [
            "unknown", "localhost", "_hidden", "\"192.0.2.1\"", "192.0.2", "192.0.2.256", "192.0.2.1 x",
            "192.0.2.1:",
            "192.0.2.1:123456", "192.0.2.1:x", "192.0.2.1:-1", "[2001:db8::1", "2001:db8::1]", "[192.0.2.1]",
            "[]", "[]:1",
            "[2001:db8::1]x", "[2001:db8::1]:", "[[2001:db8::1]]", "for=192.0.2.1", "192.0.2.1;x", ":", "::g",
            "-", "\u{661}",
        ])
    func `is the last good hop before garbage`(garbage: String) throws {
        #expect(try address("X-Forwarded-For: \(garbage)") == "10.0.0.1")
        #expect(try address("X-Forwarded-For: 192.0.2.9, \(garbage), 10.0.0.2") == "10.0.0.2")
    }

    @Test(
        arguments: [
            ("for=192.0.2.1", "192.0.2.1"), ("For=192.0.2.1", "192.0.2.1"),
            ("for=\"192.0.2.1\"", "192.0.2.1"),
            ("for=\"192.0.2.1:4711\"", "192.0.2.1"), ("for=192.0.2.1:4711", "192.0.2.1"),
            ("for=\"[2001:db8::1]\"", "2001:db8::1"), ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=\"[2001:db8::1]:_port.-x\"", "2001:db8::1"), ("for=\"192.0.2.1:_p\"", "192.0.2.1"),
            ("for=\"\\1\\92.0.2.1\"", "192.0.2.1"), ("for=192.0.2.1;proto=https;by=10.0.0.1", "192.0.2.1"),
            ("proto=http;by=\"[fd00::1]\";for=192.0.2.1;host=h", "192.0.2.1"),
            (";;for=192.0.2.1;", "192.0.2.1"),
            ("proto=http ; for=192.0.2.1", "192.0.2.1"),
            ("for=198.51.100.1, for=192.0.2.1", "192.0.2.1"), ("for=192.0.2.1,,for=10.0.0.2 ,", "192.0.2.1"),
            ("for=192.0.2.1;x=\",for=198.51.100.1,\", for=10.0.0.2", "192.0.2.1"),
            ("for=192.0.2.1;x=\"\\\",\\\\\", for=10.0.0.2;x=\";,\\\";\"", "192.0.2.1"),
            ("for=192.0.2.1;x=\"\", for=10.0.0.2", "192.0.2.1"),
            ("for=192.0.2.1\r\nForwarded: for=10.0.0.2\r\nforwarded: for=\"[fd00::1]\"", "192.0.2.1"),
        ])
    func `is found in Forwarded from its end`(list: String, client: String) throws {
        #expect(try address("Forwarded: \(list)") == client)
    }

    @Test(
        arguments: [
            "for=unknown", "for=_hidden", "for=\"_hidden:80\"", "for=", "for=\"\"", "for", "for ",
            "=192.0.2.1", "for =192.0.2.1",
            "for= 192.0.2.1", "proto=https", "for=192.0.2.1;for=192.0.2.1", "for=192.0.2.1;FOR=10.0.0.9",
            "for=\"192.0.2.1",
            "for=192.0.2.1\"", "for=\"192.0.2.1\"x", "for=\"192.0.2.1\"\"\"", "for=\"192.0.2.1\\\"",
            "for=[2001:db8::1",
            "for=2001:db8::1", "for=\"2001:db8::1\"", "for='192.0.2.1'", "192.0.2.1", "for=192.0.2.1;x",
            "for=192.0.2.1;x=",
            "for=192.0.2.1 proto=x", "f\u{F6}r=192.0.2.1", "for=\"192.0.2.1, 10.0.0.9\"", ";", "\"", "\\\"",
        ])
    func `is the last good hop before an element of Forwarded that names none`(element: String) throws {
        #expect(try address("Forwarded: \(element)") == "10.0.0.1")
        #expect(try address("Forwarded: \(element), for=10.0.0.2") == "10.0.0.2")
        #expect(
            try address("Forwarded: for=192.0.2.9\r\nForwarded: \(element)\r\nForwarded: for=10.0.0.2")
                == "10.0.0.2")
    }

    /// A proxy adds its element behind what the client sent, in the same line.
    @Test(arguments: [
        "\"", "for=\"", "for=6.6.6.6;x=\"", "for=6.6.6.6;x=\"\\", "x=\"\\\\", "for=6.6.6.6, \"\",\"", "\\\"",
        "\\",
    ])
    func `does not get lost behind a quote that a client left open`(made: String) throws {
        for added in [
            "for=192.0.2.1", "for=\"192.0.2.1:80\"", "for=192.0.2.1;host=\"a,b;c\\\"d\"",
            "x=\"\";for=192.0.2.1",
        ] {
            #expect(try address("Forwarded: \(made), \(added)") == "192.0.2.1")
            #expect(try address("Forwarded: \(made),\(added), for=10.0.0.2") == "192.0.2.1")
        }
    }

    @Test(
        arguments: [
            (.forwardedElseXForwardedFor, "192.0.2.1", "192.0.2.2", "192.0.2.1"),
            (.forwarded, "192.0.2.1", "10.0.0.1", "192.0.2.1"),
            (.xForwardedFor, "192.0.2.2", "192.0.2.2", "10.0.0.1"),
        ] as [(TrustedProxies.Source, String, String, String)])
    func `is looked for where its proxies write it`(
        source: TrustedProxies.Source, both: String, onlyX: String, onlyForwarded: String
    ) throws {
        let (x, forwarded) = ("X-Forwarded-For: 192.0.2.2", "Forwarded: for=192.0.2.1")
        #expect(try address("\(x)\r\n\(forwarded)", source: source) == both)
        #expect(try address(x, source: source) == onlyX)
        #expect(try address(forwarded, source: source) == onlyForwarded)
    }

    /// What stands in `X-Forwarded-For` may be older than the proxy that hid the client's name.
    @Test func `is not looked for elsewhere when Forwarded hides it`() throws {
        #expect(try address("Forwarded: for=_hidden\r\nX-Forwarded-For: 192.0.2.2") == "10.0.0.1")
        #expect(try address("Forwarded:\r\nX-Forwarded-For: 192.0.2.2") == "10.0.0.1")
    }

    @Test(arguments: ["192.0.2.77", "2001:db8::7", "127.0.0.1"])
    func `is whoever connects without being trusted`(peer: String) throws {
        let fields = "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.2"
        #expect(try address(fields, peer: peer) == peer)
    }

    @Test func `is the peer when nobody is trusted`() throws {
        let peer = try #require(IPAddress("127.0.0.1"))
        let request = try request("X-Forwarded-For: 192.0.2.1")
        #expect(TrustedProxies().client(peer: peer, request: request) == peer)
        #expect(
            TrustedProxies(ranges: AddressRange.loopback).client(peer: peer, request: request).description
                == "192.0.2.1")
    }

    @Test(arguments: [("X-Forwarded-For: ", ""), ("Forwarded: ", "for=")])
    func `is looked for among so many hops`(name: String, prefix: String) throws {
        func chain(_ proxies: Int) -> String {
            name + "\(prefix)192.0.2.1" + (0..<proxies).map { ", \(prefix)10.0.1.\($0)" }.joined()
        }
        #expect(try address(chain(TrustedProxies.maxHops - 1)) == "192.0.2.1")
        #expect(try address(chain(TrustedProxies.maxHops)) == "10.0.1.0")
        #expect(try address(chain(TrustedProxies.maxHops + 1)) == "10.0.1.1")
    }

    /// A head of the largest size, made to be slow: each byte is looked at a few times, not once for each other one.
    @Test(arguments: [",", "\"", "\\", "\\\"", ";", "\",", "x=\"\",", " ", "a"])
    func `is found in no time in a head full of marks`(mark: String) throws {
        let marks = String(repeating: mark, count: 16_000 / mark.utf8.count)
        let expected = mark.contains(",") ? ["10.0.0.1", "192.0.2.9"] : ["10.0.0.1"]
        for field in ["X-Forwarded-For", "Forwarded"] {
            let clock = ContinuousClock()
            var client = ""
            let fields = "\(field): \(marks)"
            let request = try request(fields)
            let peer = try #require(IPAddress("10.0.0.1"))
            let time = clock.measure { client = proxies().client(peer: peer, request: request).description }
            #expect(expected.contains(client))
            #expect(time < .seconds(1), "linear work takes a millisecond")
        }
    }

    @Test func `is some address whatever a client sends`() throws {
        let alphabet = Array("for=10.0.0.2,; \"\\[]:_x%fd::1".utf8)
        var random = SplitMix64(seed: 2)
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let list = String(decoding: text, as: UTF8.self)
            for field in ["Forwarded", "X-Forwarded-For"] {
                #expect(
                    try address("\(field): \(list), for=192.0.2.1")
                        == (field == "Forwarded" ? "192.0.2.1" : "10.0.0.1"))
                #expect(IPAddress(try address("\(field): \(list)")) != nil)
            }
        }
    }

    private func proxies(_ source: TrustedProxies.Source = .forwardedElseXForwardedFor) -> TrustedProxies {
        TrustedProxies(ranges: ["10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) }, source: source)
    }

    private func address(
        _ fields: String, peer: String = "10.0.0.1",
        source: TrustedProxies.Source = .forwardedElseXForwardedFor
    ) throws -> String {
        let peer = try #require(IPAddress(peer))
        return proxies(source).client(peer: peer, request: try request(fields)).description
    }

    private func request(_ fields: String) throws -> HTTPRequest {
        var decoder = RequestDecoder(limits: HTTPLimits())
        let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n\(fields.isEmpty ? "" : fields + "\r\n")\r\n".utf8)
        _ = try decoder.decode(bytes.span)
        return try #require(decoder.begun)
    }
}
