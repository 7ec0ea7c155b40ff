package import EngineNet
internal import EngineWire

/// Where Redis is and who we are there, parsed from a URL.
///
///     redis://[user[:password]@]host[:port][/db]
///     unix://[user[:password]@]/path[?db=n]
///
/// User, password and path may be percent-encoded. No description of it shows the password.
package struct RedisURL: Sendable, Hashable {
    package var endpoint: Endpoint
    package var user: String?
    package var password: String?
    /// The database that `SELECT` chooses; pub/sub does not care about it.
    package var database: Int

    /// The port when the URL names none.
    package static var defaultPort: Int { 6379 }

    package init(endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
    }

    package init(_ text: String) throws(RedisURLError) {
        guard let scheme = text.range(of: "://") else { throw .notUnderstood("it has no scheme") }
        let rest = text[scheme.upperBound...]
        switch text[..<scheme.lowerBound].lowercased() {
        case "redis": self = try Self.network(rest)
        case "unix", "redis+unix": self = try Self.unix(rest)
        case "rediss": throw .tls
        default: throw .notUnderstood("its scheme is another one")
        }
    }

    private static func network(_ text: Substring) throws(RedisURLError) -> RedisURL {
        // Errors repeat nothing of the text: any part of it may belong to a password that was not encoded.
        guard !text.contains("?"), !text.contains("#") else {
            throw .notUnderstood("it has a query or a fragment, or its password needs percent-encoding")
        }
        let slash = text.firstIndex(of: "/") ?? text.endIndex
        let (login, place) = splitLogin(text[..<slash])
        var url = RedisURL(endpoint: try hostAndPort(place))
        (url.user, url.password) = login
        let path = text[slash...].dropFirst()
        if !path.isEmpty { url.database = try database(path) }
        return url
    }

    private static func unix(_ text: Substring) throws(RedisURLError) -> RedisURL {
        let question = text.firstIndex(of: "?") ?? text.endIndex
        let slash = text[..<question].firstIndex(of: "/") ?? text.startIndex
        let (login, host) = splitLogin(text[..<slash])
        let path = decoded(text[slash..<question])
        guard host.isEmpty, path.hasPrefix("/") else {
            throw .notUnderstood("the path of a Unix socket begins with a slash (three in all: unix:///path)")
        }
        var url = RedisURL(endpoint: .unix(path: path))
        (url.user, url.password) = login
        for item in QueryItems(Array(text[question...].dropFirst().utf8)[...]) {
            guard item.name == "db" else { throw .notUnderstood("its query may have db=n only") }
            url.database = try database(Substring(item.value))
        }
        return url
    }

    private static func splitLogin(_ text: Substring) -> (
        login: (user: String?, password: String?), rest: Substring
    ) {
        guard let at = text.lastIndex(of: "@") else { return ((nil, nil), text) }
        let login = text[..<at]
        let colon = login.firstIndex(of: ":") ?? login.endIndex
        let user = decoded(login[..<colon])
        let password = decoded(login[colon...].dropFirst())
        let rest = text[text.index(after: at)...]
        return ((user.isEmpty ? nil : user, password.isEmpty ? nil : password), rest)
    }

    private static func hostAndPort(_ text: Substring) throws(RedisURLError) -> Endpoint {
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw .notUnderstood("its address is malformed")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .notUnderstood("it names no host") }
        guard let port else { return .tcp(host: decoded(host), port: defaultPort) }
        guard let number = Array(port.utf8).span.decimal(), (1...65_535).contains(number) else {
            throw .notUnderstood("its port is not a number from 1 to 65535")
        }
        return .tcp(host: decoded(host), port: number)
    }

    private static func database(_ text: Substring) throws(RedisURLError) -> Int {
        guard let number = Array(text.utf8).span.decimal(), number <= 100_000 else {
            throw .notUnderstood("its database is not a small number")
        }
        return number
    }

    private static func decoded(_ text: Substring) -> String {
        QueryItems.decoded(Array(text.utf8)[...], plusIsSpace: false)
    }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL with `***` for the password.
    package var description: String {
        let login =
            switch (user, password) {
            case (nil, nil): ""
            case (let user?, nil): "\(user)@"
            case (let user, _?): "\(user ?? ""):***@"
            }
        switch endpoint {
        case .tcp: return "redis://\(login)\(endpoint)\(database == 0 ? "" : "/\(database)")"
        case .unix(let path): return "unix://\(login)\(path)\(database == 0 ? "" : "?db=\(database)")"
        }
    }

    package var debugDescription: String { description }

    /// Nothing inside, so that `dump` and test reports do not show the password either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text is not a Redis URL. Never repeats the text, which may hold a password.
package enum RedisURLError: Error, Sendable, Hashable, CustomStringConvertible {
    case notUnderstood(String)
    case tls

    package var description: String {
        switch self {
        case .notUnderstood(let why):
            """
            cannot use the Redis URL: \(why); understood are \
            redis://[user[:password]@]host[:port][/db] and unix://[user[:password]@]/path[?db=n]
            """
        case .tls:
            """
            cannot use the Redis URL: TLS to Redis is not built in, so rediss:// does not work; use redis:// \
            over a private network or through a TLS tunnel such as stunnel
            """
        }
    }
}

extension String {
    /// Where `text` is for the first time. Foundation has one; this module does without.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
