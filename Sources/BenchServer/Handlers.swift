import Foundation
import SocketIO

/// What `echo-typed` decodes and encodes again: the load generator's JSON object.
struct Quote: Codable, Sendable {
    var id: Int
    var t: UInt64
    var user: String
    var price: Double
    var text: String
}

/// `{"room":"r","data":…}`; the data is passed on as it came.
struct BroadcastRequest: Codable, Sendable {
    var room: String
    var data: RawJSON
}

/// Answers with what came, by a handler of each kind.
func setUpEchoes(_ socket: Socket) {
    socket.on("echo") { event in event.ack?.send(event.arguments) }
    // The parameter's type makes it the asynchronous kind, though there is nothing to await.
    socket.on("echo-async") { (event: ReceivedEvent) async throws in event.ack?.send(event.arguments) }
    socket.on("echo-typed", Quote.self) { (quote: Quote) throws -> Quote in quote }
}

/// The rooms that `rooms` joins and leaves.
private let thousandRooms = (1...1_000).map { "room-\($0)" }

/// Joins and leaves one room, or many.
func setUpRooms(_ socket: Socket) {
    socket.on("join") { event in
        socket.join(try event.arguments.decode(String.self))
        try event.ack?.send()
    }
    socket.on("leave") { event in
        socket.leave(try event.arguments.decode(String.self))
        try event.ack?.send()
    }
    socket.on("rooms") { event in
        for room in thousandRooms { socket.join(room) }
        for room in thousandRooms { socket.leave(room) }
        try event.ack?.send()
    }
}

/// Sends to a room of the socket's namespace: text, an attachment with it, or a question to which all answer.
func setUpBroadcasts(_ socket: Socket, to namespace: Namespace) {
    socket.on("broadcast") { event in
        let request = try event.arguments.decode(BroadcastRequest.self)
        try namespace.to(request.room).emit("tick", request.data)
    }
    socket.on("broadcast-binary") { event in
        let request = try event.arguments.decode(BroadcastRequest.self)
        try namespace.to(request.room).emit("tick", request.data, Data(request.data.bytes))
    }
    socket.on("ask") { event in
        let request = try event.arguments.decode(BroadcastRequest.self)
        let replies = try await namespace.to(request.room).emitWithAck("question", request.data)
        try event.ack?.send(replies.count)
    }
}
