/// One bar of a price series.
struct Bar: Codable, Sendable, Equatable {
    /// The bar's start in milliseconds since 1970.
    var time: Int64
    var open: Double
    var high: Double
    var low: Double
    var close: Double
    /// 0 where the feed says none.
    var volume: Double

    init(time: Int64, open: Double, high: Double, low: Double, close: Double, volume: Double) {
        self.time = time
        (self.open, self.high, self.low, self.close) = (open, high, low, close)
        self.volume = volume
    }

    /// A bar that begins with a trade.
    init(time: Int64, price: Double, volume: Double) {
        self.init(time: time, open: price, high: price, low: price, close: price, volume: volume)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        time = try container.decode(Int64.self, forKey: .time)
        open = try container.decode(Double.self, forKey: .open)
        high = try container.decode(Double.self, forKey: .high)
        low = try container.decode(Double.self, forKey: .low)
        close = try container.decode(Double.self, forKey: .close)
        volume = try container.decodeIfPresent(Double.self, forKey: .volume) ?? 0
    }

    /// Adds a later trade.
    mutating func add(price: Double, volume: Double) {
        high = max(high, price)
        low = min(low, price)
        close = price
        self.volume += volume
    }
}

/// A bar with whose it is, as channels and clients carry it.
struct BarMessage: Codable, Sendable, Equatable {
    var symbol: String
    var resolution: String
    var bar: Bar
}

/// How long a bar is: minutes that divide a day, or `D` for a day, which may be called `1D` and `1440` too.
///
/// Names of channels and rooms are as their publishers and clients have them: a room `bars:AAPL:1D` gets what is
/// published on the channel `bars:AAPL:1D`. What is stored has one name, and is found by all.
struct Resolution: Sendable, Hashable {
    /// The one of its names that stands in the database.
    let name: String
    let milliseconds: Int64

    init?(_ name: String) {
        if name == "D" || name == "1D" || name == "1440" {
            (self.name, milliseconds) = ("D", 86_400_000)
        } else if let minutes = Int64(name), "\(minutes)" == name, minutes > 0, minutes < 1_440,
            1_440 % minutes == 0
        {
            (self.name, milliseconds) = (name, minutes * 60_000)
        } else {
            return nil
        }
    }

    /// What a resolution is called in the database. Publishers may have others than these; they stay as they are.
    static func stored(_ name: String) -> String { Resolution(name)?.name ?? name }

    /// The start of the bar that a time falls into, before 1970 as after.
    func start(of time: Int64) -> Int64 {
        let rest = time % milliseconds
        return time - (rest < 0 ? rest + milliseconds : rest)
    }
}
