import EngineNet
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct `An IP address` {
    @Test(
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::A", "2001:db8::a"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:0:0:4:0:0:0:8", "1:0:0:4::8"),
            ("1:0:0:4:5:0:0:8", "1::4:5:0:0:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
            ("::ffff:1.2.3.4", "1.2.3.4"), ("::FFFF:102:304", "1.2.3.4"),
            ("0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"),
            ("::1.2.3.4", "::102:304"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
            ("fe80::1%eth0", "fe80::1"), ("fe80::1%%", "fe80::1"), ("::ffff:1.2.3.4%lo", "1.2.3.4"),
        ])
    func `is read and written in one form`(text: String, form: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == form)
        #expect(IPAddress(form) == address)
        #expect(address.isV4 == form.contains("."))
    }

    @Test(arguments: [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.04", "00.0.0.0",
        "1.2.3.4 ",
        " 1.2.3.4", "1.2.3.-4", "1.2.3.+4", "0x1.2.3.4", "1.2.3.4%lo", "1.2.3.4:80", "[::1]", "1.2.3.4/8",
        "a.b.c.d",
        ":", ":::", "::1::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:", "::1:", ":1", "12345::", "::g", "::1%",
        "%eth0",
        "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1 ",
        "::.1.2.3",
        "::\u{0}", "1.2.3.4\u{0}", "\u{661}.1.1.1", "::\u{FF21}", "::1/64",
    ])
    func `is not read from anything else`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `is read exactly as the system reads it`() {
        var random = SplitMix64(seed: 1)
        let seeds = [
            "192.0.2.17", "255.255.255.255", "2001:db8::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "::",
            "fe80::a:b",
        ]
        for round in 0..<20_000 {
            var text = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0...text.count, using: &random)
                if Bool.random(using: &random), at < text.count {
                    text.remove(at: at)
                } else {
                    text.insert("0123456789abcdefF:::...".utf8.randomElement(using: &random) ?? 0, at: at)
                }
            }
            let string = String(decoding: text, as: UTF8.self)
            let system = systemAddress(string)
            let ours = IPAddress(string)
            #expect(ours == system, "\(string)")
            #expect(ours.flatMap { IPAddress($0.description) } == ours, "\(string)")
        }
    }

    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::1", "::"),
        ])
    func `counts as its network in limits when it is IPv6`(text: String, key: String) {
        #expect(IPAddress(text)?.limitKey == IPAddress(key))
    }

    @Test func `is one, whatever its spelling, in a set`() throws {
        let all = ["1.2.3.4", "::ffff:1.2.3.4", "::ffff:102:304", "::FFFF:0102:0304"].compactMap {
            IPAddress($0)
        }
        #expect(all.count == 4 && Set(all).count == 1)
        #expect(IPAddress("1.2.3.4") != IPAddress("::1.2.3.4"))
    }

    private func systemAddress(_ text: String) -> IPAddress? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            return IPAddress(v4: bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) })
        }
        guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        func half(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return IPAddress(high: half(bytes[..<8]), low: half(bytes[8...]))
    }
}

@Suite struct `A range of addresses` {
    @Test(
        arguments: [
            ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("172.16.0.0/12", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.255", "192.0.2.127", "192.0.3.0"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.7", "192.0.2.6", "192.0.2.8"),
            ("192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", "192.0.2.6", "192.0.2.8"),
            ("127.1.2.3/8", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", "::", "::1:0:0:0"),
            ("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("::1", "::1", "::1", "::", "::2"), ("::1/128", "::1", "::1", "::", "::2"),
            (
                "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"
            ),
            (
                "fe80::/10", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::"
            ),
            (
                "1:2:3:4::/64", "1:2:3:4::", "1:2:3:4:ffff:ffff:ffff:ffff", "1:2:3:3:ffff:ffff:ffff:ffff",
                "1:2:3:5::"
            ),
            ("1:2:3:4:8000::/65", "1:2:3:4:8000::", "1:2:3:4:ffff::", "1:2:3:4:7fff::", "1:2:3:5::"),
            ("1:2:3:4::/63", "1:2:3:4::", "1:2:3:5:ffff::", "1:2:3:3::", "1:2:3:6::"),
            ("1::/127", "1::", "1::1", "::ffff", "1::2"),
        ])
    func `has its first and last, and not those beside them`(
        range: String, first: String, last: String, before: String, after: String
    ) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(first))))
        #expect(range.contains(try #require(IPAddress(last))))
        #expect(!range.contains(try #require(IPAddress(before))))
        #expect(!range.contains(try #require(IPAddress(after))))
        #expect(AddressRange(range.description) == range)
    }

    @Test func `of no bits has all addresses`() throws {
        let all = try #require(AddressRange("::/0"))
        for text in ["::", "1.2.3.4", "ffff::"] { #expect(all.contains(try #require(IPAddress(text)))) }
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
        "10.0.0.0/8/8", "10.0.0.0/ 8",
        "10.0.0.0/255.0.0.0", "10.0.0/8", "::/129", "::/", "::1/1e1", "loopback/8", "::/99999999999999999999",
        "x",
    ])
    func `is not read from anything else`(text: String) {
        #expect(AddressRange(text) == nil)
        #expect(AddressRange.named(text) == nil)
    }

    @Test(
        arguments: [
            ("loopback", ["127.0.0.1", "127.9.9.9", "::1"], ["128.0.0.1", "::2", "10.0.0.1"]),
            ("linklocal", ["169.254.0.1", "fe80::1"], ["169.255.0.1", "fec0::1", "127.0.0.1"]),
            (
                "uniquelocal", ["10.1.1.1", "172.16.0.1", "172.31.0.1", "192.168.1.1", "fc00::1", "fdff::1"],
                ["11.0.0.1", "172.32.0.1", "192.169.0.1", "fe00::1", "fbff::1"]
            ),
            ("192.0.2.0/24", ["192.0.2.1"], ["192.0.3.1"]),
        ] as [(String, [String], [String])])
    func `has a name as in Express`(name: String, inside: [String], outside: [String]) throws {
        let ranges = try #require(AddressRange.named(name))
        func isIn(_ text: String) -> Bool {
            IPAddress(text).map { a in ranges.contains { $0.contains(a) } } ?? false
        }
        #expect(inside.allSatisfy(isIn))
        #expect(!outside.contains(where: isIn))
    }
}
