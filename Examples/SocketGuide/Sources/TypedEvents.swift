import Foundation
import SocketIO

struct Order: Codable, Sendable {
    var symbol: String
    var quantity: Int
    var limit: Decimal?
}

struct Receipt: Codable, Sendable {
    var number: Int
    var accepted: Date
}

extension Event where Payload == Order { static var ordered: Self { Self("ordered") } }
extension Event where Payload == Void { static var marketOpen: Self { Self("market open") } }
extension Request where Payload == Order, Answer == Receipt { static var order: Self { Self("order") } }
extension Request where Payload == String, Answer == Bool { static var confirm: Self { Self("confirm") } }
extension Request where Payload == Void, Answer == [String] { static var symbols: Self { Self("symbols") } }

/// Numbers orders; in earnest a database.
actor OrderBook {
    private var count = 0

    func take(_ order: Order) -> Receipt {
        count += 1
        return Receipt(number: count, accepted: .now)
    }
}

@Sendable func exchange() async throws {
    let book = OrderBook()
    let io = SocketServer()
    io.onConnection { socket in
        socket.on(.order) { order in
            let receipt = await book.take(order)
            try io.emit(.ordered, order)
            return receipt
        }
        socket.emit(.marketOpen)
        socket.on(.symbols) { ["AAPL", "MSFT"] }
    }
    try await io.run(port: 3000)
}

/// Asks a client.
func confirm(_ order: Order, with socket: Socket) async throws -> Bool {
    try await socket.emitWithAck(.confirm, "Buy \(order.quantity) \(order.symbol)?", timeout: .seconds(30))
}

/// Passes on what it does not understand.
func relay(_ socket: Socket, _ io: SocketServer) {
    socket.on("drawing") { event in io.to("viewers").emit("drawing", event.arguments) }
    socket.on("setting", String.self, RawJSON.self) { key, value in try save(value.text, under: key) }
    socket.on("anything") { event in
        if let width = event.arguments[0]["size"]?["width"]?.intValue { print(width) }
    }
}

/// Reads a client's events as a sequence.
func follow(_ socket: Socket) async throws {
    for await event in socket.events("position") {
        let position = try event.arguments.decode([Double].self)
        print(position)
    }
}

/// In earnest a database.
func save(_ text: String, under key: String) throws { print(key, text) }
