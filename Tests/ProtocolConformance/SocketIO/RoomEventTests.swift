import SocketIO
import TestSupport
import Testing

/// Row M9: who hears of rooms.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO room events` {
    private let events = Journal<RoomEvent>()

    /// Gives `test` members of a server whose room events are heard from the beginning.
    private func withHeardMembers(
        _ count: Int, loops: Int = 1, test: (SocketServer, [Member]) async throws -> Void
    ) async throws {
        let events = events
        try await withMembers(count, .webSocket, .test(loops: loops)) { server, members in
            server.root.onRoomEvent { events.append($0) }
            await server.engine.settle()
            try await test(server, members)
        }
    }

    @Test func `a room begins with its first member and ends with its last`() async throws {
        try await withHeardMembers(2) { server, members in
            let (a, b) = (members[0].socket, members[1].socket)
            a.join("room")
            b.join("room")
            a.leave("room")
            b.leave("room")
            let expected: [RoomEvent] = [
                .created(room: "room"), .joined(room: "room", socketID: a.id),
                .joined(room: "room", socketID: b.id), .left(room: "room", socketID: a.id),
                .left(room: "room", socketID: b.id), .deleted(room: "room"),
            ]
            #expect(await events.waitFor(6) == expected)
        }
    }

    @Test func `over several loops a room begins once and ends once`() async throws {
        try await withHeardMembers(8, loops: 2) { server, members in
            for _ in 0..<10 {
                for member in members { member.socket.join("room") }
                for member in members { member.socket.leave("room") }
                await server.engine.settle()
            }
            let all = events.all
            #expect(all.count { $0 == .created(room: "room") } == all.count { $0 == .deleted(room: "room") })
            for member in members {
                let id = member.socket.id
                #expect(all.count { $0 == .joined(room: "room", socketID: id) } == 10)
                #expect(all.count { $0 == .left(room: "room", socketID: id) } == 10)
            }
        }
    }

    @Test func `who joins twice, or leaves what it is not in, makes no event`() async throws {
        try await withHeardMembers(1) { server, members in
            let socket = members[0].socket
            socket.join("room")
            socket.join("room")
            socket.leave("other")
            await server.engine.settle()
            #expect(events.all == [.created(room: "room"), .joined(room: "room", socketID: socket.id)])
        }
    }

    @Test func `a socket's id is a room, which comes and goes with it`() async throws {
        let events = events
        try await withSocketServer { server in
            server.root.onRoomEvent { events.append($0) }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            let id = try await client.join()
            client.close()
            let expected: [RoomEvent] = [
                .created(room: id), .joined(room: id, socketID: id), .left(room: id, socketID: id),
                .deleted(room: id),
            ]
            #expect(await events.waitFor(4) == expected)
        }
    }

    @Test func `who leaves the server leaves its rooms`() async throws {
        try await withHeardMembers(2) { server, members in
            let id = members[0].socket.id
            for member in members { member.socket.join("shared") }
            members[0].socket.join("own")
            members[0].client.close()
            _ = await events.waitFor(10)
            let left = events.all.suffix(5)
            #expect(left.contains(.left(room: "shared", socketID: id)))
            #expect(left.contains(.left(room: "own", socketID: id)))
            #expect(left.contains(.deleted(room: "own")))
            #expect(!left.contains(.deleted(room: "shared")))
        }
    }

    @Test func `rooms that were there before are known`() async throws {
        let events = events
        try await withMembers(2, .webSocket, .test(loops: 2)) { _, socket in
            socket.join("room")
        } test: { server, members in
            server.root.onRoomEvent { events.append($0) }
            await server.engine.settle()
            for member in members { member.socket.leave("room") }
            let heard = await events.waitFor(3)
            #expect(heard.last == .deleted(room: "room"))
            #expect(!heard.contains(.created(room: "room")))
        }
    }

    @Test func `all who listen hear, and of their namespace only`() async throws {
        let (events, others) = (events, Journal<RoomEvent>())
        try await withHeardMembers(1) { server, members in
            server.root.onRoomEvent { events.append($0) }
            server.of("/other").onRoomEvent { others.append($0) }
            await server.engine.settle()
            members[0].socket.join("room")
            let id = members[0].socket.id
            let heard = await events.waitFor(4)
            #expect(heard.count { $0 == .created(room: "room") } == 2)
            #expect(heard.count { $0 == .joined(room: "room", socketID: id) } == 2)
            #expect(others.count == 0)
        }
    }

    @Test func `sockets that are made to join and leave make them, too`() async throws {
        try await withHeardMembers(1) { server, members in
            let id = members[0].socket.id
            server.everyone.socketsJoin("room")
            server.to("room").socketsLeave("room")
            let expected: [RoomEvent] = [
                .created(room: "room"), .joined(room: "room", socketID: id),
                .left(room: "room", socketID: id), .deleted(room: "room"),
            ]
            #expect(await events.waitFor(4) == expected)
        }
    }
}
