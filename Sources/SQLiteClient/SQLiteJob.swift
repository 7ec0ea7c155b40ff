internal import Database

/// A call on its way to a thread that works for it.
struct SQLiteJob: Sendable {
    typealias Outcome = Result<[SQLRows], SQLError>

    enum Work: Sendable {
        /// All of them or none.
        case commands([SQLCommand])
        case upsert(UpsertBatch)
        /// Something that runs transactions of its own.
        case anything(@Sendable (SQLiteConnection) -> Void)
    }

    let work: Work
    let caller: CheckedContinuation<Outcome, Never>
}
