/// The process of the server behind a connection. Another one may get its number later, but does not start when it did.
struct ServerProcess: Sendable, Hashable {
    var number: Int32
    /// Microseconds since 1970, by the server's clock.
    var start: Int64

    private static let startColumn = "(extract(epoch FROM backend_start) * 1000000)::int8"

    /// A statement that gives the start of the process that does it. It gives nothing when that has another number: a
    /// pooler stands between us and the server, and lends its processes to others as well.
    static func start(of number: Int32) -> String {
        "SELECT \(startColumn) FROM pg_stat_activity WHERE pid = pg_backend_pid() AND pid = \(number)"
    }

    /// A statement that ends it, if it is still there.
    var ending: String {
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE pid = \(number) AND \(Self.startColumn) = \(start)
        """
    }
}
