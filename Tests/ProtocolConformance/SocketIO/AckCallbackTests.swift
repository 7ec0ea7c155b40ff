import EngineIO
import SocketIO
import Synchronization
import TestSupport
import Testing

/// Row M3: answers that a callback gets, which is called once, whatever happens.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO ack callbacks` {
    private let heard = Journal<String>()

    /// Notes what a callback gets.
    private static func note(
        _ heard: Journal<String>, _ name: String = "q"
    ) -> @Sendable (Result<EventArguments, AckError>) -> Void {
        { result in
            switch result {
            case .success(let arguments): heard.append("\(name) \(arguments[0].intValue ?? -1)")
            case .failure(let error): heard.append("\(name) \(error)")
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `get the client's answer`(transport: Transport) async throws {
        try await withMembers(1, transport) { _, members in
            try members[0].socket.emit("q", 1, ack: Self.note(heard))
            #expect(try await members[0].client.receive() == #"420["q",1]"#)
            try await members[0].client.send("430[7]")
            #expect(await heard.waitFor(1) == ["q 7"])
        }
    }

    @Test func `run where the socket's handlers run`() async throws {
        let names = Journal<[String]>()
        try await withMembers(1) { _, members in
            let socket = members[0].socket
            socket.on("x") { _ in }
            // Known on the loop only.
            try socket.emit("q") { _ in names.append(socket.eventNames) }
            _ = try await members[0].client.receive()
            try await members[0].client.send("430[]")
            #expect(await names.waitFor(1) == [["x"]])
        }
    }

    @Test func `get the timeout, and no answer that comes later`() async throws {
        try await withMembers(1) { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            try socket.emit("q", timeout: .milliseconds(30), ack: Self.note(heard))
            _ = try await client.receive()
            _ = await heard.waitFor(1)
            try await client.send("430[7]")
            #expect(try await packetsUntilEnd(server, members) == [[]])
            #expect(heard.all == ["q \(AckError.timeout)"])
        }
    }

    @Test func `get the first of several answers`() async throws {
        try await withMembers(1) { server, members in
            try members[0].socket.emit("q", ack: Self.note(heard))
            _ = try await members[0].client.receive()
            try await members[0].client.send("430[1]", "430[2]", "430[3]")
            _ = await heard.waitFor(1)
            await server.engine.settle()
            #expect(heard.all == ["q 1"])
        }
    }

    @Test func `get a client's leaving, all of them and once`() async throws {
        try await withMembers(1) { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            for number in 0..<3 { try socket.emit("q", ack: Self.note(heard, "\(number)")) }
            _ = try await client.receive(3)
            client.close()
            let gone = AckError.disconnected
            #expect(await heard.waitFor(3).sorted() == (0..<3).map { "\($0) \(gone)" })
            try socket.emit("q", ack: Self.note(heard, "late"))
            #expect(await heard.waitFor(4).last == "late \(gone)")
        }
    }

    @Test func `get what is wrong at once if too many wait`() async throws {
        try await withMembers(1, .webSocket, .test { $0.maxPendingAcks = 1 }) { server, members in
            for number in 0..<2 { try members[0].socket.emit("q", ack: Self.note(heard, "\(number)")) }
            #expect(await heard.waitFor(1) == ["1 \(AckError.tooManyPending)"])
            #expect(try await packetsUntilEnd(server, members) == [[#"420["q"]"#]])
        }
    }

    @Test func `may ask again`() async throws {
        let heard = heard
        try await withMembers(1) { _, members in
            let (socket, client) = (members[0].socket, members[0].client)
            try socket.emit("q") { _ in try? socket.emit("again", ack: Self.note(heard)) }
            _ = try await client.receive()
            try await client.send("430[]")
            #expect(try await client.receive() == #"421["again"]"#)
            try await client.send("431[2]")
            #expect(await heard.waitFor(1) == ["q 2"])
        }
    }

    @Test func `are let go when they have been called`() async throws {
        final class Kept: Sendable {}
        let references = Mutex<[Weak<Kept>]>([])
        try await withMembers(1) { _, members in
            for _ in 0..<2 {
                let kept = Kept()
                references.withLock { $0.append(Weak(object: kept)) }
                try members[0].socket.emit("q", timeout: .milliseconds(30)) { _ in _ = kept }
            }
            _ = try await members[0].client.receive(2)
            try await members[0].client.send("430[]")
            #expect(await eventually { references.withLock { $0.allSatisfy { $0.object == nil } } })
        }
    }

    private struct Weak<Object: AnyObject & Sendable>: Sendable {
        weak var object: Object?
    }
}
