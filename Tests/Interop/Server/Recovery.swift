import Foundation
import SocketIO

extension SocketKey where Value == Int { fileprivate static var visits: Self { Self("visits") } }
extension SocketKey where Value == String { fileprivate static var name: Self { Self("name") } }

/// `/recovery`: clients that come back.
func serveRecovery(of io: SocketServer) {
    let recovery = io.of("/recovery")
    let banned = Journal<String>()
    recovery.use { socket in
        if let name = socket[.name], banned.all.contains(name) { throw ConnectionRefused("banned") }
        socket[.visits] = (socket[.visits] ?? 0) + 1
    }
    recovery.onConnection { socket in
        if !socket.recovered { socket[.name] = socket.authentication["name"]?.stringValue }
        socket.on("join", String.self) { (room: String) throws -> Bool in
            socket.join(room)
            return true
        }
        socket.on("who am I") {
            try $0.ack?.send(
                socket[.name], socket[.visits], socket.rooms.subtracting([socket.id]).sorted(),
                socket.recovered)
        }
        socket.onDisconnect { _ in try? recovery.to("tellers").emit("gone", socket.id) }
        socket.on("ban", String.self) { (name: String) throws -> Bool in
            banned.append(name)
            return true
        }
        // One after the other, texts and bytes by turns; and as many to others.
        socket.on("tell", String.self, Int.self, Int.self) {
            (room: String, first: Int, count: Int) throws -> Bool in
            for number in first..<first + count {
                let text = "in room \(number)"
                let news: JSONValue = number % 2 == 0 ? .string(text) : .binary(Data(text.utf8))
                try recovery.to(room).emit("news", number, news)
                try recovery.to("not \(room)").emit("news", -1)
            }
            return true
        }
        socket.on("end", String.self) { (id: String) throws in recovery.in(id).disconnectSockets() }
    }
}
