import EngineWire
import Testing

@testable import EngineIO

@Suite struct `Engine packets` {
    @Test(
        arguments: [
            ("0", .open), ("0{}", .open), ("1", .close), ("2", .ping(isProbe: false)),
            ("2probe", .ping(isProbe: true)),
            ("2probes", .ping(isProbe: false)), ("2Probe", .ping(isProbe: false)),
            ("2prob", .ping(isProbe: false)),
            ("3", .pong), ("3probe", .pong), ("4", .text), ("4hello", .text), ("5", .upgrade), ("6", .noop),
            ("", .unknown), ("7", .unknown), ("/", .unknown), ("b", .unknown), ("abc", .unknown),
            ("\u{0}", .unknown),
            (" 4", .unknown), ("é", .unknown),
        ] as [(String, PacketKind)])
    func `are told by their first character`(text: String, kind: PacketKind) {
        #expect(PacketKind(text: Array(text.utf8).span) == kind)
    }

    @Test(
        arguments: [
            ("4a", ["4a"]), ("4a\u{1E}4b", ["4a", "4b"]), ("\u{1E}", ["", ""]), ("4a\u{1E}", ["4a", ""]),
            ("\u{1E}4a", ["", "4a"]), ("", [""]), ("2\u{1E}bAQID\u{1E}4é", ["2", "bAQID", "4é"]),
        ] as [(String, [String])])
    func `of a polling payload stand between record separators`(payload: String, packets: [String]) {
        let body = Array(payload.utf8)
        var found: [String] = []
        var start = 0
        repeat {
            let range = PollingPayload.packet(in: body.span, from: start)
            found.append(String(decoding: body[range], as: UTF8.self))
            start = range.upperBound + 1
        } while start <= body.count
        #expect(found == packets)
    }
}

@Suite struct `Prepared messages` {
    @Test func `of text are one frame`() {
        let message = PreparedMessage(textPacket: Array("4hi".utf8).span)
        #expect(message.frames == [0x81, 3] + Array("4hi".utf8))
        #expect(polling(message) == "4hi")
    }

    @Test func `with attachments are their frames back to back`() {
        let message = PreparedMessage(
            textPacket: Array("452-[]".utf8).span,
            attachments: [[1, 2, 3], [UInt8](repeating: 9, count: 200)])
        #expect(
            message.frames == [0x81, 6] + Array("452-[]".utf8) + [0x82, 3, 1, 2, 3] + [0x82, 126, 0, 200]
                + [UInt8](repeating: 9, count: 200))
        #expect(message.size == message.frames.count)
    }

    @Test func `with attachments are base64 in a polling payload`() {
        let message = PreparedMessage(
            textPacket: Array("452-[]".utf8).span, attachments: [[1, 2, 3], [], [0xFF]])
        #expect(polling(message) == "452-[]\u{1E}bAQID\u{1E}b\u{1E}b/w==")
    }

    @Test func `of bytes are one binary frame`() {
        let message = PreparedMessage(binary: [7, 8].span)
        #expect(message.frames == [0x82, 2, 7, 8])
        #expect(polling(message) == "bBwg=")
    }

    @Test(arguments: [0, 125, 126, 65_535, 65_536])
    func `of every length keep payload and header apart`(size: Int) {
        let payload = [UInt8](repeating: UInt8(ascii: "x"), count: size)
        let message = PreparedMessage(textPacket: payload.span)
        #expect(
            message.parts.map(\.payload) == [
                WebSocketFrame.headerLength(payload: size)..<message.frames.count
            ])
        #expect(polling(message).utf8.elementsEqual(payload))
    }

    @Test func `several share a polling payload`() {
        var payload: [UInt8] = []
        for message in [PreparedMessage.ping, .noop, .close, PreparedMessage(binary: [0].span)] {
            message.appendPolling(to: &payload)
        }
        #expect(String(decoding: payload, as: UTF8.self) == "2\u{1E}6\u{1E}1\u{1E}bAA==")
    }

    private func polling(_ message: PreparedMessage) -> String {
        var payload: [UInt8] = []
        message.appendPolling(to: &payload)
        return String(decoding: payload, as: UTF8.self)
    }
}

@Suite struct `Refusals of the engine` {
    @Test(
        arguments: [
            (.unknownTransport("x"), 400, #"{"code":0,"message":"Transport unknown"}"#),
            (.unknownSession("x"), 400, #"{"code":1,"message":"Session ID unknown"}"#),
            (.badMethod(.post), 400, #"{"code":2,"message":"Bad handshake method"}"#),
            (.noWebSocket("x"), 400, #"{"code":3,"message":"Bad request"}"#),
            (.refused("Forbidden", status: nil), 403, #"{"code":4,"message":"Forbidden"}"#),
            (.refused("no \"x\"\n", status: 401), 401, #"{"code":4,"message":"no \"x\"\n"}"#),
            (.protocolVersion(3), 400, #"{"code":5,"message":"Unsupported protocol version"}"#),
        ] as [(ConnectionError, Int, String)])
    func `are those of Node's engine_io`(error: ConnectionError, status: Int, body: String) {
        #expect(error.response.status == status)
        #expect(error.response.body == Array(body.utf8))
    }
}
