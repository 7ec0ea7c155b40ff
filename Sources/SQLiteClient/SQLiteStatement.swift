internal import CSQLite
internal import Database

/// A prepared statement, used by its connection only.
@safe
final class SQLiteStatement {
    // Proof of safety: the connection prepared it, keeps it on its thread, and lets go of it before it closes.
    private let handle: OpaquePointer
    /// For each of SQLite's parameters, which value it gets, from 0. SQLite takes `$2` for a name, and numbers names
    /// as they come.
    private let parameters: [Int]
    /// How many values it takes.
    private let valueCount: Int
    private let isReading: Bool
    private var columns: [String]
    private var preparations: Int32 = 0
    /// When it was used last, as the connection counts.
    var lastUse = 0

    init(_ handle: OpaquePointer) throws(SQLError) {
        unsafe self.handle = unsafe handle
        unsafe isReading = sqlite3_stmt_readonly(handle) != 0
        unsafe columns = Self.columns(of: handle)
        var parameters: [Int] = []
        let count = unsafe sqlite3_bind_parameter_count(handle)
        for index in 0..<count {
            let name =
                unsafe sqlite3_bind_parameter_name(handle, index + 1).map { unsafe String(cString: $0) }
                ?? "?"
            // `$1::text`, a cast of Postgres, is one name to SQLite.
            let digits = name.dropFirst().prefix { $0.isASCII && $0.isNumber }
            let rest = name.dropFirst(1 + digits.count)
            guard name.hasPrefix("$"), let number = Int(digits), (1...65_535).contains(number),
                rest.isEmpty || rest.hasPrefix("::")
            else {
                unsafe sqlite3_finalize(handle)
                throw .refused(code: "parameter", message: "parameters are written $1, $2, …, not \(name)")
            }
            parameters.append(number - 1)
        }
        self.parameters = parameters
        valueCount = (parameters.max() ?? -1) + 1
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs it to its end.
    func run(_ values: [SQLValue], rowLimit: Int) throws(SQLError) -> SQLRows {
        guard values.count == valueCount else {
            throw .refused(
                code: "parameter",
                message: "the statement takes \(valueCount) values and was given \(values.count)")
        }
        defer { unsafe sqlite3_clear_bindings(handle) }
        for (index, value) in parameters.enumerated() { try bind(values[value], at: index) }
        let changesBefore = unsafe isReading ? 0 : sqlite3_total_changes64(sqlite3_db_handle(handle))
        defer { unsafe sqlite3_reset(handle) }
        var result: [SQLValue] = []
        while try step() {
            let width = unsafe sqlite3_column_count(handle)
            for column in 0..<width { result.append(value(of: column)) }
            guard result.count <= rowLimit * columns.count else {
                throw .refused(code: "rows", message: "the statement returns more than \(rowLimit) rows")
            }
        }
        return SQLRows(
            columns: currentColumns(), values: result, affected: affected(changesBefore, result.count))
    }

    /// Runs it for the values that were bound before.
    func run() throws(SQLError) {
        defer { unsafe sqlite3_reset(handle) }
        while try step() {}
    }

    /// - Returns: whether there is a row.
    private func step() throws(SQLError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw unsafe SQLiteConnection.lastError(of: sqlite3_db_handle(handle))
        }
    }

    private func affected(_ changesBefore: Int64, _ valuesRead: Int) -> Int {
        if isReading { return columns.isEmpty ? 0 : valuesRead / columns.count }
        let database = unsafe sqlite3_db_handle(handle)
        // The number of the last statement that changed rows; this one may have changed none.
        guard unsafe sqlite3_total_changes64(database) != changesBefore else { return 0 }
        return unsafe Int(sqlite3_changes64(database))
    }

    // MARK: Values

    /// - Parameter index: from 0.
    func bind(_ value: SQLValue, at index: Int) throws(SQLError) {
        switch value {
        case .null: bindNull(at: index)
        case .boolean(let value): bind(Int64(value ? 1 : 0), at: index)
        case .integer(let value), .timestamp(let value): bind(value, at: index)
        case .real(let value): try bind(value, at: index)
        case .text(let value), .json(let value): bind(value, at: index)
        case .bytes(let value):
            _ = unsafe value.withUnsafeBytes { bytes in
                unsafe csqlite_bind_blob(handle, Int32(index) + 1, bytes.baseAddress, UInt64(bytes.count))
            }
        }
    }

    func bindNull(at index: Int) { unsafe sqlite3_bind_null(handle, Int32(index) + 1) }

    func bind(_ value: Int64, at index: Int) { unsafe sqlite3_bind_int64(handle, Int32(index) + 1, value) }

    func bind(_ value: Double, at index: Int) throws(SQLError) {
        // SQLite would take it for NULL.
        guard !value.isNaN else { throw .badValue(message: "NaN is no number that SQLite can hold") }
        unsafe sqlite3_bind_double(handle, Int32(index) + 1, value)
    }

    func bind(_ value: String, at index: Int) {
        let handle = unsafe handle
        var value = value
        value.withUTF8 { bytes in
            // An empty text may have no address, which SQLite would take for NULL.
            _ = unsafe csqlite_bind_text(
                handle, Int32(index) + 1, bytes.baseAddress ?? UnsafePointer(Self.nothing),
                UInt64(bytes.count))
        }
    }

    // Proof of safety: never written, never freed.
    private nonisolated(unsafe) static let nothing = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    private func value(of column: Int32) -> SQLValue {
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: .real(unsafe sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            .text(
                unsafe String(decoding: bytes(of: column, sqlite3_column_text(handle, column)), as: UTF8.self)
            )
        case SQLITE_BLOB: .bytes(unsafe Array(bytes(of: column, sqlite3_column_blob(handle, column))))
        default: .null
        }
    }

    /// The bytes of a column, valid until the next step; their address has to be asked for before their number.
    private func bytes(of column: Int32, _ start: UnsafeRawPointer?) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
    }

    // MARK: Columns

    /// SQLite prepares a statement anew after a change of the schema: then `*` may mean other columns.
    private func currentColumns() -> [String] {
        let now = unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        if now != preparations {
            preparations = now
            unsafe columns = Self.columns(of: handle)
        }
        return columns
    }

    private static func columns(of handle: OpaquePointer) -> [String] {
        let count = unsafe sqlite3_column_count(handle)
        return (0..<count).map { column in
            unsafe sqlite3_column_name(handle, column).map { unsafe String(cString: $0) } ?? ""
        }
    }
}
