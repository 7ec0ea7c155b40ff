import Database
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Made-up bars with a store` {
    private static let resolutions = ["1", "5"].compactMap(Resolution.init)

    @Test(arguments: StoreKind.allCases)
    func `go on where the stored ones end`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { scene in
            let store = BarStore(database: scene.database)
            let now = Self.resolutions[0].start(of: Moment.now.milliseconds)
            try await keep(Bar(time: now - 180_000, price: 77, volume: 3), "1", in: scene.database)
            try await keep(
                Bar(time: Self.resolutions[1].start(of: now - 180_000), price: 77, volume: 3), "5",
                in: scene.database)
            let bars = try await generated(with: store) { $0.count >= 3 }
            let minutes = bars.filter { $0.resolution == "1" }
            #expect(minutes.first?.bar.time == now - 120_000 && minutes.first?.bar.open == 77)
            #expect(bars.contains { $0.resolution == "5" })
        }
    }

    @Test func `of a new resolution are made of stored ones`() async throws {
        try await APIScene.run { scene in
            let start = Self.resolutions[1].start(of: Moment.now.milliseconds) - 600_000
            for minute in 0..<9 {
                let bar = Bar(time: start + Int64(minute) * 60_000, price: Double(70 + minute), volume: 1)
                try await keep(bar, "1", in: scene.database)
            }
            let bars = try await generated(with: BarStore(database: scene.database)) { $0.count >= 2 }
            #expect(bars[0].resolution == "5" && bars[0].bar.time == start)
            #expect(bars[0].bar == Bar(time: start, open: 70, high: 74, low: 70, close: 74, volume: 5))
            #expect(bars[1].bar.open == 75)
        }
    }

    @Test func `begin anew when nothing is stored, or it cannot be read`() async throws {
        let database = ClosedDatabase()
        for store in [nil, BarStore(database: database)] {
            let bars = try await generated(with: store) { $0.count >= 480 }
            #expect(bars.count >= 480)
        }
    }

    @Test func `say for which symbols, as Python would`() {
        var settings = BarGenerator.Settings()
        #expect(settings.startLine == "Bar generator started for symbols: ['AAPL', 'GOOGL', 'MSFT']")
        settings.symbols = ["BTC"]
        #expect(settings.startLine == "Bar generator started for symbols: ['BTC']")
    }

    private func keep(_ bar: Bar, _ resolution: String, in database: any Database) async throws {
        let writer = WriteBehind(BarRow.table, into: database)
        writer.add(BarRow(symbol: "A", resolution: resolution, bar: bar))
        await writer.close(within: .seconds(20))
    }

    /// What a generator publishes until that is enough.
    private func generated(with store: BarStore?, until isEnough: @escaping ([BarMessage]) -> Bool)
        async throws -> [BarMessage]
    {
        let published = Journal<BarMessage>()
        var settings = BarGenerator.Settings()
        (settings.symbols, settings.resolutions) = (["A"], Self.resolutions)
        let generator = BarGenerator(
            settings: settings, store: store, log: Log("test", level: .error)
        ) { messages in
            for message in messages {
                guard let bar = try? ArgumentDecoder().decode(BarMessage.self, from: message.payload) else {
                    continue
                }
                #expect(message.channel == "bars:A:\(bar.resolution)")
                published.append(bar)
            }
        }
        let running = Task { await generator.run() }
        #expect(await eventually { isEnough(published.all) })
        running.cancel()
        await running.value
        return published.all
    }
}

/// A database that is away.
private struct ClosedDatabase: Database {
    let dialect = SQLDialect.sqlite

    func read(_ command: SQLCommand) async throws(SQLError) -> SQLRows { throw .closed }
    func write(_ command: SQLCommand) async throws(SQLError) -> SQLRows { throw .closed }
    func transaction(_ commands: [SQLCommand]) async throws(SQLError) -> [SQLRows] { throw .closed }
    func upsert(_ batch: UpsertBatch) async throws(SQLError) { throw .closed }
    var status: DatabaseStatus { DatabaseStatus(isConnected: false) }
    func ping() async throws(SQLError) -> Duration { throw .closed }
    func close() async {}
}
