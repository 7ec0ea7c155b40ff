import Database

/// The conditions of a statement, and their values. Texts of conditions are the program's own, never a client's.
struct SQLFilter: Sendable {
    private var conditions: [String] = []
    private(set) var values: [SQLValue] = []

    /// Adds a value.
    /// - Returns: its name in the statement.
    mutating func bind(_ value: SQLValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    mutating func add(_ condition: String) { conditions.append(condition) }

    mutating func add(_ column: String, is text: String?) {
        guard let text else { return }
        add("\(column) = \(bind(.text(text)))")
    }

    /// What comes behind a cursor in a list that is sorted downwards by both columns.
    mutating func add(_ moment: String, _ id: String, behind cursor: PageCursor?) {
        guard let cursor else { return }
        let place = "(\(bind(.timestamp(cursor.moment.milliseconds))), \(bind(.text(cursor.id))))"
        add("(\(moment), \(id)) < \(place)")
    }

    /// What comes behind a cursor in a list that is sorted upwards by both columns.
    mutating func add(_ name: String, _ id: String, behind cursor: NameCursor?) {
        guard let cursor else { return }
        add("(\(name), \(id)) > (\(bind(.text(cursor.name))), \(bind(.text(cursor.id))))")
    }

    /// `WHERE …`, or nothing.
    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
