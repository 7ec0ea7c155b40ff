import TestSupport
import Testing

/// RFC 9112 section 3: the request line.
@Suite(.timeLimit(.minutes(5))) struct `HTTP request line` {
    private static func line(_ line: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(line.debugDescription, line + "\r\nHost: h\r\n\r\n", outcome)
    }

    static let methods =
        [
            "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", "M-SEARCH",
            "!#$%&'*+.^_`|~9",
        ].map {
            line("\($0) /x HTTP/1.1", .served("\($0) /x "))
        }
        + ["G(T", "G\"T", "G/T", "G:T", "G=T", "G@T", "G[T", "G{T", "G\u{7F}T", "GÉT", "G\u{0}T", ""].map {
            line("\($0) /x HTTP/1.1", .refused(400))
        }

    static let targets = [
        line("GET / HTTP/1.1", .served("GET / ")), line("GET // HTTP/1.1", .served("GET // ")),
        line("GET /a/../b HTTP/1.1", .served("GET /a/../b ")),
        line("GET /?a=b&c HTTP/1.1", .served("GET /?a=b&c ")),
        line("GET /a?b?c HTTP/1.1", .served("GET /a?b?c ")),
        // Escapes are the service's matter, also those that are none.
        line("GET /a%20b HTTP/1.1", .served("GET /a%20b ")), line("GET /% HTTP/1.1", .served("GET /% ")),
        line("GET /%2 HTTP/1.1", .served("GET /%2 ")), line("GET /%zz HTTP/1.1", .served("GET /%zz ")),
        line("GET /%00 HTTP/1.1", .served("GET /%00 ")),
        line("GET /%c3%28 HTTP/1.1", .served("GET /%c3%28 ")),
        line("GET /?%=%&%z=%z HTTP/1.1", .served("GET /?%=%&%z=%z ")),
        // Section 3.2.2: servers must take whole URLs.
        line("GET http://h/a?b HTTP/1.1", .served("GET /a?b ")),
        line("GET HTTP://h:80/a HTTP/1.1", .served("GET /a ")),
        // RFC 9110 section 4.2.4: a name before the host hides where a link leads.
        line("GET https://u@h/ HTTP/1.1", .refused(400)),
        line("OPTIONS * HTTP/1.1", .served("OPTIONS * ")),
        line("GET * HTTP/1.1", .refused(400)), line("OPTIONS ** HTTP/1.1", .refused(400)),
        line("CONNECT h:80 HTTP/1.1", .refused(400)), line("GET h:80 HTTP/1.1", .refused(400)),
        line("GET a/b HTTP/1.1", .refused(400)), line("GET ?a HTTP/1.1", .refused(400)),
        line("GET ftp://h/ HTTP/1.1", .refused(400)), line("GET http:/h HTTP/1.1", .refused(400)),
        line("GET http://h?a HTTP/1.1", .served("GET /?a ")), line("GET http:// HTTP/1.1", .refused(400)),
        line("GET /a b HTTP/1.1", .refused(400)), line("GET /a\tb HTTP/1.1", .refused(400)),
        line("GET /a\u{0}b HTTP/1.1", .refused(400)), line("GET /a\u{1}b HTTP/1.1", .refused(400)),
        line("GET /a\u{7F}b HTTP/1.1", .refused(400)), line("GET /a\rb HTTP/1.1", .refused(400)),
        line("GET /a\nb HTTP/1.1", .refused(400)), line("GET  HTTP/1.1", .refused(400)),
    ]

    static let spaces = [
        line("GET  /x HTTP/1.1", .refused(400)), line("GET /x  HTTP/1.1", .refused(400)),
        line(" GET /x HTTP/1.1", .refused(400)), line("GET /x HTTP/1.1 ", .refused(400)),
        line("GET\t/x HTTP/1.1", .refused(400)), line("GET /x\tHTTP/1.1", .refused(400)),
        line("GET /x\u{B}HTTP/1.1", .refused(400)), line("GET", .refused(400)), line("GET ", .refused(400)),
        line("GET /x", .refused(400)), line("GET /x ", .refused(400)),
        line("GET /x HTTP/1.1\r", .refused(400)), line("GET /x HTTP/1.1\nX: y", .refused(400)),
        line("GET /x HTTP/1.1 GET /y HTTP/1.1", .refused(400)),
        RequestRow("an empty line before", "\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n", .served("GET /x ")),
        RequestRow("two empty lines before", "\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n", .refused(400)),
        RequestRow("an LF before", "\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n", .refused(400)),
        RequestRow(
            "a space and an empty line before", " \r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n", .refused(400)),
        RequestRow("only empty lines", "\r\n\r\n\r\n\r\n", .refused(400)),
    ]

    static let versions =
        [
            line("GET /x HTTP/1.0", .servedLast("GET /x ")),
            RequestRow(
                "HTTP/1.0, kept", "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", .served("GET /x ")),
            RequestRow(
                "HTTP/1.0, kept, with a body",
                "POST /x HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello",
                .served("POST /x hello")),
            RequestRow(
                "HTTP/1.0, kept and closed", "GET /x HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
                .servedLast("GET /x ")),
        ]
        + ["HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"].map {
            line("GET /x \($0)", .refused(505))
        }
        + [
            "http/1.1", "Http/1.1", "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/1.10", "HTTP/01.1", "HTTP/1,1",
            "HTTP 1.1", "HTTP//1.1",
            "HTTPS/1.1", "HTTP/1.1.1", "HTTP/1.1\u{0}", "HTTP/+1.1", "XTTP/1.1", "1.1", "HTTP",
        ].map {
            line("GET /x \($0)", .refused(400))
        }

    @Test(arguments: methods + targets + spaces + versions, [false, true])
    func `has three words and a version`(row: RequestRow, byteByByte: Bool) async throws {
        try await row.play(byteByByte: byteByByte)
    }
}
