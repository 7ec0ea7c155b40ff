import Testing

@testable import MaxServer

/// RFC 6454 section 6.2, and the Fetch standard's serialization of an origin.
@Suite struct `The origin of a page` {
    @Test(arguments: [
        ("http://localhost:5173", "http://localhost:5173"), ("https://app.example", "https://app.example"),
        ("HTTPS://App.Example", "https://app.example"), ("https://app.example/", "https://app.example"),
        ("http://app.example:80", "http://app.example"), ("https://app.example:443/", "https://app.example"),
        ("http://app.example:443", "http://app.example:443"), ("https://a.b:65535", "https://a.b:65535"),
        ("https://a.b:1", "https://a.b:1"), ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[::1]", "http://[::1]"), ("http://127.0.0.1:08080", "http://127.0.0.1:8080"),
        ("capacitor://localhost", "capacitor://localhost"), ("null", "null"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ])
    func `is spelled as browsers send it`(text: String, origin: String) {
        #expect(WebOrigin(text)?.text == origin)
    }

    @Test(arguments: [
        "", "*", "localhost", "localhost:5173", "//app.example", "://app.example", "https://", "https:///",
        "https://app.example/page", "https://app.example//", "https://app.example?q", "https://app.example#f",
        "https://user@app.example", "https://*.example", "https://app.example:", "https://app.example:0",
        "https://app.example:65536", "https://app.example:http", "https://a:1:2", "https://[::1",
        "https://[x]",
        "https://kůň.example", "https://a b", "1http://app.example",
        "https://app.example:99999999999999999999",
        "https://:443", "https://app.example:-1",
    ])
    func `that no browser sends is refused`(text: String) {
        #expect(WebOrigin(text) == nil)
    }
}
