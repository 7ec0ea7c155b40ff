// Prices that move. Every symbol is a room, so that a page gets the prices that it watches, and no others.
// `swift run` in this folder, then open http://localhost:3000
import SocketIO
import Synchronization

struct Tick: Codable {
    var symbol: String
    var price: Double
    /// Since the market opened, in percent.
    var change = 0.0
}

extension Request where Payload == [String], Answer == [Tick] { static var watch: Self { Self("watch") } }
extension Event where Payload == Tick { static var tick: Self { Self("tick") } }
extension Event where Payload == [String] { static var symbols: Self { Self("symbols") } }

/// A market that was made up: prices wander.
struct Market {
    private let opening = [
        "AAPL": 226.5, "AMZN": 186.4, "GOOGL": 163.2, "MSFT": 415.5, "NVDA": 121.4, "TSLA": 249.8,
    ]
    private(set) var ticks: [String: Tick] = [:]

    init() { for (symbol, price) in opening { ticks[symbol] = Tick(symbol: symbol, price: price) } }

    /// Trades one symbol.
    mutating func trade() -> Tick? {
        guard let (symbol, start) = opening.randomElement(), var tick = ticks[symbol] else { return nil }
        tick.price *= 1 + .random(in: -0.002...0.002)
        tick.change = (tick.price / start - 1) * 100
        ticks[symbol] = tick
        return tick
    }
}

let market = Mutex(Market())

var options = SocketOptions()
options.clientFiles = ClientFiles(folder: "../../Browser")
let io = SocketServer(options: options)

io.onConnection { socket in
    let ticks = market.withLock { $0.ticks }
    try? socket.emit(.symbols, ticks.keys.sorted())
    socket.on(.watch) { symbols in
        let now = market.withLock { $0.ticks }
        let watched = symbols.compactMap { now[$0] }
        socket.leave(Array(now.keys))
        socket.join(watched.map(\.symbol))
        return watched  // at once; what follows comes as events
    }
}

Task {
    while true {
        try await Task.sleep(for: .milliseconds(40))
        guard let tick = market.withLock({ $0.trade() }) else { continue }
        // A client that cannot keep up gets the newest price of each symbol, and not those before it.
        try io.to(tick.symbol).latest(tick.symbol).emit(.tick, tick)
    }
}

var routes = HTTPRoutes()
routes.get("/") { _ in
    HTTPResponse(
        status: 200, fields: ["Content-Type": "text/html; charset=utf-8"], body: PackageResources.page_html)
}
io.serve(routes)
try await io.run(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000)
