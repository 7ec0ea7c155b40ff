import SocketIO

/// Where bars come from: made up, from the store, or from a feed of a market. What it brings goes on the bus, so that
/// nothing behind that knows the difference.
protocol BarSource: Sendable {
    /// Publishes bars until there are no more, or its task is cancelled.
    func run() async throws
}

extension BarMessage {
    /// The message as the bus carries it; nil when a price is no number.
    var onBus: BusMessage? {
        guard let payload = try? RawJSON(encoding: self) else { return nil }
        return BusMessage(channel: "bars:\(symbol):\(resolution)", payload: payload.bytes)
    }
}
