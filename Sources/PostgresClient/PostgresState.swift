/// Whether Postgres can be reached.
package enum PostgresState: Sendable, Hashable {
    /// Before the first success or failure.
    case connecting
    /// There is a connection to write, and at least one to read.
    case live
    /// It was lost, or never reached; it is tried again.
    case down(reason: String)
    /// `close` was called, or the loop ended.
    case closed
}
