import Database
import EngineNet
import SQLiteClient
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `maxserver migrate` {
    private let folder: TemporaryFolder
    private let lines = Journal<String>()

    init() throws { folder = try TemporaryFolder() }

    @Test func `up applies everything, and down takes the last back`() throws {
        #expect(try run(.up(most: nil)) == 0)
        #expect(lines.all.count == 4 && lines.all[0].hasPrefix("applied 0001_market in "))
        #expect(lines.all.last == "the schema is at 0003_unpublished")
        #expect(try run(.up(most: nil)) == 0)
        #expect(lines.all.last == "there is nothing to apply")
        #expect(try run(.down(count: 2)) == 0)
        #expect(lines.all.last == "the schema is at 0001_market")
        #expect(try run(.down(count: 1)) == 0)
        #expect(lines.all.last == "the schema is empty")
        #expect(try run(.down(count: 1)) == 0)
        #expect(lines.all.last == "there is nothing to take back")
    }

    @Test func `current tells what is pending, and fails as long as something is`() throws {
        #expect(try run(.up(most: 2)) == 0)
        #expect(try run(.current) == 1)
        #expect(lines.all.suffix(2) == ["the schema is at 0002_candles", "pending: 0003_unpublished"])
        #expect(try run(.up(most: 1)) == 0)
        #expect(try run(.current) == 0)
        #expect(lines.all.last == "the schema is at 0003_unpublished")
    }

    @Test func `history tells when each was applied, and how long it took`() throws {
        #expect(try run(.up(most: 2)) == 0)
        #expect(try run(.history) == 0)
        let line = try #require(lines.all.dropLast(2).last)
        #expect(
            line.wholeMatch(of: /0001_market       20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ  \d+ ms/) != nil)
        #expect(lines.all.last == "0003_unpublished  pending")
    }

    @Test(arguments: [MigrateCommand.current, .history, .down(count: 1)])
    func `looking makes no database`(command: MigrateCommand) throws {
        #expect(try run(command) == 1)
        #expect(lines.all.count == 1 && lines.all[0].contains("there is no database at \(folder.file()) yet"))
        #expect(folder.files.isEmpty)
    }

    @Test func `new makes a file, which is applied once it says something`() throws {
        #expect(try run(.new(name: "add users")) == 0)
        #expect(try run(.new(name: "more")) == 0)
        #expect(lines.all == ["1000_add_users", "1001_more"].map { "made \(folder.file("own/\($0).sql"))" })
        #expect(throws: MigrationError.self) { try run(.up(most: nil)) }
        #expect(!folder.files.contains("test.db"))
        try folder.write(
            "-- migrate:up\nCREATE TABLE users (id {{id}}){{strict}};", to: "own/1000_add_users.sql")
        try folder.write("-- migrate:up\nCREATE TABLE more (id {{id}}){{strict}};", to: "own/1001_more.sql")
        #expect(try run(.up(most: nil)) == 0)
        #expect(lines.all.last == "the schema is at 1001_more")
    }

    @Test(arguments: ["../up", "a/b", "", "naïve", "a.b"])
    func `new refuses what is no name`(name: String) throws {
        let error = try #require(throws: StoreError.self) { try run(.new(name: name)) }
        #expect(error.description.contains("letters, digits, - and _"))
    }

    @Test func `an own migration that changed is refused, and forced`() throws {
        #expect(try run(.new(name: "a")) == 0)
        try folder.write("-- migrate:up\nCREATE TABLE a (x TEXT);", to: "own/1000_a.sql")
        #expect(try run(.up(most: nil)) == 0)
        try folder.write("-- migrate:up\nCREATE TABLE b (x TEXT);", to: "own/1000_a.sql")
        #expect(throws: MigrationError.self) { try run(.up(most: nil)) }
        #expect(try run(.current) == 1)
        #expect(lines.all.last == "changed after it was applied: 1000_a")
        #expect(try run(.up(most: nil), isForced: true) == 0)
    }

    @Test(arguments: ["0999_a.sql", "3_a.sql"])
    func `own numbers begin at 1000, where new begins to count`(file: String) throws {
        #expect(try run(.new(name: "b")) == 0)
        try folder.write("-- migrate:up\nCREATE TABLE b (x TEXT);", to: "own/1000_b.sql")
        #expect(try run(.up(most: nil)) == 0)
        try folder.write("-- migrate:up\nCREATE TABLE a (x TEXT);", to: "own/\(file)")
        let error = try #require(throws: MigrationError.self) { try run(.up(most: nil)) }
        #expect(error.description.contains("\(file) cannot be used: its number must be 1000 or more"))
    }

    @Test func `sql prints the script for either database, and touches nothing`() throws {
        #expect(try run(.sql(nil)) == 0)
        #expect(lines.all[0].contains("CREATE TABLE sectors") && lines.all[0].contains("STRICT"))
        #expect(try run(.sql(.postgres)) == 0)
        #expect(lines.all[1].contains("create_hypertable('sector_candles', 'timestamp')"))
        #expect(!lines.all[0].contains("create_hypertable"))
        #expect(folder.files.isEmpty)
    }

    @Test func `a database in memory is refused: it has nothing to migrate`() throws {
        let error = try #require(throws: StoreError.self) { try run(.up(most: nil), on: .memory) }
        #expect(error.description.contains("in memory"))
    }

    @Test func `a server of Postgres that is not there is told without its password`() throws {
        let url = try DatabaseURL("postgres://ann:secret@127.0.0.1:1/max")
        let error = try #require(throws: SQLError.self) { try run(.up(most: nil), on: url) }
        guard case .unavailable(let reason) = error else { throw error }
        #expect(!reason.contains("secret"))
    }

    private func run(_ command: MigrateCommand, isForced: Bool = false, on url: DatabaseURL? = nil) throws
        -> Int32
    {
        var settings = try Settings(environment: [:])
        settings.database = url ?? .sqlite(path: folder.file())
        settings.migrationFolder = folder.file("own")
        let lines = lines
        return try MigrationTool(settings: settings, isForced: isForced, output: { lines.append($0) }).run(
            command)
    }
}

@Suite struct `The schema of the market` {
    private static let tables = ["agents", "bars", "discussions", "messages", "sector_candles", "sectors"]

    @Test func `goes up, down and up again`() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteMigrationConnection(path: folder.file())
        defer { connection.close() }
        let migrator = try Migrator(connection, MarketMigrations.all(), now: { 0 })
        try migrator.up()
        let schema = try Self.schema(connection)
        #expect(schema.filter { Self.tables.contains($0) } == Self.tables)
        try migrator.down(.max)
        #expect(try Self.schema(connection).contains { Self.tables.contains($0) } == false)
        try migrator.up()
        #expect(try Self.schema(connection) == schema)
    }

    /// What was released is never changed: a change is a new migration.
    @Test func `has the checksums that it was released with`() throws {
        #expect(
            try MarketMigrations.all().map(\.checksum) == [
                "787c6fec29085afa253f77e70d2e888c2af75c4e29bc7679bb1788ce5c634d00",
                "12d323741a49d2a415a93a35c3876426c384b5c90fc01d36eee596a7b64ce2f5",
                "1633ea96b9c12e08171b1ce66275dc1840aaa46957e8c06675cf3e9a4dbe6272",
            ])
    }

    @Test func `is there when the server opens its database, with what was stored before`() async throws {
        let folder = try TemporaryFolder()
        var settings = try Settings(environment: [:])
        settings.database = .sqlite(path: folder.file())
        settings.migrationFolder = folder.file("none")
        let log = Log("test", level: .error)
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        for round in Int64(0)..<2 {
            let database = try await Store.open(settings, on: group.loops[0], log: log)
            #expect(
                try await database.read(SQLCommand("SELECT count(*) FROM sectors")).values == [
                    .integer(round)
                ])
            try await database.write(
                SQLCommand(
                    "INSERT INTO sectors (id, name, symbol, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
                    [.text("s\(round)"), "Technology", "TECH", .timestamp(0)]))
            await database.close()
        }
        settings.database = .memory
        let memory = try await Store.open(settings, on: group.loops[0], log: log)
        #expect(try await memory.read(SQLCommand("SELECT * FROM bars")).isEmpty)
        await memory.close()
    }

    private static func schema(_ connection: SQLiteMigrationConnection) throws -> [String] {
        try connection.query(SQLCommand("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"))
            .map {
                (row) throws(SQLError) in try row.text(at: 0)
            }
    }
}
