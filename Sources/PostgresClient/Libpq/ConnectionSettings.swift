internal import CPQ
internal import EngineNet

/// Where to connect and how, from the text of the configuration and what stands beside it.
package struct ConnectionSettings: Sendable {
    /// One of the servers that the text names; several are tried one after the other.
    struct Host: Sendable, Hashable {
        /// A name, an address or the folder of a Unix socket; empty for libpq's default.
        var name: String
        /// Its address, when the text says it.
        var address: String
        var port: String

        /// Whether its addresses must be looked up before libpq does, which would block the loop.
        var isName: Bool { address.isEmpty && !name.isEmpty && !name.hasPrefix("/") && !name.hasPrefix("@") }
    }

    /// The text is nothing that libpq understands. Nothing of it is repeated: it may hold a password.
    package struct NotUnderstood: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String {
            """
            cannot use the URL of Postgres: understood are postgresql://user:password@host:port/database and \
            what else libpq calls a connection string
            """
        }
    }

    /// What a connection is for.
    enum Purpose: Sendable, CaseIterable { case writing, reading, migrating }

    let hosts: [Host]
    /// All but hosts and ports.
    private let parameters: [ConnectionParameter]

    init(_ options: PostgresOptions, for purpose: Purpose) throws(NotUnderstood) {
        var given = try Self.parse(options.conninfo)
        let defaults = Self.defaults
        hosts = Self.hosts { given[$0] ?? defaults[$0] ?? "" }
        for keyword in ["host", "hostaddr", "port"] { given[keyword] = nil }
        for (keyword, value) in Self.preset where given[keyword] == nil { given[keyword] = value }
        given["fallback_application_name"] = options.applicationName
        // What we decode and encode is UTF-8.
        given["client_encoding"] = "UTF8"
        let attributes = "target_session_attrs"
        given[attributes] = Self.servers(given[attributes] ?? defaults[attributes], for: purpose)
        let own = given["options"] ?? defaults["options"]
        given["options"] = (Self.session(options.timing, purpose) + [own].compactMap(\.self))
            .joined(separator: " ")
        parameters = given.map { ConnectionParameter($0, $1) }
    }

    /// Which servers will do. One that only follows another is no place to write, until it takes over.
    private static func servers(_ given: String?, for purpose: Purpose) -> String? {
        switch (purpose, given) {
        case (.writing, nil), (.writing, "any"), (.migrating, nil), (.migrating, "any"): "read-write"
        // Our own setting makes the session read-only, which is not what was meant.
        case (.reading, "read-write"): "primary"
        default: given
        }
    }

    /// What is set in the server's session, as options of its command line.
    private static func session(_ timing: PostgresTiming, _ purpose: Purpose) -> [String] {
        // Times as text are the same everywhere.
        var settings = ["-c TimeZone=UTC"]
        if purpose == .reading { settings.append("-c default_transaction_read_only=on") }
        let limit = purpose == .migrating ? .zero : timing.statementTimeout
        if let limit { settings.append("-c statement_timeout=\(limit.wholeMilliseconds)") }
        return settings
    }

    /// What libpq gets.
    /// - Parameters:
    ///   - addresses: of the hosts that are names, as they were looked up. A name without one is left out: libpq would
    ///     look it up again, and block meanwhile. Nil leaves all lookups to libpq.
    ///   - first: which of the places to begin with, counted on from the first; the others follow in a circle.
    /// - Returns: nil when no place is left.
    func parameters(addresses: [String: [String]]?, beginningAt first: Int = 0) -> [ConnectionParameter]? {
        var places = hosts.flatMap { host in
            guard host.isName, let addresses else { return [host] }
            // The name goes along: it is what a certificate is compared with.
            return (addresses[host.name] ?? []).map { Host(name: host.name, address: $0, port: host.port) }
        }
        guard !places.isEmpty else { return nil }
        let start = first % places.count
        places = Array(places[start...] + places[..<start])
        func list(_ field: KeyPath<Host, String>) -> String {
            places.contains { !$0[keyPath: field].isEmpty }
                ? places.map { $0[keyPath: field] }.joined(separator: ",") : ""
        }
        return parameters + [
            ConnectionParameter("host", list(\.name)), ConnectionParameter("hostaddr", list(\.address)),
            ConnectionParameter("port", list(\.port)),
        ]
    }

    // MARK: Reading

    /// What we prefer to libpq's defaults: a server that has gone is noticed in half a minute, and Kerberos, whose
    /// library blocks, is left out.
    private static let preset = [
        ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "10000"), ("gssencmode", "disable"),
    ]

    /// The keywords of a connection string and their values.
    private static func parse(_ text: String) throws(NotUnderstood) -> [String: String] {
        guard !text.utf8.contains(0), let options = unsafe PQconninfoParse(text, nil) else {
            throw NotUnderstood()
        }
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(of: options)
    }

    /// What the environment says: `PGHOST` and the like.
    private static var defaults: [String: String] {
        guard let options = unsafe PQconndefaults() else { return [:] }
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(of: options)
    }

    /// - Parameter options: an array that ends with a null keyword.
    private static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val {
                values[unsafe String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe next += 1
        }
        return values
    }

    /// The lists of hosts, addresses and ports, brought together; a single port serves all.
    private static func hosts(_ value: (String) -> String) -> [Host] {
        func list(_ keyword: String) -> [String] {
            value(keyword).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        return (0..<max(1, names.count, addresses.count)).map { index in
            Host(
                name: index < names.count ? names[index] : "",
                address: index < addresses.count ? addresses[index] : "",
                port: ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : "")
        }
    }
}
