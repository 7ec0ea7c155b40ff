import Testing

/// Valid texts and the requests that they are.
struct RequestSample: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    var requests: [Heard]

    init(_ name: String, _ text: String, _ requests: Heard...) {
        self.name = name
        self.text = text
        self.requests = requests
    }

    var testDescription: String { name }

    static let all: [RequestSample] = [
        RequestSample(
            "a GET", "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: h\r\n\r\n", Heard("GET /socket.io/?EIO=4")),
        RequestSample(
            "a body by length", "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
            Heard("POST /p", body: "hello")),
        RequestSample(
            "an empty body", "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", Heard("POST /p")),
        RequestSample(
            "a body that looks like a request",
            "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            Heard("POST /p", body: "GET / HTTP/1.1\r\n\r\n")),
        RequestSample(
            "chunks",
            "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Heard("POST /p", body: "hello")),
        RequestSample(
            "chunks with extensions and trailers",
            "POST /p HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n"
                + "5;a=1;b=\"c\"\r\nhello\r\n00B; x\r\n, my\r\nworld\r\n0;last\r\nExpires: never\r\nX: y\r\n\r\n",
            Heard("POST /p", body: "hello, my\r\nworld")),
        RequestSample(
            "no chunks", "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            Heard("POST /p")),
        RequestSample(
            "a pipeline",
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
                + "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n"
                + "GET /4 HTTP/1.1\r\nHost: h\r\n\r\n",
            Heard("GET /1"), Heard("POST /2", body: "ab"), Heard("POST /3", body: "c"), Heard("GET /4")),
        RequestSample("HTTP/1.0 without Host", "GET /old HTTP/1.0\r\n\r\n", Heard("GET /old")),
        RequestSample(
            "absolute-form", "GET http://example.com:8000/a/b?c=1 HTTP/1.1\r\nHost: h\r\n\r\n",
            Heard("GET /a/b?c=1")),
        RequestSample(
            "absolute-form of https in capitals", "GET HTTPS://h/ HTTP/1.1\r\nHost: h\r\n\r\n", Heard("GET /")
        ),
        RequestSample("an empty line in front", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", Heard("GET /")),
        RequestSample(
            "an empty line between requests",
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n", Heard("GET /1"),
            Heard("GET /2")),
        RequestSample("HEAD", "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", Heard("HEAD /a")),
        RequestSample("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", Heard("OPTIONS *")),
        RequestSample("another method", "M-SEARCH /a HTTP/1.1\r\nHost: h\r\n\r\n", Heard("M-SEARCH /a")),
        RequestSample(
            "Expect: 100-continue",
            "PUT /p HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nok",
            Heard("PUT /p", body: "ok")),
        RequestSample(
            "values with white space around, nothing in them, and bytes above ASCII",
            "GET / HTTP/1.1\r\nHost:h \t\r\nEmpty:\r\nBlank:   \r\nName: J\u{F6}rg\tx\r\n\r\n", Heard("GET /")
        ),
        RequestSample("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", Heard("GET /")),
        RequestSample(
            "two question marks", "GET /a?b=1?c HTTP/1.1\r\nHost: h\r\n\r\n", Heard("GET /a?b=1?c")),
    ]
}
