import EngineIO
import Testing

/// Expected texts are what `cookie` 0.7.2 on Node writes for the same options.
@Suite struct `The session's cookie` {
    @Test func `is by default the one of Node`() throws {
        let expected = "io=abc; Path=/; HttpOnly; SameSite=Lax"
        #expect(SessionCookie().field(value: "abc") == expected)
        #expect(try SessionCookie(name: "io").field(value: "abc") == expected)
        #expect(try SessionCookie(name: "io") == SessionCookie())
    }

    @Test func `has all its attributes in order`() throws {
        let cookie = try SessionCookie(
            name: "srv", maxAge: .milliseconds(-500), domain: ".Example.com", path: "/x y",
            expires: 784_111_777,
            httpOnly: true, secure: true, partitioned: true, priority: .high,
            sameSite: SessionCookie.SameSite.none)
        #expect(
            cookie.field(value: "a b;ä€😀\"")
                == "srv=a%20b%3B%C3%A4%E2%82%AC%F0%9F%98%80%22; Max-Age=-1; Domain=.Example.com; Path=/x y; "
                + "Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; Secure; Partitioned; Priority=High; SameSite=None"
        )
        #expect(cookie.name == "srv")
    }

    @Test func `has no attribute that is not wanted`() throws {
        let cookie = try SessionCookie(name: "n", path: nil, httpOnly: false, sameSite: nil)
        #expect(cookie.field(value: "") == "n=")
        #expect(try SessionCookie(path: "", httpOnly: false, sameSite: nil).field(value: "v") == "io=v")
    }

    @Test func `escapes each byte of its value that JavaScript escapes`() throws {
        let ascii = String(String.UnicodeScalarView((0..<128).map { Unicode.Scalar(UInt8($0)) }))
        #expect(
            try SessionCookie(path: nil, httpOnly: false, sameSite: nil).field(value: ascii)
                == "io=%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D%1E%1F"
                + "%20!%22%23%24%25%26'()*%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                + "%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F")
    }

    @Test(
        arguments: [
            (.zero, "0"), (.milliseconds(3_600_900), "3600"), (.milliseconds(-1_000), "-1"),
            (.milliseconds(-1_001), "-2"), (.seconds(Int64.max), "9223372036854775807"),
            (.seconds(Int64.min), "-9223372036854775808"),
        ] as [(Duration, String)])
    func `lives for whole seconds, rounded down`(maxAge: Duration, seconds: String) throws {
        let cookie = try SessionCookie(maxAge: maxAge, path: nil, httpOnly: false, sameSite: nil)
        #expect(cookie.field(value: "v") == "io=v; Max-Age=\(seconds)")
    }

    @Test(arguments: SessionCookie.Priority.allCases, SessionCookie.SameSite.allCases)
    func `names its priority and its sites`(
        priority: SessionCookie.Priority, sameSite: SessionCookie.SameSite
    ) throws {
        let cookie = try SessionCookie(path: nil, httpOnly: false, priority: priority, sameSite: sameSite)
        #expect(
            cookie.field(value: "v") == "io=v; Priority=\(priority.rawValue); SameSite=\(sameSite.rawValue)")
    }
}

/// RFC 6265 section 4.1.1.
@Suite struct `A cookie that would break its header field` {
    @Test(arguments: [
        "", "a b", "a=b", "a;b", "a\r\n", "\u{E4}", "\"a\"", "a,b", "(a)", "a/b", "\u{0}", "a\u{7F}",
    ])
    func `is refused for its name`(name: String) {
        #expect(throws: InvalidCookie.self) { try SessionCookie(name: name) }
    }

    @Test func `is not one with any character of a token in its name`() throws {
        let name = "!#$%&'*+-.^_`|~09azAZ"
        #expect(try SessionCookie(name: name).field(value: "v").hasPrefix(name + "=v;"))
    }

    @Test(
        arguments: [
            ("a", true), ("a.b", true), ("a--b", true), (".a", true), ("1.2", true), ("A-9.Z", true),
            (String(repeating: "a", count: 63), true),
            ("b." + String(repeating: "a", count: 63) + ".c", true),
            (String(repeating: "a", count: 64), false), ("b." + String(repeating: "a", count: 64), false),
            ("", false), (".", false), ("-a", false), ("a-", false), ("b.-a", false), ("b.a-", false),
            ("a..b", false),
            ("a.", false), ("..a", false), ("a_b", false), ("\u{E4}", false), ("a;b", false),
            ("a\r\n", false),
            ("a b", false), ("[::1]", false), ("a,b", false),
        ])
    func `is refused for its domain`(domain: String, isAllowed: Bool) {
        #expect(((try? SessionCookie(domain: domain)) != nil) == isAllowed)
    }

    @Test(
        arguments: [
            ("/", true), ("/~", true), ("/:", true), ("/=", true), ("a>b", true), (" ", true), ("a;b", false),
            ("a<b", false), ("a\tb", false), ("a\r\nX: y", false), ("\u{E4}", false), ("\u{7F}", false),
        ])
    func `is refused for its path`(path: String, isAllowed: Bool) {
        #expect(((try? SessionCookie(path: path)) != nil) == isAllowed)
    }

    @Test(
        arguments: [
            (-11_644_473_600, true), (253_402_300_799, true), (-11_644_473_601, false),
            (253_402_300_800, false),
            (Int.min, false), (Int.max, false),
        ])
    func `is refused for its expiry`(expires: Int, isAllowed: Bool) {
        #expect(((try? SessionCookie(expires: expires)) != nil) == isAllowed)
    }

    @Test func `says what is wrong without breaking the log`() {
        let error = #expect(throws: InvalidCookie.self) { try SessionCookie(name: "a\nb") }
        #expect(
            error?.description
                == "the cookie's name has to be letters, digits and !#$%&'*+-.^_`|~, and is \"a\\nb\"")
    }
}
