import TestSupport
import Testing

/// RFC 9112 sections 6 and 7: where a body ends. Two opinions about that are how requests are smuggled.
@Suite(.timeLimit(.minutes(5))) struct `HTTP body framing` {
    private static let post = "POST /x HTTP/1.1\r\nHost: h\r\n"
    private static let hello = RequestRow.Outcome.served("POST /x hello")

    /// A request with this header field and the body `hello`.
    private static func length(_ field: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(field.debugDescription, post + field + "\r\n\r\nhello", outcome)
    }

    static let lengths = [
        length("Content-Length: 5", hello), length("content-length:5", hello),
        length("CONTENT-LENGTH: \t 5 \t", hello), length("Content-Length: 05", hello),
        length("Content-Length: 5, 5", .refused(400)), length("Content-Length: 5,5", .refused(400)),
        length("Content-Length: 5, 6", .refused(400)), length("Content-Length: 5,", .refused(400)),
        length("Content-Length: ,5", .refused(400)), length("Content-Length: 5 5", .refused(400)),
        length("Content-Length: +5", .refused(400)), length("Content-Length: -5", .refused(400)),
        length("Content-Length: -0", .refused(400)), length("Content-Length: 0x5", .refused(400)),
        length("Content-Length: 5h", .refused(400)), length("Content-Length: 5.0", .refused(400)),
        length("Content-Length: 5e0", .refused(400)), length("Content-Length: 5;", .refused(400)),
        length("Content-Length: \"5\"", .refused(400)), length("Content-Length: five", .refused(400)),
        length("Content-Length: ٥", .refused(400)), length("Content-Length: 5\u{0}", .refused(400)),
        length("Content-Length: \u{B}5", .refused(400)), length("Content-Length:", .refused(400)),
        length("Content-Length: ", .refused(400)), length("Content-Length : 5", .refused(400)),
        length("Content-Length\t: 5", .refused(400)), length(" Content-Length: 5", .refused(400)),
        length("Content-Length: \r\n 5", .refused(400)), length("Content-Length: 5\n", .refused(400)),
        length("Content-Length: 5\rX: y", .refused(400)),
        length("Content-Length: 5\r\nContent-Length: 5", .refused(400)),
        length("Content-Length: 5\r\nContent-Length: 6", .refused(400)),
        length("Content-Length: 0\r\nX: y\r\ncontent-length: 5", .refused(400)),
        length("Content-Length: 1000001", .refused(413)),
        length("Content-Length: 999999999999", .refused(413)),
        length("Content-Length: 9223372036854775807", .refused(400)),
        length("Content-Length: 9223372036854775808", .refused(400)),
        length("Content-Length: 18446744073709551621", .refused(400)),
        length("Content-Length: 99999999999999999999999999999999", .refused(400)),
    ]

    private static let chunks = "5\r\nhello\r\n0\r\n\r\n"

    /// A request with this header field and the body `hello` in one chunk.
    private static func coding(_ field: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(field.debugDescription, post + field + "\r\n\r\n" + chunks, outcome)
    }

    static let codings = [
        coding("Transfer-Encoding: chunked", hello), coding("transfer-encoding:chunked", hello),
        coding("Transfer-Encoding: \t chunked \t", hello), coding("Transfer-Encoding: Chunked", hello),
        coding("TRANSFER-ENCODING: CHUNKED", hello),
        coding("Transfer-Encoding: chunked\r\nContent-Length: 5", .refused(400)),
        coding("Content-Length: 5\r\nTransfer-Encoding: chunked", .refused(400)),
        coding("Content-Length: 0\r\nX: y\r\nTransfer-Encoding: chunked", .refused(400)),
        coding("Transfer-Encoding: chunked\r\nContent-Length: 15", .refused(400)),
        coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .refused(400)),
        coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", .refused(400)),
        coding("Transfer-Encoding : chunked", .refused(400)),
        coding("Transfer-Encoding\t: chunked", .refused(400)),
        coding(" Transfer-Encoding: chunked", .refused(400)),
        coding("\tTransfer-Encoding: chunked", .refused(400)),
        coding("Transfer-Encoding: chunked\r\n , gzip", .refused(400)),
        coding("X: y\r\n Transfer-Encoding: chunked", .refused(400)),
        coding("X: y\nTransfer-Encoding: chunked", .refused(400)),
        coding("X: y\rTransfer-Encoding: chunked", .refused(400)),
        coding("Transfer-Encoding: chunked\u{0}", .refused(400)),
        coding("Transfer-Encoding: \u{B}chunked", .refused(400)),
        coding("Transfer-Encoding: chunked\u{B}", .refused(400)),
        coding("Transfer-Encoding: chunked\u{C}", .refused(400)),
        coding("Transfer-Encoding\u{0}: chunked", .refused(400)),
        coding("Transfer-Encoding: xchunked", .refused(501)),
        coding("Transfer-Encoding: chunkedx", .refused(501)),
        coding("Transfer-Encoding: chunked, chunked", .refused(501)),
        coding("Transfer-Encoding: identity", .refused(501)),
        coding("Transfer-Encoding: identity, chunked", .refused(501)),
        coding("Transfer-Encoding: chunked, identity", .refused(501)),
        coding("Transfer-Encoding: gzip", .refused(501)),
        coding("Transfer-Encoding: gzip, chunked", .refused(501)),
        coding("Transfer-Encoding: chunked;x=y", .refused(501)),
        coding("Transfer-Encoding: \"chunked\"", .refused(501)),
        coding("Transfer-Encoding: chun\u{212A}ed", .refused(501)),
        coding("Transfer-Encoding:", .refused(501)),
        RequestRow(
            "chunked in HTTP/1.0", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
            .refused(400)),
        RequestRow(
            "chunked in HTTP/1.0, kept",
            "POST /x HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
            .refused(400)),
    ]

    /// A request whose body is these chunks.
    private static func body(_ chunks: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(
            String(chunks.prefix(60)).debugDescription,
            post + "Transfer-Encoding: chunked\r\n\r\n" + chunks, outcome)
    }

    static let chunked = [
        body("0\r\n\r\n", .served("POST /x ")), body("5\r\nhello\r\n0\r\n\r\n", hello),
        body("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", hello), body("00000005\r\nhello\r\n0\r\n\r\n", hello),
        body("a\r\n0123456789\r\n0\r\n\r\n", .served("POST /x 0123456789")),
        body("A\r\n0123456789\r\n0\r\n\r\n", .served("POST /x 0123456789")),
        body("5;\r\nhello\r\n0\r\n\r\n", hello), body("5;a=b;c=\"d e\"\r\nhello\r\n0;f\r\n\r\n", hello),
        body("5\r\nhello\r\n000\r\n\r\n", hello),
        body("5\r\nhello\r\n0\r\nTrailer: x\r\nOther:\r\n\r\n", hello),
        body("5\r\nhello\r\n0\r\nContent-Length: 100\r\nTransfer-Encoding: x\r\nHost: other\r\n\r\n", hello),
        body("\r\nhello\r\n0\r\n\r\n", .refused(400)), body("x\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("0x5\r\nhello\r\n0\r\n\r\n", .refused(400)), body("-1\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("-5\r\nhello\r\n0\r\n\r\n", .refused(400)), body("+5\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body(" 5\r\nhello\r\n0\r\n\r\n", .refused(400)), body("\t5\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("5 \r\nhello\r\n0\r\n\r\n", .refused(400)), body("5\t\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("5 ;a\r\nhello\r\n0\r\n\r\n", .refused(400)), body("5,\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("5 5\r\nhello\r\n0\r\n\r\n", .refused(400)), body("5g\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("5.\r\nhello\r\n0\r\n\r\n", .refused(400)), body("5h\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("5\u{0}\r\nhello\r\n0\r\n\r\n", .refused(400)), body("٥\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body(";a=b\r\nhello\r\n0\r\n\r\n", .refused(400)), body("5\nhello\n0\n\n", .refused(400)),
        body("5\nhello\r\n0\r\n\r\n", .refused(400)), body("5\rhello\r\n0\r\n\r\n", .refused(400)),
        body("5\r\r\nhello\r\n0\r\n\r\n", .refused(400)), body("5;a\nb\r\nhello\r\n0\r\n\r\n", .refused(400)),
        body("5;a\rb\r\nhello\r\n0\r\n\r\n", .refused(400)), body("5\r\nhello\n0\r\n\r\n", .refused(400)),
        body("5\r\nhello\r0\r\n\r\n", .refused(400)), body("5\r\nhello0\r\n\r\n", .refused(400)),
        body("5\r\nhello!\r\n0\r\n\r\n", .refused(400)), body("5\r\nhell\r\n0\r\n\r\n", .refused(400)),
        body("5\r\nhello\r\n\r\n0\r\n\r\n", .refused(400)), body("5\r\nhello\r\n0\n\r\n", .refused(400)),
        body("5\r\nhello\r\n0\r\nTrailer: x\n\r\n\r\n", .refused(400)),
        body("5\r\nhello\r\n0\r\nTrailer: x\ry\r\n\r\n", .refused(400)),
        body("5\r\nhello\r\n0\r\n\n", .refused(400)), body("5\r\nhello\r\n0\r\n\rX", .refused(400)),
        body("FFFFFFFF\r\n", .refused(413)), body("FFFFFFFFFFFFFFFF\r\n", .refused(413)),
        body("10000000000000005\r\nhello\r\n0\r\n\r\n", .refused(413)),
        body("8000000000000000\r\n", .refused(413)),
        body(String(repeating: "F", count: 200) + "\r\n", .refused(413)),
    ]

    @Test(arguments: lengths + codings + chunked, [false, true])
    func `has one reading, or none`(row: RequestRow, byteByByte: Bool) async throws {
        try await row.play(byteByByte: byteByByte)
    }
}
