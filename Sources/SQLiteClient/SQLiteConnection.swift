internal import CSQLite
internal import Database

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A connection of SQLite. It is made, used and closed by one thread.
@safe
final class SQLiteConnection {
    enum Kind { case writer, reader, migration }

    // Proof of safety: opened in `init`, closed once in `close`, and nothing else is done after that.
    private let handle: OpaquePointer
    private let watch: SQLiteWatch
    private let options: SQLiteOptions
    private var isOpen = true
    private var statements: [String: SQLiteStatement] = [:]
    private var controls: [Control: SQLiteStatement] = [:]
    private var uses = 0

    init(_ place: SQLitePlace, _ kind: Kind, _ options: SQLiteOptions) throws(SQLError) {
        var path = ":memory:"
        if case .file(let file) = place {
            path = file
            if kind != .reader { Self.makePrivate(file) }
        }
        let access = kind == .reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        var opened: OpaquePointer?
        let status = unsafe sqlite3_open_v2(
            path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard status == SQLITE_OK, let handle = unsafe opened else {
            let error =
                unsafe opened.map { unsafe Self.lastError(of: $0) }
                ?? .unavailable(reason: "no memory is left")
            unsafe sqlite3_close_v2(opened)
            throw Self.naming(path, error)
        }
        unsafe self.handle = unsafe handle
        self.options = options
        watch = unsafe SQLiteWatch(handle)
        unsafe sqlite3_busy_timeout(handle, Int32(clamping: Int(options.busyTimeout / .milliseconds(1))))
        do {
            watch.allow(options.statementTimeout)
            try execute(Self.settings(kind, options))
        } catch {
            close()
            throw Self.naming(path, error)
        }
    }

    deinit { close() }

    /// The settings of a connection. Tables are rebuilt without looking at references: what refers to the table would
    /// be deleted with the old one. Who migrates checks all of them instead.
    private static func settings(_ kind: Kind, _ options: SQLiteOptions) -> String {
        let settings = """
            PRAGMA temp_store = MEMORY;
            PRAGMA foreign_keys = \(kind == .migration ? "OFF" : "ON");
            PRAGMA synchronous = \(options.durability.rawValue);
            """
        return kind == .reader
            ? settings : "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864; \(settings)"
    }

    /// Makes the file if there is none. Nobody else may read what is stored; the files beside it get the same rights
    /// from SQLite.
    ///
    /// A file that is there is not opened, not even to be closed at once: that would end all locks that this process
    /// has on it, as POSIX says. The next other process to close it would then believe that it is the last, and remove
    /// the log from under us. So nothing in this process may open the file but SQLite.
    private static func makePrivate(_ path: String) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        // If it is there already, nothing is to do; if it cannot be made, SQLite says why.
        if file >= 0 { _ = Self.closeFile(file) }
    }

    private static func closeFile(_ file: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(file)
        #else
            Darwin.close(file)
        #endif
    }

    private static func naming(_ path: String, _ error: SQLError) -> SQLError {
        switch error {
        case .refused(let code, let message): .refused(code: code, message: "\(path): \(message)")
        case .unavailable(let reason): .unavailable(reason: "\(path): \(reason)")
        default: error
        }
    }

    static func lastError(of handle: OpaquePointer?) -> SQLError {
        let message = unsafe String(cString: sqlite3_errmsg(handle))
        return unsafe SQLiteFault.error(sqlite3_extended_errcode(handle), message)
    }

    /// Ends the connection; an open transaction is undone.
    func close() {
        guard isOpen else { return }
        isOpen = false
        statements = [:]
        controls = [:]
        unsafe sqlite3_close_v2(handle)
    }

    // MARK: Statements

    /// Does one statement. It is prepared once and kept by its text.
    func run(_ command: SQLCommand) throws(SQLError) -> SQLRows {
        let statement = try statement(command.sql)
        watch.allow(options.statementTimeout)
        return try statement.run(command.values, rowLimit: options.rowLimit)
    }

    /// Does any number of statements, transactions among them.
    func execute(_ script: String) throws(SQLError) {
        guard !script.utf8.contains(0) else {
            throw .refused(code: "text", message: "the text has a zero byte")
        }
        // A change of the schema may take its time.
        watch.allow(.seconds(86_400))
        guard unsafe sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else {
            throw unsafe Self.lastError(of: handle)
        }
    }

    /// The statement of a caller.
    func statement(_ sql: String) throws(SQLError) -> SQLiteStatement {
        uses += 1
        if let known = statements[sql] {
            known.lastUse = uses
            return known
        }
        if statements.count >= options.statementLimit,
            let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            statements[oldest.key] = nil
        }
        watch.setStrict(true)
        defer { watch.setStrict(false) }
        let statement = try prepare(SQLDialect.sqlite.text(sql))
        statement.lastUse = uses
        statements[sql] = statement
        return statement
    }

    private func prepare(_ sql: String) throws(SQLError) -> SQLiteStatement {
        var sql = sql
        // `withUTF8` rethrows without a type.
        let result: Result<SQLiteStatement, SQLError> = sql.withUTF8 { bytes in
            Result { () throws(SQLError) in try unsafe prepare(bytes) }
        }
        return try result.get()
    }

    private func prepare(_ text: UnsafeBufferPointer<UInt8>) throws(SQLError) -> SQLiteStatement {
        var rest = UnsafeRawBufferPointer(text)
        guard let first = try unsafe compile(&rest) else {
            throw .refused(code: "text", message: "there is no statement in the text")
        }
        let statement = try unsafe SQLiteStatement(first)
        // Comments may follow, another statement may not: it would never be done.
        if let second = try unsafe compile(&rest) {
            unsafe sqlite3_finalize(second)
            throw .refused(code: "text", message: "there is more than one statement in the text")
        }
        return statement
    }

    /// Prepares the first statement of a text, and leaves what is behind it; nil when there is none.
    private func compile(_ text: inout UnsafeRawBufferPointer) throws(SQLError) -> OpaquePointer? {
        guard let start = text.baseAddress, text.count > 0, text.count < Int(Int32.max) else { return nil }
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let status = unsafe sqlite3_prepare_v3(
            handle, start.assumingMemoryBound(to: CChar.self), Int32(text.count),
            UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
        guard status == SQLITE_OK else { throw unsafe Self.lastError(of: handle) }
        let used = unsafe tail.map { unsafe UnsafeRawPointer($0) - start } ?? text.count
        unsafe text = UnsafeRawBufferPointer(rebasing: text[used...])
        return unsafe statement
    }

    // MARK: Transactions

    /// The connection's own statements.
    enum Control: String {
        case begin = "BEGIN IMMEDIATE"
        case commit = "COMMIT"
        case rollback = "ROLLBACK"
        case mark = "SAVEPOINT job"
        case undoToMark = "ROLLBACK TO job"
        case removeMark = "RELEASE job"
    }

    func run(_ control: Control) throws(SQLError) {
        if controls[control] == nil { controls[control] = try prepare(control.rawValue) }
        watch.allow(options.statementTimeout)
        try controls[control]?.run()
    }

    /// Whether a transaction is open. SQLite undoes one by itself when the disk is full or fails.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Undoes the open transaction, if there is one.
    func rollBack() {
        guard isInTransaction else { return }
        // What fails here has undone it as well.
        try? run(.rollback)
    }

    /// Brings what was written from the log into the file, and makes the log short.
    func checkpoint() {
        // Another process may read: then the next one who closes does it.
        unsafe _ = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }
}
