import TestSupport
import Testing

/// Where RFC 9112 leaves room to be lenient, or to wait, and a strict server takes none.
@Suite(.timeLimit(.minutes(5))) struct `HTTP strictness` {
    private static func host(_ value: String) -> RequestRow {
        RequestRow(
            "Host: \(value)".debugDescription, "GET /x HTTP/1.1\r\nHost: \(value)\r\n\r\n", .refused(400))
    }

    /// RFC 9112 section 3.2: a `Host` that is no `uri-host [ ":" port ]` must get 400.
    static let hosts =
        [
            "a b", "a, b", "h/x", "h?x", "h#x", "u@h", "h:x", "h:80:80", "h:-1", "[::1", "::1", "[h]", "h\\x",
            "<h>", "\"h\"", "h\tx", "h%", "h%zz", "é",
        ].map(host)

    static let targets = [
        // RFC 9110 section 4.2.1: an empty host is invalid.
        RequestRow("http:///x", "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", .refused(400)),
        RequestRow("http://:80/x", "GET http://:80/x HTTP/1.1\r\nHost: h\r\n\r\n", .refused(400)),
        // RFC 9110 section 4.2.3: an empty path of a whole URL is the same as `/`.
        RequestRow("http://h", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", .served("GET / ")),
    ]

    private static func chunked(_ chunks: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(
            String(chunks.prefix(60)).debugDescription,
            "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, outcome)
    }

    /// What chunk extensions and trailers consist of is ignored, but it is checked: another reader of the same
    /// bytes may take it for something else.
    static let ignored = [
        chunked("5;a\u{0}b\r\nhello\r\n0\r\n\r\n", .refused(400)),
        chunked("5;a=\u{1}\r\nhello\r\n0\r\n\r\n", .refused(400)),
        chunked("5;a\u{7F}\r\nhello\r\n0\r\n\r\n", .refused(400)),
        chunked("0\r\nno colon\r\n\r\n", .refused(400)),
        chunked("0\r\n: no name\r\n\r\n", .refused(400)),
        chunked("0\r\nA : b\r\n\r\n", .refused(400)),
        chunked("0\r\nA: b\r\n folded\r\n\r\n", .refused(400)),
        chunked("0\r\n A: b\r\n\r\n", .refused(400)),
        chunked("0\r\nA: b\u{0}\r\n\r\n", .refused(400)),
        chunked("0\r\nA\u{0}: b\r\n\r\n", .refused(400)),
        chunked("0\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", .refused(400)),
        // CVE-2023-39326: extensions that cost hundreds of times what the body counts.
        chunked(
            String(repeating: "1;\(String(repeating: "e", count: 250))\r\na\r\n", count: 1_000) + "0\r\n\r\n",
            .refused(431)),
    ]

    @Test(arguments: hosts + targets + ignored, [false, true])
    func `refuses what others might read differently`(row: RequestRow, byteByByte: Bool) async throws {
        // The flood has no reading that depends on its splits, and too many bytes for one at a time.
        if byteByByte, row.bytes.count > 10_000 { return }
        try await row.play(byteByByte: byteByByte)
    }

    @Test(arguments: [
        "\n", "\nGET / HTTP/1.1\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\nHost: h\n\n",
        "GET / HTTP/1.1\r\nHost: h\n",
        "GET / HTTP/1.1\r\nHost: h\n\n", "GET / HTTP/1.1\r\nHost: h\r\n\n", "GET / HTTP/1.1\rHost: h",
        "GET / HTTP/1.1\r\nHost: h\rX",
    ])
    func `refuses a line's wrong end at once, before the head is whole`(bytes: String) async throws {
        try await HTTPTestServer.recorder { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send(bytes)
            #expect(try await http.responses().map(\.status) == [400])
            #expect(served.all == [])
        }
    }
}
