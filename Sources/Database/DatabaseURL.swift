internal import EngineWire

/// Which database, parsed from a URL.
///
///     postgresql://[user[:password]@][host[:port]][/name][?sslmode=require&…]    also postgres://
///     sqlite:///relative/path    sqlite:////absolute/path    sqlite::memory:
///
/// The `+driver` of SQLAlchemy's URLs (`postgresql+psycopg2://`) is left out: libpq would take the whole text for the
/// name of a database, and connect to a server of its own choice. No description shows a password.
package enum DatabaseURL: Sendable, Hashable {
    /// - Parameters:
    ///   - conninfo: the URL as libpq understands it, password included.
    ///   - shown: the same with `***` for passwords.
    case postgres(conninfo: String, shown: String)
    /// A file; a relative path counts from the working directory.
    case sqlite(path: String)
    /// A database that lasts as long as the process.
    case memory

    package init(_ text: String) throws(DatabaseURLError) {
        guard let colon = text.firstIndex(of: ":") else { throw DatabaseURLError("it has no scheme") }
        let scheme = text[..<colon].lowercased().split(separator: "+", omittingEmptySubsequences: false)
        let rest = text[text.index(after: colon)...]
        guard scheme.count <= 2 else { throw DatabaseURLError("its scheme has two drivers") }
        switch scheme.first {
        case "sqlite": self = try Self.sqlite(rest)
        case "postgres", "postgresql": self = try Self.postgres(rest)
        default: throw DatabaseURLError("its scheme is another one")
        }
    }

    package var dialect: SQLDialect {
        switch self {
        case .postgres: .postgres
        case .sqlite, .memory: .sqlite
        }
    }

    private static func sqlite(_ rest: Substring) throws(DatabaseURLError) -> DatabaseURL {
        if rest == ":memory:" || rest == "///:memory:" { return .memory }
        guard rest.hasPrefix("///"), rest.count > 3 else {
            throw DatabaseURLError(
                "the path of a file stands behind three slashes, an absolute one behind four")
        }
        guard !rest.contains("?"), !rest.contains("#") else {
            throw DatabaseURLError("a file has no query; a ? in its name is %3F")
        }
        let path = decoded(rest.dropFirst(3))
        guard !path.utf8.contains(0), !path.hasSuffix("/") else {
            throw DatabaseURLError("its path is not that of a file")
        }
        return .sqlite(path: path)
    }

    private static func postgres(_ rest: Substring) throws(DatabaseURLError) -> DatabaseURL {
        guard rest.hasPrefix("//") else { throw DatabaseURLError("two slashes follow the scheme") }
        let body = rest.dropFirst(2)
        guard !body.contains(where: { $0.isWhitespace || $0 == "#" || $0 == "\0" }) else {
            throw DatabaseURLError("it has a space or a #, or its password needs percent-encoding")
        }
        let question = body.firstIndex(of: "?") ?? body.endIndex
        let slash = body[..<question].firstIndex(of: "/") ?? question
        guard !body[slash...].contains("@") else {
            throw DatabaseURLError("a / ? or @ in its user, password or query needs percent-encoding")
        }
        let (user, password, hosts) = login(body[..<slash])
        try check(hosts: hosts)
        let shownPassword = password.map { _ in ":***" } ?? ""
        // libpq ends the password at the first @; people write them unencoded.
        let realPassword = password.map { ":" + encodingAt($0) } ?? ""
        let at = user == nil && password == nil ? "" : "@"
        let end = "\(hosts)\(body[slash..<question])"
        let query = body[question...].dropFirst()
        return .postgres(
            conninfo:
                "postgresql://\(encodingAt(user ?? ""))\(realPassword)\(at)\(end)\(question == body.endIndex ? "" : "?\(query)")",
            shown:
                "postgresql://\(user ?? "")\(shownPassword)\(at)\(end)\(query.isEmpty ? "" : "?\(hidingPasswords(query))")"
        )
    }

    private static func login(_ text: Substring) -> (user: Substring?, password: Substring?, hosts: Substring)
    {
        guard let at = text.lastIndex(of: "@") else { return (nil, nil, text) }
        let login = text[..<at]
        let colon = login.firstIndex(of: ":")
        return (
            login[..<(colon ?? login.endIndex)], colon.map { login[login.index(after: $0)...] },
            text[text.index(after: at)...]
        )
    }

    /// Hosts are names or addresses, several with commas between them, each with a port or without.
    private static func check(hosts: Substring) throws(DatabaseURLError) {
        for host in hosts.split(separator: ",") {
            let end = host.hasPrefix("[") ? host.firstIndex(of: "]") ?? host.endIndex : host.startIndex
            guard let colon = host[end...].firstIndex(of: ":") else { continue }
            let digits = Array(host[colon...].dropFirst().utf8)
            guard let port = digits.span.decimal(), (1...65_535).contains(port) else {
                throw DatabaseURLError(
                    "a port is not a number from 1 to 65535, or its password needs percent-encoding")
            }
        }
    }

    private static func encodingAt(_ text: Substring) -> String {
        text.split(separator: "@", omittingEmptySubsequences: false).joined(separator: "%40")
    }

    /// The query with `***` for what libpq takes for a password or a key's password.
    private static func hidingPasswords(_ query: Substring) -> String {
        query.split(separator: "&", omittingEmptySubsequences: false).map { item in
            let equals = item.firstIndex(of: "=") ?? item.endIndex
            // The name may be percent-encoded: then it is not one that a person wrote, and nothing is shown of it.
            let name = item[..<equals].lowercased()
            guard name.contains("password") || name.contains("%") else { return String(item) }
            return "\(item[..<equals])=***"
        }.joined(separator: "&")
    }

    private static func decoded(_ text: Substring) -> String {
        QueryItems.decoded(Array(text.utf8)[...], plusIsSpace: false)
    }
}

extension DatabaseURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL without passwords.
    package var shown: String {
        switch self {
        case .postgres(_, let shown): shown
        case .sqlite(let path): "sqlite:///\(path)"
        case .memory: "sqlite::memory:"
        }
    }

    package var description: String { shown }
    package var debugDescription: String { shown }

    /// Nothing inside, so that `dump` and test reports do not show the password either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text is no URL of a database. Never repeats the text, which may hold a password.
package struct DatabaseURLError: Error, Sendable, Hashable, CustomStringConvertible {
    private let reason: String

    init(_ reason: String) { self.reason = reason }

    package var description: String {
        """
        cannot use the database URL: \(reason); understood are \
        postgresql://[user[:password]@][host[:port]][/name][?sslmode=…], sqlite:///relative/path, \
        sqlite:////absolute/path and sqlite::memory:
        """
    }
}
