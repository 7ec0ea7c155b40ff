internal import Database

extension SQLiteConnection {
    /// Inserts or replaces rows, one after the other, in a transaction that is open.
    func upsert(_ batch: UpsertBatch) throws(SQLError) {
        let table = batch.table
        guard batch.columns.count == table.key.count + table.others.count,
            batch.columns.allSatisfy({ $0.count == batch.count })
        else {
            throw .refused(
                code: "batch", message: "the columns of a batch for \(table.name) do not fit together")
        }
        let statement = try statement(Self.upsert(into: table))
        for row in 0..<batch.count {
            for (index, column) in batch.columns.enumerated() {
                switch column {
                case .text(let values): statement.bind(values[row], at: index)
                case .real(let values): try statement.bind(values[row], at: index)
                case .optionalReal(let values):
                    if let value = values[row] {
                        try statement.bind(value, at: index)
                    } else {
                        statement.bindNull(at: index)
                    }
                case .integer(let values), .timestamp(let values): statement.bind(values[row], at: index)
                }
            }
            try statement.run()
        }
    }

    private static func upsert(into table: UpsertTable) -> String {
        let columns = table.key + table.others
        let values = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return """
            INSERT INTO \(quoted(table.name)) (\(columns.map(quoted).joined(separator: ", "))) VALUES (\(values)) \
            ON CONFLICT (\(table.key.map(quoted).joined(separator: ", "))) \
            DO \(table.others.isEmpty ? "NOTHING" : update(table))
            """
    }

    /// A row that is there as it is, is left alone.
    private static func update(_ table: UpsertTable) -> String {
        let changes = table.others.map { "\(quoted($0)) = excluded.\(quoted($0))" }
        let differences = table.others.map { "\(quoted($0)) IS NOT excluded.\(quoted($0))" }
        return "UPDATE SET \(changes.joined(separator: ", ")) WHERE \(differences.joined(separator: " OR "))"
    }

    private static func quoted(_ name: String) -> String {
        "\"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
    }
}
