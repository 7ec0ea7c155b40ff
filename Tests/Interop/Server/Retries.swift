import SocketIO
import Synchronization

/// What a client wants kept, under a number of its own by which a repeated one is known.
private struct Note: Decodable, Sendable {
    var offset: String
    var text: String
    /// Times that the server behaves as if it had not got the event.
    var ignored: Int
}

/// `/retries`: events that come at least once are kept once.
@Sendable func serveRetries(of io: SocketServer) {
    let deliveries = Mutex<[String: Int]>([:])
    let kept = Mutex<[(offset: String, text: String)]>([])
    io.of("/retries").onConnection { socket in
        socket.on("note") { event in
            let note = try event.arguments.decode(Note.self)
            let count = deliveries.withLock {
                $0[note.offset, default: 0] += 1
                return $0[note.offset] ?? 0
            }
            kept.withLock { notes in
                if !notes.contains(where: { $0.offset == note.offset }) {
                    notes.append((note.offset, note.text))
                }
            }
            if count > note.ignored { try event.ack?.send(count) }
        }
        socket.on("kept") { try $0.ack?.send(kept.withLock { $0.map(\.text) }, deliveries.withLock { $0 }) }
    }
}
