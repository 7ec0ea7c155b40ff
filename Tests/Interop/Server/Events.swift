import Foundation
import SocketIO
import Synchronization

/// `/events`: what is sent comes back, and keeps its order.
@Sendable func serveEvents(of io: SocketServer) {
    io.of("/events").onConnection { socket in
        // Before the client can have said anything.
        try? socket.emit("welcome", socket.id)
        let names = Journal<String>()
        socket.onAny { names.append($0.name) }
        socket.on("names") { try $0.ack?.send(names.all) }
        socket.on("echo") { socket.emit("echo", $0.arguments) }
        socket.on("message") { event in try socket.send(event.arguments[0]) }
        socket.once("once") { try $0.ack?.send("for the first time") }
        socket.on("without arguments") { _ in try socket.emit("without arguments") }
        burst(socket)
        collect(socket)
    }
}

/// Texts and attachments, large and small, in one turn of the loop.
private func burst(_ socket: Socket) {
    socket.on("burst", Int.self) { count in
        for number in 0..<count {
            switch number % 3 {
            case 0: try socket.emit("piece", number)
            case 1:
                try socket.emit("piece", number, Data(repeating: UInt8(number % 256), count: number * 10))
            default: try socket.emit("piece", number, [Data(repeating: 1, count: 3), Data()])
            }
        }
        try socket.emit("end")
    }
}

/// What the client sends in a burst of its own. Every third is handled by a task, so that others could overtake it.
private func collect(_ socket: Socket) {
    let numbers = Journal<Int>()
    socket.on("piece") { event in
        let number = try event.arguments.decode(Int.self)
        if number % 3 == 2 { await Task.yield() }
        numbers.append(number)
    }
    socket.on("pieces") { try $0.ack?.send(numbers.all) }
}

/// What came, in its order; for any thread.
final class Journal<Entry: Sendable>: Sendable {
    private let entries = Mutex<[Entry]>([])

    var all: [Entry] { entries.withLock { $0 } }

    func append(_ entry: Entry) { entries.withLock { $0.append(entry) } }
}
