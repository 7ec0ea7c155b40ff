internal import Database

/// What was sent up to one Sync, and what has been answered of it. Confined to its link.
final class Exchange {
    enum Purpose {
        /// Which process of the server this is; and an earlier one is ended.
        case greeting
        case unit(WorkUnit)
        /// Statements that the held unit needs: their texts and names. Each has two answers.
        case preparation([(sql: String, name: String)])
        /// Statements that are let go of; nobody waits.
        case deallocation
    }

    let purpose: Purpose
    /// How many steps have answers, unless one is refused.
    let steps: Int
    private(set) var answers: [LibpqResult] = []
    /// The first refusal. The server does nothing after it.
    private(set) var error: ServerError?

    init(_ purpose: Purpose, steps: Int) {
        self.purpose = purpose
        self.steps = steps
        answers.reserveCapacity(steps)
    }

    /// An answer that is not the end.
    func received(_ result: LibpqResult) {
        switch result.status {
        case .done: answers.append(result)
        // A refusal of the commit itself comes after all answers.
        case .failed: error = error ?? result.error
        case .skipped, .sync, .transaction, .unusable: break
        }
    }
}
