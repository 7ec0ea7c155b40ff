import Foundation
import SocketIO

struct Order: Codable, Sendable {
    enum Side: String, Codable { case buy, sell }

    var symbol: String
    var side: Side
    var price: Double?
    var placed: Date
    var attachment: Data
    var tags: [String: [Int]]
}

struct Receipt: Codable, Sendable {
    var order: Order
    var isLarge: Bool
    var settles: Date
}

extension Event where Payload == Order { static var ordered: Self { Self("ordered") } }
extension Request where Payload == Order, Answer == Receipt { static var place: Self { Self("place") } }
extension Request where Payload == String, Answer == Date { static var dateOf: Self { Self("date of") } }

/// `/typed`: events whose arguments are values of Swift.
@Sendable func serveTypedEvents(of io: SocketServer) {
    let typed = io.of("/typed")
    typed.onConnection { socket in
        socket.on(.place) { order in
            try typed.emit(.ordered, order)
            return Receipt(
                order: order, isLarge: order.attachment.count > 2,
                settles: order.placed.addingTimeInterval(86_400))
        }
        socket.on("sum", Int.self, Double.self, Optional<Int>.self) { one, two, three in
            Double(one) + two + Double(three ?? 0)
        }
        socket.on("which date") { event in
            let date = try await socket.emitWithAck(.dateOf, "the moon landing")
            try event.ack?.send(date, date.timeIntervalSince1970)
        }
        socket.onError { error, event in try? socket.emit("wrong", event.name, "\(type(of: error))") }
    }
}
