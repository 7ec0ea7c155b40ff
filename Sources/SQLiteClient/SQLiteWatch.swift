internal import CSQLite

/// What a connection asks while it prepares and runs statements: whether it may, and whether it took too long.
///
/// Transactions belong to the connection, which shares them between callers: a caller's own BEGIN or COMMIT would
/// undo or keep what others gave.
@safe
final class SQLiteWatch {
    // Proof of safety: `state` is made here and freed in `deinit`, which the connection lets happen only after it has
    // closed its handle; SQLite calls back on the thread that is inside one of the connection's own calls.
    private let state: UnsafeMutablePointer<State>

    private struct State {
        /// Whether statements of callers are prepared.
        var isStrict = false
        var deadline = ContinuousClock.now
    }

    /// Steps of SQLite's machine between two looks at the clock: a fraction of a millisecond.
    private static let interval: Int32 = 10_000

    init(_ handle: OpaquePointer) {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State())
        unsafe sqlite3_set_authorizer(
            handle,
            { context, action, _, _, _, _ in
                guard let context = unsafe context else { return SQLITE_DENY }
                let isStrict = unsafe context.assumingMemoryBound(to: State.self).pointee.isStrict
                switch action {
                case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH:
                    return isStrict ? SQLITE_DENY : SQLITE_OK
                default: return SQLITE_OK
                }
            }, state)
        unsafe sqlite3_progress_handler(
            handle, Self.interval,
            { context in
                guard let context = unsafe context else { return 1 }
                return unsafe context.assumingMemoryBound(to: State.self).pointee.deadline < .now ? 1 : 0
            }, state)
    }

    deinit {
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// From now on statements are a caller's, or the connection's own.
    func setStrict(_ isStrict: Bool) { unsafe state.pointee.isStrict = isStrict }

    /// What runs from now on may take so long.
    func allow(_ time: Duration) { unsafe state.pointee.deadline = .now + time }
}
