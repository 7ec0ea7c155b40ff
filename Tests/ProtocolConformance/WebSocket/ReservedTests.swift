import TestSupport
import Testing

/// RFC 6455 section 5.2: what only an extension could give a meaning fails the connection, at once.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket reserved bits and opcodes` {
    /// Where in a conversation the frame comes.
    enum Position: CaseIterable {
        case first
        case behindText
        case behindTextAndPing
        case insideMessage
    }

    /// A conversation with `frame` in this place, and a ping behind it that nobody must answer.
    private func exchange(_ frame: WebSocketTestFrame, _ position: Position) -> Exchange {
        switch position {
        case .first: Exchange("", frame, .ping([9]), gives: .close(1002))
        case .behindText:
            Exchange("", .text("hello"), frame, .ping([9]), gives: .text("hello"), .close(1002))
        case .behindTextAndPing:
            Exchange(
                "", .text("hello"), .ping([1]), frame, .ping([9]),
                gives: .text("hello"), .pong([1]), .close(1002))
        case .insideMessage:
            Exchange(
                "", .text("he", isFinal: false), frame, .continuation(Array("llo".utf8)), .ping([9]),
                gives: .close(1002))
        }
    }

    // MARK: Bits

    /// Every set of the three bits but the empty one.
    static let bits: [UInt8] = (1...7).map { $0 << 4 }

    @Test(arguments: bits, Position.allCases)
    func `bits of a text are refused wherever it comes`(bits: UInt8, position: Position) async throws {
        let frame = WebSocketTestFrame(opcode: 1, Array("hello".utf8), reserved: bits)
        for chops in [.whole, .frames, .octets(1)] as [Chops] {
            try await exchange(frame, position).play(chops)
        }
    }

    @Test(arguments: bits, [0, 2, 8, 9, 10] as [UInt8])
    func `bits of any other frame are refused`(bits: UInt8, opcode: UInt8) async throws {
        let payload: [UInt8] = opcode == 8 ? [3, 0xE8] : [0xFF, 0xFE]
        let frame = WebSocketTestFrame(opcode: opcode, payload, reserved: bits)
        let position: Position = opcode == 0 ? .insideMessage : .behindText
        for chops in [.whole, .octets(1)] as [Chops] { try await exchange(frame, position).play(chops) }
    }

    @Test(arguments: bits)
    func `bits are refused by the first octet alone`(bits: UInt8) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            // Two octets, because the second holds the length that every frame has.
            try await webSocket.connection.send([0x81 | bits, 0xFF])
            #expect(try await webSocket.end().map(Reply.init) == [.close(1002)])
        }
    }

    // MARK: Opcodes

    static let opcodes: [UInt8] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]

    @Test(arguments: opcodes, Position.allCases)
    func `opcodes are refused wherever they come`(opcode: UInt8, position: Position) async throws {
        for payload in [[], Array("reserved".utf8)] {
            let frame = WebSocketTestFrame(opcode: opcode, payload)
            for chops in [.whole, .frames, .octets(1)] as [Chops] {
                try await exchange(frame, position).play(chops)
            }
        }
    }

    @Test(arguments: opcodes, [true, false])
    func `opcodes are refused in fragments, too`(opcode: UInt8, isFinal: Bool) async throws {
        let frame = WebSocketTestFrame(opcode: opcode, [1], isFinal: isFinal)
        try await Exchange("", frame, .continuation([2]), gives: .close(1002)).play()
    }
}
