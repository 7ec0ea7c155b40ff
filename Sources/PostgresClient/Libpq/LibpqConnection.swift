internal import CPQ

/// A connection of libpq, and all calls on it. None of those that `PostgresLink` makes blocks.
///
/// Confined to the thread of its owner. After `close` it is as if the server had gone.
@safe
final class LibpqConnection {
    // Proof of safety: `pointer` is what `PQconnectStartParams` or `PQconnectdbParams` returned, non-null until
    // `close` finishes it, which the setter to nil makes happen once. libpq calls the notice receiver only inside
    // calls on the connection, and `notices` lives as long as this.

    enum Poll { case reading, writing, connected, failed }
    enum Flush { case done, pending, failed }

    /// What the server said without being asked.
    private final class Notices {
        let report: (String) -> Void
        /// Why the server is about to end the connection.
        var lastWord: String?

        init(_ report: @escaping (String) -> Void) { self.report = report }
    }

    private var pointer: OpaquePointer?
    private let notices: Notices

    /// Begins to connect (`waits` false), or connects and blocks meanwhile.
    /// - Parameter onNotice: the server's notices and warnings.
    init(
        _ parameters: [ConnectionParameter], waits: Bool = false, onNotice: @escaping (String) -> Void
    ) {
        notices = Notices(onNotice)
        unsafe pointer = CStringList.with(parameters.map(\.keyword)) { keywords in
            unsafe CStringList.with(parameters.map(\.value)) { values in
                unsafe waits
                    ? PQconnectdbParams(keywords, values, 0) : PQconnectStartParams(keywords, values, 0)
            }
        }
        let context = unsafe Unmanaged.passUnretained(notices).toOpaque()
        unsafe PQsetNoticeReceiver(
            pointer,
            { context, result in
                guard let context = unsafe context, let result = unsafe result else { return }
                let notices = unsafe Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue()
                let message = unsafe LibpqResult.message(notice: result)
                if unsafe LibpqResult.isFatal(notice: result) {
                    notices.lastWord = message
                } else {
                    notices.report(message)
                }
            }, context)
    }

    deinit { close() }

    /// Says goodbye, if the socket takes it at once, and lets go of everything.
    func close() {
        guard let pointer = unsafe pointer else { return }
        unsafe self.pointer = nil
        unsafe PQfinish(pointer)
    }

    // MARK: Connecting

    /// Goes on with connecting, when the socket is ready for what was asked for; at first for writing.
    func poll() -> Poll {
        guard let pointer = unsafe pointer else { return .failed }
        return switch unsafe PQconnectPoll(pointer) {
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        case PGRES_POLLING_OK: .connected
        default: .failed
        }
    }

    /// Whether the connection is there, as far as libpq knows.
    var isUp: Bool { unsafe PQstatus(pointer) == CONNECTION_OK }

    var hasFailed: Bool { unsafe PQstatus(pointer) == CONNECTION_BAD }

    /// The number of the process that serves us, as the server has told it at the login.
    var process: Int32 { unsafe PQbackendPID(pointer) }

    /// The socket of this moment, which is another one after each step of connecting; -1 when there is none.
    var socket: Int32 { unsafe PQsocket(pointer) }

    /// Why the connection failed or ended, on one line. It names host and port, never the password.
    var reason: String {
        if let lastWord = notices.lastWord { return lastWord }
        guard let text = unsafe PQerrorMessage(pointer) else { return "out of memory" }
        let line = LibpqText.line(unsafe String(cString: text))
        return line.isEmpty ? "the server closed the connection" : line
    }

    /// From now on nothing blocks, and statements need not wait for the answers to others.
    func beginPipeline() -> Bool {
        unsafe PQsetnonblocking(pointer, 1) == 0 && PQenterPipelineMode(pointer) == 1
    }

    // MARK: Sending, in pipeline mode. False means that the connection failed.

    func sendPrepare(_ name: String, _ sql: String) -> Bool {
        unsafe PQsendPrepare(pointer, name, sql, 0, nil) == 1
    }

    func sendDescribe(_ name: String) -> Bool { unsafe PQsendDescribePrepared(pointer, name) == 1 }

    func sendExecute(_ name: String, _ parameters: Parameters) -> Bool {
        unsafe parameters.withLibpqArguments { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(pointer, name, count, values, lengths, formats, 1) == 1
        }
    }

    func sendDeallocate(_ name: String) -> Bool { sendQuery("DEALLOCATE " + name) }

    /// Sends a statement without values.
    func sendQuery(_ sql: String) -> Bool {
        unsafe PQsendQueryParams(pointer, sql, 0, nil, nil, nil, nil, 1) == 1
    }

    /// Asks the server to send the answers so far; by itself it waits for the end of the unit.
    func sendFlushRequest() -> Bool { unsafe PQsendFlushRequest(pointer) == 1 }

    /// Ends a unit; the server commits it.
    func sendSync() -> Bool { unsafe PQpipelineSync(pointer) == 1 }

    /// Sends what the socket did not take before.
    func flush() -> Flush {
        switch unsafe PQflush(pointer) {
        case 0: .done
        case 1: .pending
        default: .failed
        }
    }

    // MARK: Receiving

    /// Reads what has come. False means that the connection ended.
    func consume() -> Bool { unsafe PQconsumeInput(pointer) == 1 }

    /// Whether `nextResult` would block.
    var isBusy: Bool { unsafe PQisBusy(pointer) == 1 }

    /// The next answer; nil at the end of a step's, and when there is nothing more.
    func nextResult() -> LibpqResult? { unsafe LibpqResult(PQgetResult(pointer)) }

    // MARK: Blocking, outside of pipeline mode

    func execute(_ script: String) -> LibpqResult? { unsafe LibpqResult(PQexec(pointer, script)) }

    func prepare(_ sql: String) -> LibpqResult? { unsafe LibpqResult(PQprepare(pointer, "", sql, 0, nil)) }

    func describe() -> LibpqResult? { unsafe LibpqResult(PQdescribePrepared(pointer, "")) }

    func executePrepared(_ parameters: Parameters) -> LibpqResult? {
        unsafe parameters.withLibpqArguments { count, values, lengths, formats in
            unsafe LibpqResult(PQexecPrepared(pointer, "", count, values, lengths, formats, 1))
        }
    }
}

extension Parameters {
    /// Calls `body` with the values as libpq takes them.
    fileprivate func withLibpqArguments<Result>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        return unsafe bytes.withUnsafeBytes { raw in
            let base = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            unsafe pointers.reserveCapacity(items.count)
            for item in items {
                unsafe pointers.append(item.range.flatMap { unsafe base?.advanced(by: $0.lowerBound) })
            }
            let lengths = items.map { Int32(truncatingIfNeeded: $0.range?.count ?? 0) }
            let formats = items.map { $0.isBinary ? 1 as Int32 : 0 }
            return unsafe body(Int32(truncatingIfNeeded: items.count), pointers, lengths, formats)
        }
    }
}
