import TestSupport
import Testing

/// What cannot become UTF-8 any more ends the connection as soon as that is certain: who sends it does not get to
/// fill the server's memory first. RFC 6455 section 8.1 allows to wait; strict servers do not.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket text is refused at once` {
    @Test(arguments: UTF8Samples.invalid)
    func `by the fragment that cannot be right, before the last one comes`(
        sample: UTF8Samples.Invalid
    ) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            // Up to the culprit all may become right; a pong says that it was read.
            try await webSocket.send(
                frames: `WebSocket text`.text(Array(sample.bytes[..<sample.culprit]), isFinal: false),
                .ping([1]))
            #expect(Reply(try await webSocket.frame()) == .pong([1]))
            try await webSocket.send(frames: .continuation([sample.bytes[sample.culprit]], isFinal: false))
            #expect(try await webSocket.end().map(Reply.init) == [.close(1007)])
        }
    }

    @Test(arguments: UTF8Samples.invalid)
    func `by the byte that cannot be right, before the frame is whole`(
        sample: UTF8Samples.Invalid
    ) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            let frame = `WebSocket text`.text(sample.bytes + Array("the rest".utf8)).bytes
            let headLength = 6
            let (before, until) = (headLength + sample.culprit, headLength + sample.culprit + 1)
            try await webSocket.connection.send(Array(frame[..<before]))
            await server.settle()
            try await webSocket.connection.send(Array(frame[before..<until]))
            #expect(try await webSocket.end().map(Reply.init) == [.close(1007)])
        }
    }

    /// Autobahn's cases 6.4: valid, then the culprit with what belongs to it, then nothing more.
    @Test(arguments: [[0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func `in a large frame that never becomes whole`(wrong: [UInt8]) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            let right = Array(repeatElement(UTF8Samples.kosme, count: 20_000).joined())
            let frame = `WebSocket text`.text(right + wrong + [UInt8](repeating: 0x61, count: 700_000)).bytes
            try await webSocket.connection.send(Array(frame[..<(14 + right.count + wrong.count)]))
            #expect(try await webSocket.end().map(Reply.init) == [.close(1007)])
        }
    }
}
