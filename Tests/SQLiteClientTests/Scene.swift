import Database
import SQLiteClient
import TestSupport

extension SQLiteDatabase {
    /// A database with a table `t (id, n, at)`.
    static func opened(
        _ folder: TemporaryFolder, options: SQLiteOptions = SQLiteOptions()
    ) async throws -> SQLiteDatabase {
        let database = try await SQLiteDatabase(.file(folder.file()), options: options)
        try await database.write(table)
        return database
    }

    static let table = SQLCommand(
        "CREATE TABLE IF NOT EXISTS t (id {{id}} PRIMARY KEY NOT NULL, n INTEGER CHECK (n >= 0), at {{ts}}){{strict}}"
    )

    func insert(_ id: String, _ n: Int64 = 0) async throws(SQLError) {
        try await write(SQLCommand("INSERT INTO t (id, n) VALUES ($1, $2)", [.text(id), .integer(n)]))
    }

    /// The ids of `t`, in their order.
    func ids() async throws -> [String] {
        try await read(SQLCommand("SELECT id FROM t ORDER BY id")).map { (row) throws(SQLError) in
            try row.text(at: 0)
        }
    }

    func count() async throws -> Int64 {
        try await read(SQLCommand("SELECT count(*) FROM t")).row(0).integer(at: 0)
    }
}

/// The table `candles`, as rows for it are given.
enum Candles {
    static let create = SQLCommand(
        "CREATE TABLE candles (sector TEXT NOT NULL, at {{ts}} NOT NULL, close {{f64}} NOT NULL, volume {{f64}}, PRIMARY KEY (sector, at)){{strict}}"
    )
    static let table = UpsertTable("candles", key: ["sector", "at"], others: ["close", "volume"])

    static func batch(_ rows: [(sector: String, at: Int64, close: Double, volume: Double?)]) -> UpsertBatch {
        UpsertBatch(
            table,
            [
                .text(rows.map(\.sector)), .timestamp(rows.map(\.at)), .real(rows.map(\.close)),
                .optionalReal(rows.map(\.volume)),
            ])
    }
}
