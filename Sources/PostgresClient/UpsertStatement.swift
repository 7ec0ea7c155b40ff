package import Database
internal import Synchronization

/// The statement that takes a whole batch: columns as arrays, which the server turns into rows. Its text depends on the
/// table and the kinds of columns only, so that it is prepared once.
package enum UpsertStatement {
    package static func sql(_ table: UpsertTable, _ columns: [UpsertColumn]) -> String {
        let names = table.key + table.others
        let arrays = columns.enumerated().map { "$\($0 + 1)::\($1.arrayType)" }
        return """
            INSERT INTO \(quoted(table.name)) (\(list(names))) SELECT * FROM unnest(\(arrays.joined(separator: ", "))) \
            ON CONFLICT (\(list(table.key))) DO \(table.others.isEmpty ? "NOTHING" : update(table))
            """
    }

    /// A row that is there as it is, is left alone: of several servers that store what they all hear, one writes it.
    private static func update(_ table: UpsertTable) -> String {
        let changes = table.others.map { "\(quoted($0)) = excluded.\(quoted($0))" }
        let old = table.others.map { "\(quoted(table.name)).\(quoted($0))" }
        let new = table.others.map { "excluded.\(quoted($0))" }
        return """
            UPDATE SET \(changes.joined(separator: ", ")) \
            WHERE (\(old.joined(separator: ", "))) IS DISTINCT FROM (\(new.joined(separator: ", ")))
            """
    }

    private static func list(_ names: [String]) -> String {
        names.map(quoted).joined(separator: ", ")
    }

    /// An identifier, so that `timestamp` and `interval` are names like others.
    private static func quoted(_ name: String) -> String {
        let parts = name.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + parts.joined(separator: "\"\"") + "\""
    }
}

extension UpsertColumn {
    fileprivate var arrayType: String {
        switch self {
        case .text: "text[]"
        case .real, .optionalReal: "float8[]"
        case .integer: "int8[]"
        case .timestamp: "timestamptz[]"
        }
    }
}

/// The texts of the batches that there were: the same few tables again and again.
final class UpsertTexts: Sendable {
    private struct Shape: Hashable {
        var table: UpsertTable
        var arrayTypes: [String]
    }

    /// How many are kept.
    private static let limit = 100
    private let texts = Mutex<[Shape: String]>([:])

    func sql(_ table: UpsertTable, _ columns: [UpsertColumn]) -> String {
        let shape = Shape(table: table, arrayTypes: columns.map(\.arrayType))
        return texts.withLock { texts in
            if let text = texts[shape] { return text }
            if texts.count == Self.limit { texts = [:] }
            let text = UpsertStatement.sql(table, columns)
            texts[shape] = text
            return text
        }
    }
}
