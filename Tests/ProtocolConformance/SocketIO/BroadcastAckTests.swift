import Foundation
import SocketIO
import TestSupport
import Testing

/// Row M4: a question to many, and what comes back.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO acks of a broadcast` {
    /// Waits for the question.
    /// - Returns: what stands in front of an answer to it, e.g. `430`.
    private func question(_ client: SocketTestClient, _ name: String = "question") async throws -> String {
        let packet = try await client.receive().text
        let id = packet.dropFirst(2).prefix(while: \.isNumber)
        #expect(packet == "42\(id)[\"\(name)\"]")
        return "43\(id)"
    }

    private func answer(_ members: some Sequence<Member>) async throws {
        for member in members {
            let head = try await question(member.client)
            try await member.client.send(.text("\(head)[\"\(member.socket.id)\",1]"))
        }
    }

    /// Asks, and waits until that is over.
    private func outcome(_ broadcast: Broadcast) async throws -> (replies: [BroadcastReply], missing: Int) {
        do { return (try await broadcast.emitWithAck("question"), 0) } catch let error as IncompleteReplies {
            return (error.replies, error.missing)
        }
    }

    // MARK: All answer

    @Test(arguments: [1, 2], Transport.allCases)
    func `come from everyone, each with the socket that gave it`(loops: Int, transport: Transport)
        async throws
    {
        try await withMembers(4, transport, .test(loops: loops)) { server, members in
            async let replies = server.everyone.emitWithAck("question")
            try await answer(members)
            let found = try await replies
            #expect(Set(found.map(\.socketID)) == Set(members.map(\.socket.id)))
            for reply in found { #expect(reply.arguments[0].stringValue == reply.socketID) }
        }
    }

    @Test func `may be waited for without naming an audience`() async throws {
        try await withMembers(2) { server, members in
            async let replies = server.emitWithAck("question")
            try await answer(members)
            #expect(try await replies.count == 2)
        }
    }

    @Test func `come only from those who were asked, each once`() async throws {
        try await withMembers(4, .webSocket, .test(loops: 2)) { server, members in
            for member in members[...2] { member.socket.join("a", "b") }
            let asked = server.to("a", "b").except(members[0].socket.id)
            async let replies = asked.emitWithAck("question")
            try await answer(members[1...2])
            #expect(Set(try await replies.map(\.socketID)) == Set(members[1...2].map(\.socket.id)))
            #expect(try await packetsUntilEnd(server, members) == [[], [], [], []])
        }
    }

    @Test(arguments: [1, 2])
    func `of nobody are none, at once`(loops: Int) async throws {
        try await withMembers(1, .webSocket, .test(loops: loops)) { server, _ in
            let replies = try await server.to("nobody").timeout(.seconds(60)).emitWithAck("question")
            #expect(replies.isEmpty)
        }
    }

    @Test func `may be asked for by a handler, of all but its own client`() async throws {
        try await withMembers(3, .webSocket, .test(loops: 2)) { _, socket in
            socket.on("ask") { (event: ReceivedEvent) async throws in
                try event.ack?.send(try await socket.broadcast.emitWithAck("question").count)
            }
        } test: { _, members in
            try await members[0].client.emit("ask", ack: 9)
            try await answer(members[1...])
            #expect(try await members[0].client.receive() == "439[2]")
        }
    }

    @Test func `may carry attachments, as the question may`() async throws {
        try await withMembers(1) { server, members in
            async let replies = server.everyone.emitWithAck("question", Data([1, 2]))
            let question = #"451-0["question",{"_placeholder":true,"num":0}]"#
            #expect(try await members[0].client.receive(2) == [.text(question), [1, 2]])
            try await members[0].client.send(#"461-0[{"_placeholder":true,"num":0}]"#, [3, 4])
            #expect(try await replies.first?.arguments.decode(Data.self) == Data([3, 4]))
        }
    }

    @Test func `come from another namespace with its name`() async throws {
        try await withSocketServer { server in
            _ = server.of("/custom")
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port, namespace: "/custom")
            async let replies = server.of("/custom").everyone.emitWithAck("question")
            #expect(try await client.receive() == #"42/custom,0["question"]"#)
            try await client.send("43/custom,0[7]")
            #expect(try await replies.map { $0.arguments[0] } == [7])
        }
    }

    // MARK: Not all answer

    @Test(arguments: [1, 2])
    func `that are missing at the timeout are counted, and those that came are told`(loops: Int) async throws
    {
        try await withMembers(3, .webSocket, .test(loops: loops)) { server, members in
            let start = ContinuousClock.now
            async let asked = outcome(server.timeout(.milliseconds(500)))
            try await answer(members[..<2])
            let (replies, missing) = try await asked
            #expect(missing == 1)
            #expect(Set(replies.map(\.socketID)) == Set(members[..<2].map(\.socket.id)))
            #expect(.now - start >= .milliseconds(500) - tolerance)
        }
    }

    @Test func `are waited for as long as the server's option says`() async throws {
        try await withMembers(1, .webSocket, .test { $0.ackTimeout = .milliseconds(50) }) { server, _ in
            let error = await #expect(throws: IncompleteReplies.self) {
                try await server.everyone.emitWithAck("question")
            }
            #expect(error?.description == "1 clients did not acknowledge the event in time")
        }
    }

    enum Leaving: CaseIterable {
        case packet, connection, server
    }

    @Test(arguments: Leaving.allCases)
    func `of a client that leaves are missed at once`(leaving: Leaving) async throws {
        try await withMembers(2, .webSocket, .test(loops: 2)) { server, members in
            async let asked = outcome(server.timeout(.seconds(60)))
            try await answer(members[..<1])
            _ = try await question(members[1].client)
            switch leaving {
            case .packet: try await members[1].client.send("41")
            case .connection: members[1].client.close()
            case .server: members[1].socket.disconnect()
            }
            let (replies, missing) = try await asked
            #expect(missing == 1)
            #expect(replies.map(\.socketID) == [members[0].socket.id])
        }
    }

    @Test func `of a server that closes are missed at once`() async throws {
        try await withMembers(2, .webSocket, .test(loops: 2)) { server, members in
            async let asked = outcome(server.timeout(.seconds(60)))
            for member in members { _ = try await question(member.client) }
            await server.closeInTest(grace: .zero)
            let missing = try await asked.missing
            #expect(missing == 2)
        }
    }

    @Test func `after the first of a client, and after the timeout, are ignored`() async throws {
        try await withMembers(2) { server, members in
            async let asked = outcome(server.timeout(.milliseconds(300)))
            let head = try await question(members[0].client)
            for number in 1...3 { try await members[0].client.send(.text("\(head)[\(number)]")) }
            let (replies, missing) = try await asked
            #expect(missing == 1)
            #expect(replies.map { $0.arguments[0] } == [1])
            _ = try await question(members[1].client)
            try await members[1].client.send(.text("\(head)[4]"))
            #expect(try await packetsUntilEnd(server, members) == [[], []])
        }
    }

    @Test func `cannot be given by one client for another`() async throws {
        try await withMembers(2) { server, members in
            async let answer = members[0].socket.emitWithAck("question", timeout: .seconds(60))
            let head = try await question(members[0].client)
            try await members[1].client.send(.text("\(head)[\"forged\"]"))
            await server.engine.settle()
            try await members[0].client.send(.text("\(head)[\"true\"]"))
            #expect(try await answer[0] == "true")
        }
    }

    /// Two loops, and a time that is over before the second has asked its clients.
    @Test func `that came too late to be waited for leave no place behind`() async throws {
        let options = SocketOptions.test(loops: 2) { $0.maxPendingAcks = 2 }
        try await withMembers(4, .webSocket, options) { server, members in
            for _ in 0..<50 {
                await #expect(throws: IncompleteReplies.self) {
                    try await server.timeout(.zero).emitWithAck("question")
                }
            }
            await server.engine.settle()
            for member in members {
                let error = await #expect(throws: AckError.self) {
                    try await member.socket.emitWithAck("last", timeout: .zero)
                }
                #expect(error == .timeout, "not too many")
            }
        }
    }

    // MARK: One by one

    @Test func `can be read as they come`() async throws {
        try await withMembers(3, .webSocket, .test(loops: 2)) { server, members in
            let replies = try server.everyone.emitStreamingAcks("question")
            var reader = replies.makeAsyncIterator()
            for member in members.reversed() {
                try await answer([member])
                let reply = try await reader.next()
                #expect(reply?.socketID == member.socket.id)
            }
            let end = try await reader.next()
            #expect(end == nil)
        }
    }

    @Test func `end with what is missing, for who reads them as they come`() async throws {
        try await withMembers(2) { server, members in
            let replies = try server.timeout(.milliseconds(200)).emitStreamingAcks("question")
            try await answer(members[..<1])
            var ids: [String?] = []
            let error = await #expect(throws: IncompleteReplies.self) {
                for try await reply in replies { ids.append(reply.socketID) }
            }
            #expect(ids == [members[0].socket.id])
            #expect(error?.missing == 1)
        }
    }

    @Test func `may be left unread`() async throws {
        try await withMembers(2) { server, members in
            _ = try server.everyone.emitStreamingAcks("question")
            try await answer(members)
            #expect(try await packetsUntilEnd(server, members) == [[], []])
        }
    }

    // MARK: Of a socket that was found

    @Test func `come from a socket that was found`() async throws {
        try await withMembers(2, .webSocket, .test(loops: 2)) { server, members in
            let found = try #require(try await server.to(members[1].socket.id).fetchSockets().first)
            async let reply = found.emitWithAck("question")
            try await answer(members[1...])
            #expect(try await reply[0].stringValue == found.id)
            await #expect(throws: AckError.timeout) {
                try await found.emitWithAck("question", timeout: .milliseconds(20))
            }
            members[1].client.close()
            #expect(await eventually { await server.root.socketCount() == 1 })
            await #expect(throws: AckError.disconnected) { try await found.emitWithAck("question") }
        }
    }
}
