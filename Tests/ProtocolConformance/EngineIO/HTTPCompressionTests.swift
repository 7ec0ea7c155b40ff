import EngineIO
import EngineWire
import TestSupport
import Testing

/// Row E11: long answers to polls, compressed.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO HTTP compression` {
    /// The body of an answer as it was before it was compressed.
    private func plainBody(of answer: HTTPTestResponse) throws -> String {
        let format: DeflateFormat? =
            switch answer["Content-Encoding"] {
            case "gzip": .gzip
            case "deflate": .zlib
            default: nil
            }
        guard let format else { return answer.text }
        var body: [UInt8] = []
        let inflater = Inflater(format: format)
        try inflater.inflate(answer.body.span, into: &body, limit: 1_000_000)
        #expect(inflater.isAtStreamEnd)
        return String(decoding: body, as: UTF8.self)
    }

    /// The answer to a poll of a client that accepts these codings.
    private func answer(
        to accept: String?, threshold: Int? = 1_024, _ send: @escaping @Sendable (Session) -> Void
    ) async throws -> HTTPTestResponse {
        let answers = Journal<HTTPTestResponse>()
        let options = EngineOptions.test { $0.httpCompressionThreshold = threshold }
        try await withEngineServer(options, onConnection: send) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let fields = accept.map { ["Accept-Encoding: \($0)"] } ?? []
            answers.append(try await HTTPTestClient.get(port: port, client.target(), fields: fields))
        }
        return try #require(answers.all.first)
    }

    @Test(arguments: [
        ("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate", "gzip"), ("deflate, gzip, br", "gzip"),
        ("gzip;q=0.5, deflate", "deflate"), ("br, *", "gzip"), ("GZIP", "gzip"),
    ])
    func `a client gets the coding that it accepts`(accept: String, coding: String) async throws {
        let bytes = (0..<1_024).map { UInt8(truncatingIfNeeded: $0) }
        let answer = try await answer(to: accept) { $0.send(bytes) }
        #expect(
            answer.lines == [
                "Content-Type: text/plain; charset=UTF-8", "Content-Encoding: \(coding)",
                "cache-control: no-store", "Content-Length: \(answer.body.count)", "Connection: keep-alive",
            ])
        let body = try plainBody(of: answer)
        #expect(body.utf8.count == 1_369)
        #expect(body.hasPrefix("bAAEC"))
        #expect(answer.body.count < body.utf8.count)
    }

    @Test(arguments: [nil, "", "br", "identity", "gzip;q=0, deflate;q=0", "gzip;q=2"])
    func `a client that accepts none gets the answer as it is`(accept: String?) async throws {
        let text = String(repeating: "x", count: 2_000)
        let answer = try await answer(to: accept) { $0.send(text) }
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer.text == "4" + text)
    }

    @Test(arguments: [(1_024, 1_022, false), (1_024, 1_023, true), (0, 10, true), (0, 0, true)])
    func `the threshold counts the payload's bytes`(threshold: Int, size: Int, isCompressed: Bool)
        async throws
    {
        let text = String(repeating: "x", count: size)
        let answer = try await answer(to: "gzip", threshold: threshold) { $0.send(text) }
        #expect(answer["Content-Encoding"] == (isCompressed ? "gzip" : nil))
        #expect(try plainBody(of: answer) == "4" + text)
    }

    @Test func `many small messages are one payload`() async throws {
        let answer = try await answer(to: "gzip") { session in
            for _ in 0..<200 { session.send("tick") }
        }
        #expect(answer["Content-Encoding"] == "gzip")
        let payload = Array(repeating: "4tick", count: 200).joined(separator: "\u{1E}")
        #expect(try plainBody(of: answer) == payload)
    }

    @Test func `switched off it never happens`() async throws {
        let text = String(repeating: "x", count: 5_000)
        let answer = try await answer(to: "gzip", threshold: nil) { $0.send(text) }
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer.text == "4" + text)
    }

    @Test(arguments: [(false, false, false), (false, true, true), (true, false, true)])
    func `messages may ask not to be compressed, if all of a payload do`(
        first: Bool, second: Bool, isCompressed: Bool
    ) async throws {
        let text = String(repeating: "x", count: 2_000)
        let answer = try await answer(to: "gzip") { session in
            session.send(text, compress: first)
            session.send([1, 2, 3], compress: second)
        }
        #expect(answer["Content-Encoding"] == (isCompressed ? "gzip" : nil))
        #expect(try plainBody(of: answer) == "4" + text + "\u{1E}bAQID")
    }

    @Test func `a handshake with a long first message is compressed, as on Node`() async throws {
        let text = String(repeating: "x", count: 2_000)
        try await withEngineServer(.test { $0.initialPacket = .text(text) }) { _, port in
            let answer = try await HTTPTestClient.get(
                port: port, Handshake.polling, fields: ["Accept-Encoding: gzip"])
            #expect(answer["Content-Encoding"] == "gzip")
            let body = try plainBody(of: answer)
            #expect(body.hasPrefix("0{"))
            #expect(body.hasSuffix("\u{1E}4" + text))
        }
    }

    @Test func `the answer to a POST is never compressed`() async throws {
        try await withEngineServer(.test { $0.httpCompressionThreshold = 0 }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let answer = try await HTTPTestClient.request(
                port: port, "POST", client.target(), fields: ["Accept-Encoding: gzip"], body: [0x34])
            #expect(answer.text == "ok")
        }
    }

    @Test func `a client can go on after a compressed answer`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Accept-Encoding: gzip"])
            for size in [10, 5_000, 20] {
                let text = "4" + String(repeating: "y", count: size)
                _ = try await client.post(text)
                #expect(try plainBody(of: try await client.poll()) == text)
            }
        }
    }
}
