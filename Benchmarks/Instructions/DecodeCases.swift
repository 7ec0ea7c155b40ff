internal import EngineWire
internal import SocketIO

/// From bytes to values: functions without a server.
var decodeCases: [Case] {
    [
        frameCase("decode-frame-150", payload: 150),
        frameCase("decode-frame-2k", payload: 2_048),
        Case(name: "decode-http-head", rounds: 100) {
            let bytes = Array(browserPoll.utf8)
            return Work {
                var decoder = RequestDecoder(limits: HTTPLimits())
                let (consumed, event) = try decoder.decode(bytes.span)
                guard case .head(let request)? = event else { return -1 }
                return consumed &+ request.path.utf8.count
            }
        },
        Case(name: "decode-json", rounds: 200) {
            let bytes = Array(#"["quote",\#(Quote.json)]"#.utf8)
            return Work { try JSONScanner.scanArray(bytes.span).count }
        },
        Case(name: "decode-value", rounds: 200) {
            let bytes = Array(Quote.json.utf8)
            return Work { try ArgumentDecoder().decode(Quote.self, from: bytes).volume }
        },
    ]
}

/// A masked text frame. It is decoded where it stands, which takes the mask off; the next time puts it on again, and
/// both are text.
private func frameCase(_ name: String, payload count: Int) -> Case {
    Case(name: name, operations: 16, rounds: 24) {
        let letters = Array("The quick brown fox jumps over the lazy dog. ".utf8)
        var frame = [UInt8].clientFrame(1, (0..<count).map { letters[$0 % letters.count] })
        return Work {
            var decoder = WebSocketDecoder(limits: WebSocketLimits())
            var bytes = frame.mutableSpan
            var sum = 0
            for _ in 0..<16 {
                var at = 0
                guard case .text(let payload) = try decoder.next(in: &bytes, at: &at) else { return -1 }
                sum += payload.count
            }
            return sum
        }
    }
}

/// What Chrome sends for a poll.
let browserPoll =
    "GET /socket.io/?EIO=4&transport=polling&t=PZ3kQ1x&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\n"
    + "Host: dashboard.example.com\r\nConnection: keep-alive\r\nsec-ch-ua-platform: \"Windows\"\r\n"
    + "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    + "Chrome/131.0.0.0 Safari/537.36\r\nAccept: */*\r\n"
    + "sec-ch-ua: \"Google Chrome\";v=\"131\", \"Chromium\";v=\"131\", \"Not_A Brand\";v=\"24\"\r\n"
    + "sec-ch-ua-mobile: ?0\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
    + "Referer: https://dashboard.example.com/charts\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    + "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\nCookie: theme=dark; session=0123456789abcdef0123456789abcdef\r\n\r\n"
