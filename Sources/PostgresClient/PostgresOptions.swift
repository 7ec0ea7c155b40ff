/// How a `PostgresDatabase` behaves.
package struct PostgresOptions: Sendable {
    /// Where the database is and who we are there, as libpq takes it: `postgresql://user:password@host:port/name` or
    /// `host=… dbname=…`. What it says goes before what stands here.
    package var conninfo: String
    /// What `pg_stat_activity` shows.
    package var applicationName = "maxserver"
    package var timing = PostgresTiming()
    package var limits = PostgresLimits()
    /// Gets the server's notices and warnings, on the loop.
    package var onNotice: @Sendable (String) -> Void = { _ in }

    package init(conninfo: String) { self.conninfo = conninfo }
}

/// How long a connection waits, and for what.
package struct PostgresTiming: Sendable, Hashable {
    /// For the name lookup, the connection and the login together. Of several names, those that are not known after a
    /// third of it are left out.
    package var connectTimeout = Duration.seconds(5)
    /// How long a server may be silent while it owes an answer; then it counts as frozen and the connection as lost.
    package var answerTimeout = Duration.seconds(3)
    /// After this the server itself ends a statement, which then fails as unavailable; nil for never. Less than
    /// `answerTimeout`, so that one slow statement does not end the connection that it shares with others.
    package var statementTimeout: Duration? = .milliseconds(2_500)
    /// How long a statement waits for a connection that can take it.
    package var queueTimeout = Duration.seconds(5)
    /// Wait before the first attempt to connect again; it doubles with each one that fails.
    package var firstRetry = Duration.milliseconds(50)
    /// The longest such wait; a connection that lived shorter than this does not end the doubling.
    package var slowestRetry = Duration.seconds(2)

    package init() {}
}

/// How much a `PostgresDatabase` takes on.
package struct PostgresLimits: Sendable, Hashable {
    /// Connections that read, beside the one that writes.
    package var readers = 2
    /// Units that one connection has in flight at a time. More of them save nothing: the server does one after the
    /// other.
    package var inFlight = 8
    /// Units that wait or are in flight.
    package var pending = 10_000
    /// Bytes of a statement's values. The server ends the connection at about 1,000,000,000.
    package var statementBytes = 67_108_864
    /// Prepared statements that a connection keeps. Those unused for longest go first.
    package var preparedStatements = 256

    package init() {}
}
