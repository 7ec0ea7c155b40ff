internal import CPQ
internal import Database

/// What the server answered to one step.
///
/// It is complete when it is made and never changes, so that it may be read on another thread than its connection's:
/// turning bytes into values need not keep the loop.
@safe
final class LibpqResult: @unchecked Sendable {
    // Proof of safety and sendability: `pointer` is ours until `deinit`; nothing that changes a result is called on
    // it, and libpq's functions that read one touch nothing else. What `PQgetvalue` points to lives as long.

    enum Status {
        case done
        /// The server refused.
        case failed
        /// Not done, because an earlier step of its unit was refused.
        case skipped
        /// The end of a unit.
        case sync
        /// A transaction was begun that stays open.
        case transaction
        /// A COPY has begun, or something that no version of the protocol has.
        case unusable
    }

    private let pointer: OpaquePointer

    /// Takes over what `PQgetResult` and its like return.
    init?(_ pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe PQclear(pointer) }

    var status: Status {
        switch unsafe PQresultStatus(pointer) {
        case PGRES_COMMAND_OK: beginsTransaction ? .transaction : .done
        case PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_FATAL_ERROR: .failed
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_PIPELINE_SYNC: .sync
        default: .unusable
        }
    }

    private var beginsTransaction: Bool {
        let command = unsafe Self.text(PQcmdStatus(pointer))
        return command == "BEGIN" || command == "START TRANSACTION"
    }

    // MARK: A description

    /// The types of the parameters of a statement that was described.
    var parameterTypes: [PostgresType] {
        unsafe (0..<PQnparams(pointer)).map {
            PostgresType(rawValue: unsafe PQparamtype(pointer, $0))
        }
    }

    // MARK: Rows

    /// All rows. To be called where it matters least.
    /// - Throws: `SQLError.refused` for a column whose type has no counterpart here.
    func rows() throws(SQLError) -> SQLRows {
        let columns = unsafe PQnfields(pointer)
        let rows = unsafe PQntuples(pointer)
        let names = (0..<columns).map { unsafe Self.text(PQfname(pointer, $0)) }
        let types = (0..<columns).map { PostgresType(rawValue: unsafe PQftype(pointer, $0)) }
        var values: [SQLValue] = []
        values.reserveCapacity(Int(rows) * Int(columns))
        for row in 0..<rows {
            for column in 0..<columns {
                do throws(ResultValue.Problem) {
                    values.append(try value(row, column, types[Int(column)]))
                } catch {
                    throw Self.unreadable(error, column: names[Int(column)])
                }
            }
        }
        return SQLRows(columns: names, values: values, affected: affected)
    }

    private func value(_ row: Int32, _ column: Int32, _ type: PostgresType) throws(ResultValue.Problem)
        -> SQLValue
    {
        let length = unsafe Int(PQgetlength(pointer, row, column))
        if length == 0, unsafe PQgetisnull(pointer, row, column) != 0 { return .null }
        let start = unsafe UnsafeRawPointer(PQgetvalue(pointer, row, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)
        let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
        return try ResultValue.decode(span, as: type)
    }

    private static func unreadable(_ problem: ResultValue.Problem, column: String) -> SQLError {
        switch problem {
        case .unsupported(let type):
            .refused(
                code: "0A000",
                message: "column \(column) is of a \(type), which is not read here: select \(column)::text")
        case .malformed(let type):
            .refused(code: "08P01", message: "column \(column) has not the form of its \(type)")
        }
    }

    /// How many rows were inserted, changed, deleted or returned.
    private var affected: Int { Int(unsafe Self.text(PQcmdTuples(pointer))) ?? 0 }

    // MARK: An error

    /// What the server said about `failed`, or in a notice.
    var error: ServerError {
        ServerError(
            code: field(CPQ_DIAG_SQLSTATE) ?? "", message: field(CPQ_DIAG_MESSAGE_PRIMARY) ?? ownMessage,
            subject: field(CPQ_DIAG_CONSTRAINT_NAME) ?? field(CPQ_DIAG_COLUMN_NAME),
            routine: field(CPQ_DIAG_SOURCE_FUNCTION))
    }

    /// Whether this is the last word of a connection: `FATAL` or `PANIC`.
    static func isFatal(notice: OpaquePointer) -> Bool {
        let severity = unsafe text(PQresultErrorField(notice, CPQ_DIAG_SEVERITY))
        return severity == "FATAL" || severity == "PANIC"
    }

    /// The message of a notice, whose owner is libpq.
    static func message(notice: OpaquePointer) -> String {
        unsafe text(PQresultErrorField(notice, CPQ_DIAG_MESSAGE_PRIMARY))
    }

    /// What libpq itself has to say, on one line.
    private var ownMessage: String { LibpqText.line(unsafe Self.text(PQresultErrorMessage(pointer))) }

    private func field(_ code: Int32) -> String? {
        guard let text = unsafe PQresultErrorField(pointer, code) else { return nil }
        return unsafe String(cString: text)
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        unsafe text(UnsafePointer(pointer))
    }
}

/// Messages of libpq, which come with line breaks.
enum LibpqText {
    /// The message on one line.
    static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline)
            .map { line in String(line.drop { $0 == "\t" || $0 == " " }) }
            .joined(separator: "; ")
    }
}
