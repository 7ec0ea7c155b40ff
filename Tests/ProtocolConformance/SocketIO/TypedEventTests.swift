import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

private struct Move: Codable, Sendable, Equatable {
    var from: Int
    var to: Int
}

extension Event where Payload == Move {
    fileprivate static var move: Self { Event("move") }
}

extension Event where Payload == Void {
    fileprivate static var tick: Self { Event("tick") }
}

extension Request where Payload == Move, Answer == Int {
    fileprivate static var distance: Self { Request("distance") }
}

extension Request where Payload == Void, Answer == String {
    fileprivate static var who: Self { Request("who") }
}

extension Request where Payload == Move, Answer == Void {
    fileprivate static var noted: Self { Request("noted") }
}

/// Row N19: names that know what their events carry.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO typed events` {
    private let heard = Journal<String>()
    private static let json = #"{"from":1,"to":5}"#

    @Test(arguments: Transport.allCases)
    func `carry a value each way`(transport: Transport) async throws {
        try await withMembers(1, transport) { _, socket in
            socket.on(.move) { move in try socket.emit(.move, Move(from: move.to, to: move.from)) }
        } test: { _, members in
            try await members[0].client.emit("move", Self.json)
            #expect(try await members[0].client.receive() == #"42["move",{"from":5,"to":1}]"#)
        }
    }

    @Test func `wait for each other where handlers take their time`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            socket.on(.move) { (move: Move) async throws in
                await Task.yield()
                heard.append("\(move.from)")
            }
            socket.on(.tick) { heard.append("tick") }
        } test: { _, members in
            try await members[0].client.emit("move", Self.json)
            try await members[0].client.emit("tick")
            #expect(await heard.waitFor(2) == ["1", "tick"])
        }
    }

    @Test func `may carry nothing`() async throws {
        try await withMembers(1) { server, socket in
            socket.on(.tick) {
                socket.emit(.tick)
                server.emit(.tick)
                server.to(socket.id).emit(.tick)
            }
        } test: { _, members in
            try await members[0].client.emit("tick", #""ignored""#)
            #expect(try await members[0].client.receive(3) == Array(repeating: #"42["tick"]"#, count: 3))
        }
    }

    @Test func `may be told to many`() async throws {
        try await withMembers(2) { server, members in
            members[1].socket.join("room")
            let move = Move(from: 1, to: 5)
            try server.emit(.move, move)
            try server.to("room").emit(.move, move)
            try members[0].socket.broadcast.emit(.move, move)
            try members[0].socket.volatile.emit(.move, move)
            members[0].socket.volatile.emit(.tick)
            let packets = try await packetsUntilEnd(server, members).map(\.count)
            #expect(packets == [3, 3])
        }
    }

    @Test(arguments: [false, true])
    func `may be heard once`(isAsync: Bool) async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            if isAsync {
                socket.once(.move) { (move: Move) async throws in
                    await Task.yield()
                    heard.append("\(move.from)")
                }
                socket.once(.tick) {
                    await Task.yield()
                    heard.append("tick")
                }
            } else {
                socket.once(.move) { move in heard.append("\(move.from)") }
                socket.once(.tick) { heard.append("tick") }
            }
        } test: { server, members in
            for _ in 0..<2 {
                try await members[0].client.emit("move", Self.json)
                try await members[0].client.emit("tick")
            }
            #expect(await heard.waitFor(2) == ["1", "tick"])
            await server.engine.settle()
            #expect(heard.all == ["1", "tick"])
        }
    }

    @Test func `that carry nothing wait for each other as well`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            socket.on(.tick) {
                await Task.yield()
                heard.append("tick")
            }
            socket.on(.move) { move in heard.append("\(move.from)") }
        } test: { _, members in
            try await members[0].client.emit("tick")
            try await members[0].client.emit("move", Self.json)
            #expect(await heard.waitFor(2) == ["tick", "1"])
        }
    }

    @Test func `may carry data`() async throws {
        try await withMembers(1) { _, socket in
            let file = Event<Data>("file")
            socket.on(file) { data in try socket.emit(file, Data(data.reversed())) }
        } test: { _, members in
            let head: TestMessage = #"451-["file",{"_placeholder":true,"num":0}]"#
            try await members[0].client.send(head, [1, 2, 3])
            #expect(try await members[0].client.receive(2) == [head, [3, 2, 1]])
        }
    }

    // MARK: Answers

    @Test(arguments: [false, true])
    func `are answered with a value`(isAsync: Bool) async throws {
        try await withMembers(1) { _, socket in
            if isAsync {
                socket.on(.distance) { (move: Move) async throws -> Int in
                    await Task.yield()
                    return move.to - move.from
                }
            } else {
                socket.on(.distance) { move in move.to - move.from }
            }
        } test: { _, members in
            try await members[0].client.emit("distance", Self.json, ack: 9)
            #expect(try await members[0].client.receive() == "439[4]")
        }
    }

    @Test(arguments: [false, true])
    func `that carry nothing are answered with a value`(isAsync: Bool) async throws {
        try await withMembers(1) { _, socket in
            if isAsync {
                socket.on(.who) {
                    await Task.yield()
                    return "Ada"
                }
            } else {
                socket.on(.who) { "Ada" }
            }
        } test: { _, members in
            try await members[0].client.emit("who", ack: 9)
            #expect(try await members[0].client.receive() == #"439["Ada"]"#)
        }
    }

    @Test(arguments: [false, true])
    func `without an answer are acknowledged`(isAsync: Bool) async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            if isAsync {
                socket.on(.noted) { move in
                    await Task.yield()
                    heard.append("\(move.from)")
                }
            } else {
                socket.on(.noted) { move in heard.append("\(move.from)") }
            }
        } test: { _, members in
            try await members[0].client.emit("noted", Self.json, ack: 9)
            #expect(try await members[0].client.receive() == "439[]")
            #expect(heard.all == ["1"])
        }
    }

    @Test func `are answered with nothing where nobody asked`() async throws {
        let heard = heard
        try await withMembers(1) { server, socket in
            socket.on(.distance) { move in
                heard.append("\(move.to)")
                return move.to
            }
        } test: { server, members in
            try await members[0].client.emit("distance", Self.json)
            _ = await heard.waitFor(1)
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[]])
        }
    }

    @Test func `ask the client for a value`() async throws {
        try await withMembers(1) { _, members in
            async let distance = members[0].socket.emitWithAck(.distance, Move(from: 1, to: 5))
            #expect(try await members[0].client.receive() == .text("420[\"distance\",\(Self.json)]"))
            try await members[0].client.send("430[4]")
            let answer = try await distance
            #expect(answer == 4)
        }
    }

    @Test func `ask the client for a value without carrying one`() async throws {
        try await withMembers(1) { _, members in
            async let name = members[0].socket.emitWithAck(.who)
            #expect(try await members[0].client.receive() == #"420["who"]"#)
            try await members[0].client.send(#"430["Ada"]"#)
            let answer = try await name
            #expect(answer == "Ada")
        }
    }

    @Test func `wait until the client has acknowledged them`() async throws {
        try await withMembers(1) { _, members in
            async let noted: Void = members[0].socket.emitWithAck(.noted, Move(from: 1, to: 5))
            #expect(try await members[0].client.receive() == .text("420[\"noted\",\(Self.json)]"))
            try await members[0].client.send("430[]")
            try await noted
        }
    }

    @Test func `ask the client for a value within a time`() async throws {
        try await withMembers(1) { _, members in
            let hasty = members[0].socket.timeout(.milliseconds(5))
            await #expect(throws: AckError.timeout) {
                _ = try await hasty.emitWithAck(.distance, Move(from: 1, to: 5))
            }
        }
    }

    @Test func `ask many clients for a value`() async throws {
        try await withMembers(2) { server, members in
            async let all = server.timeout(.seconds(60)).emitWithAck(.distance, Move(from: 1, to: 5))
            for (member, distance) in zip(members, [4, 5]) {
                #expect(try await member.client.receive() == .text("420[\"distance\",\(Self.json)]"))
                try await member.client.send("430[\(distance)]")
            }
            let answers = try await all
            #expect(answers.sorted() == [4, 5])
        }
    }

    @Test(arguments: ["430[]", #"430["four"]"#, "430[null]"] as [TestMessage])
    func `fail when the client answers with another one`(answer: TestMessage) async throws {
        try await withMembers(1) { _, members in
            let client = members[0].client
            async let answering: Void = {
                _ = try await client.receive()
                try await client.send(answer)
            }()
            await #expect(throws: DecodingError.self) {
                try await members[0].socket.emitWithAck(.distance, Move(from: 1, to: 5))
            }
            try await answering
        }
    }

    @Test func `fail when the client does not answer in time`() async throws {
        try await withMembers(1) { _, members in
            await #expect(throws: AckError.timeout) {
                try await members[0].socket.emitWithAck(
                    .distance, Move(from: 1, to: 5), timeout: .milliseconds(5))
            }
        }
    }

    // MARK: What is of another type

    @Test(arguments: [[], ["7"], ["null"], [#"{"from":1}"#], [#"{"from":1.5,"to":2}"#], ["[1,2]"]])
    func `of another type go to the error handler only`(arguments: [String]) async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            socket.on(.move) { (_: Move) throws in heard.append("handled") }
            socket.on(.move) { (_: Move) async throws in heard.append("handled") }
            socket.on(Request<Move, Int>("move")) { _ in
                heard.append("answered")
                return 0
            }
            socket.onError { error, event in heard.append("\(event.name) \(type(of: error))") }
        } test: { _, members in
            let elements = (["\"move\""] + arguments).joined(separator: ",")
            try await members[0].client.send(.text("421[\(elements)]"))
            #expect(await heard.waitFor(3) == Array(repeating: "move DecodingError", count: 3))
        }
    }

    @Test func `may leave out what is optional, and have more than is asked for`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            socket.on(Event<Int?>("number")) { heard.append("\($0 ?? -1)") }
        } test: { _, members in
            for arguments in ["", ",null", ",5", ",6,7"] {
                try await members[0].client.send(.text("42[\"number\"\(arguments)]"))
            }
            #expect(await heard.waitFor(4) == ["-1", "-1", "5", "6"])
        }
    }
}
