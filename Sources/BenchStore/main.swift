// Stores candles as the server does, as fast as the database takes them, and says what it cost.
//
//     bench-store sqlite:///candles.db --rows 1000000
import Database
import EngineNet
import Foundation
import PostgresClient
import SQLiteClient

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A candle of one of a hundred sectors, a minute after the one before.
struct Candle: KeyedRow {
    static let sectors = (0..<100).map { "sector-\($0)" }
    static let table = KeyedTable(
        "sector_candles", key: ["sector_id": .text, "timestamp": .timestamp],
        others: [
            "value": .real, "open": .optionalReal, "high": .optionalReal, "low": .optionalReal,
            "close": .optionalReal, "volume": .optionalReal,
        ])
    static let create = SQLCommand(
        """
        CREATE TABLE IF NOT EXISTS sector_candles (
            sector_id {{id}} NOT NULL, "timestamp" {{ts}} NOT NULL, value {{f64}} NOT NULL,
            open {{f64}}, high {{f64}}, low {{f64}}, close {{f64}}, volume {{f64}},
            PRIMARY KEY (sector_id, "timestamp")){{strict}}
        """)

    var number: Int

    func append(to row: inout RowWriter) {
        let price = 100 + Double(number % 997) / 10
        row.add(Self.sectors[number % 100])
        row.add(timestamp: 1_736_935_200_000 + Int64(number / 100) * 60_000)
        row.add(price)
        for value in [price - 1, price + 1, price - 2, price, 1_000] { row.add(optional: value) }
    }
}

func processorSeconds() -> Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

var arguments = CommandLine.arguments.dropFirst()
guard let address = arguments.popFirst() else {
    print("usage: bench-store DATABASE_URL [--rows N]")
    exit(64)
}
var rows = 1_000_000
while let argument = arguments.popFirst() {
    if argument == "--rows" { rows = arguments.popFirst().flatMap(Int.init) ?? rows }
}

let group = EventLoopGroup(count: 1)
let database: any Database =
    switch try DatabaseURL(address) {
    case .postgres(let conninfo, _):
        try PostgresDatabase(PostgresOptions(conninfo: conninfo), on: group.loops[0])
    case .sqlite(let path): try await SQLiteDatabase(.file(path))
    case .memory: try await SQLiteDatabase(.memory)
    }
try await database.write(Candle.create)

let store = WriteBehind(Candle.table, into: database) { _, error in print("refused: \(error)") }
let (start, used) = (ContinuousClock.now, processorSeconds())
var number = 0
while number < rows {
    // No faster than the database: what waits beyond the bound would be dropped, and nobody tells when there is room.
    while store.counts.queued > 20_000 { try await Task.sleep(for: .milliseconds(1)) }
    let end = min(number + 1_000, rows)
    store.add(contentsOf: (number..<end).map(Candle.init))
    number = end
}
await store.flush()
let seconds = (ContinuousClock.now - start) / .seconds(1)
let (counts, cpu) = (store.counts, processorSeconds() - used)
print(
    """
    {"rows":\(counts.written),"dropped":\(counts.dropped),"failed":\(counts.failed),"seconds":\(seconds),\
    "client_cpu_us_per_row":\(cpu / Double(rows) * 1e6),"batches":\(counts.batches)}
    """)
await store.close(within: .seconds(5))
await database.close()
group.stop()
