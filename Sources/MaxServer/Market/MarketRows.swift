import Database

/// A candle of a sector as the database keeps it: the last one of a sector and moment counts.
struct CandleRow: KeyedRow {
    static let table = KeyedTable(
        "sector_candles", key: ["sector_id": .text, "timestamp": .timestamp],
        others: [
            "value": .real, "open": .optionalReal, "high": .optionalReal, "low": .optionalReal,
            "close": .optionalReal, "volume": .optionalReal,
        ])

    var sector: String
    var candle: SectorCandle

    func append(to row: inout RowWriter) {
        row.add(sector)
        row.add(timestamp: candle.timestamp.milliseconds)
        row.add(candle.value)
        for price in [candle.open, candle.high, candle.low, candle.close, candle.volume] {
            row.add(optional: price)
        }
    }
}

/// A bar of a symbol and resolution as the database keeps it.
struct BarRow: KeyedRow {
    static let table = KeyedTable(
        "bars", key: ["symbol": .text, "resolution": .text, "time": .timestamp],
        others: ["open": .real, "high": .real, "low": .real, "close": .real, "volume": .optionalReal])

    var symbol: String
    var resolution: String
    var bar: Bar

    func append(to row: inout RowWriter) {
        row.add(symbol)
        row.add(Resolution.stored(resolution))
        row.add(timestamp: bar.time)
        for price in [bar.open, bar.high, bar.low, bar.close] { row.add(price) }
        row.add(optional: bar.volume)
    }
}
