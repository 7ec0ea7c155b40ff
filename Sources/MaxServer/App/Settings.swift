import Database
import RedisClient
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A setting that cannot be used: which, why, and what would be right.
struct SettingsError: Error, CustomStringConvertible {
    var description: String
}

/// Everything that can be set from outside. Command line beats environment beats `.env` beats the default.
struct Settings: Sendable {
    var host = "0.0.0.0"
    var port = 8000
    var logLevel = LogLevel.info
    /// Event loops; nil for one per core.
    var loops: Int?
    /// Certificate chain and private key for `https` and `wss`; nil for `http` and `ws`.
    var tls: (certificate: String, key: String)?
    /// Origins of other pages that may use the server; `*` for all. While it is empty they may open WebSockets, as
    /// with Node, because no origin is checked, and browsers keep them from polling.
    var corsOrigins: [String] = []
    /// Proxies whose word about the client's address is taken.
    var trustedProxies: [AddressRange] = []
    var maxConnections = ConnectionLimits().total
    /// Sessions of one client address; nil for no limit.
    var maxSessionsPerAddress: Int?
    /// Whether WebSocket messages are compressed for clients that can.
    var compressesWebSockets = false
    /// Where messages come from; nil for the bus inside this process.
    var redis: RedisURL?
    /// Where what must outlast the server is kept.
    var database = DatabaseURL.sqlite(path: "max.db")
    /// The folder of the application's own migrations; none when it is not there.
    var migrationFolder = "migrations"
    /// Whether a server changes the schema of Postgres by itself when it starts.
    var migratesAtStart = false
    /// A file with more routes from channels to rooms; nil for the built-in ones alone.
    var routesFile: String?
    var barGenerator = BarGenerator.Settings()
    /// The folder of the browser's library files; nil to look for `Browser` above the executable and here.
    var browserFiles: String?

    /// One setting: the names by which it can be given, and what it means.
    private struct Item {
        var variable: String
        var option: String
        var meaning: String
        var set: @Sendable (inout Settings, String) throws(SettingsError) -> Void
    }

    private static let items: [Item] = [
        Item(variable: "HOST", option: "host", meaning: "address to listen on (default 0.0.0.0)") {
            $0.host = $1
        },
        Item(variable: "PORT", option: "port", meaning: "port to listen on, 0 for any (default 8000)") {
            (settings, text) throws(SettingsError) in
            guard let port = Int(text), (0...65_535).contains(port) else {
                throw SettingsError(description: "PORT is a number from 0 to 65535, not \"\(text)\"")
            }
            settings.port = port
        },
        Item(
            variable: "LOG_LEVEL", option: "log-level",
            meaning: "debug, info, warning or error (default info)"
        ) {
            (settings, text) throws(SettingsError) in
            guard let level = LogLevel(text) else {
                throw SettingsError(
                    description: "LOG_LEVEL is debug, info, warning or error, not \"\(text)\"")
            }
            settings.logLevel = level
        },
        Item(
            variable: "TLS_CERTIFICATE", option: "tls-certificate",
            meaning: "PEM file with the certificate chain, for https and wss; read anew on SIGHUP"
        ) { $0.tls = $1.isEmpty ? nil : ($1, $0.tls?.key ?? $1) },
        Item(
            variable: "TLS_KEY", option: "tls-key",
            meaning: "PEM file with its private key (default: the file of the certificate)"
        ) { if !$1.isEmpty { $0.tls = ($0.tls?.certificate ?? "", $1) } },
        Item(
            variable: "CORS_ORIGINS", option: "cors-origins",
            meaning:
                "origins of other pages that may connect and use /api, or *; unset: they may connect by WebSocket only"
        ) { (settings, text) throws(SettingsError) in
            settings.corsOrigins = try words(text).map { (name) throws(SettingsError) in
                if name == "*" { return name }
                guard let origin = WebOrigin(name) else {
                    throw SettingsError(
                        description:
                            "CORS_ORIGINS are origins such as https://app.example:8443, without a path, or *, not \"\(name)\""
                    )
                }
                return origin.text
            }
        },
        Item(
            variable: "TRUSTED_PROXIES", option: "trusted-proxies",
            meaning: "addresses of proxies whose X-Forwarded-For counts, e.g. loopback,10.0.0.0/8"
        ) { (settings, text) throws(SettingsError) in
            for name in words(text) {
                guard let ranges = AddressRange.named(name) else {
                    throw SettingsError(
                        description:
                            "TRUSTED_PROXIES are addresses, ranges such as 10.0.0.0/8, loopback, linklocal or uniquelocal, not \"\(name)\""
                    )
                }
                settings.trustedProxies += ranges
            }
        },
        Item(
            variable: "MAX_CONNECTIONS", option: "max-connections",
            meaning: "connections at a time (default 65536)"
        ) { (settings, text) throws(SettingsError) in
            settings.maxConnections = try number(text, "MAX_CONNECTIONS", 1...10_000_000)
        },
        Item(
            variable: "MAX_SESSIONS_PER_ADDRESS", option: "max-per-address",
            meaning: "sessions of one client address at a time (default unlimited)"
        ) { (settings, text) throws(SettingsError) in
            guard !text.isEmpty else { return }
            settings.maxSessionsPerAddress = try number(text, "MAX_SESSIONS_PER_ADDRESS", 1...10_000_000)
        },
        Item(
            variable: "WEBSOCKET_COMPRESSION", option: "compression",
            meaning: "on compresses WebSocket messages of 1 KB and more (default off)"
        ) { (settings, text) throws(SettingsError) in
            settings.compressesWebSockets = try flag(text, "WEBSOCKET_COMPRESSION")
        },
        Item(variable: "LOOPS", option: "loops", meaning: "event loops, each a thread (default one per core)")
        {
            (settings, text) throws(SettingsError) in
            guard let loops = Int(text), (1...256).contains(loops) else {
                throw SettingsError(description: "LOOPS is a number from 1 to 256, not \"\(text)\"")
            }
            settings.loops = loops
        },
        Item(
            variable: "REDIS_URL", option: "redis-url",
            meaning:
                "redis://[user:password@]host[:port][/db]; unset: messages stay in this process, and bars generate takes redis://localhost:6379"
        ) { (settings, text) throws(SettingsError) in
            guard !text.isEmpty else { return }
            do { settings.redis = try RedisURL(text) } catch {
                throw SettingsError(description: "REDIS_URL: \(error)")
            }
        },
        Item(
            variable: "DATABASE_URL", option: "database-url",
            meaning:
                "postgresql://[user:password@][host][:port][/name] or sqlite:///path (default sqlite:///max.db)"
        ) { (settings, text) throws(SettingsError) in
            guard !text.isEmpty else { return }
            do { settings.database = try DatabaseURL(text) } catch {
                throw SettingsError(description: "DATABASE_URL: \(error)")
            }
        },
        Item(
            variable: "AUTO_MIGRATE", option: "auto-migrate",
            meaning:
                "true brings the schema of Postgres up to date at the start (default false); SQLite's always is"
        ) { (settings, text) throws(SettingsError) in
            settings.migratesAtStart = try flag(text, "AUTO_MIGRATE")
        },
        Item(
            variable: "MIGRATIONS", option: "migrations",
            meaning: "folder of your own migrations of the database (default migrations)"
        ) { if !$1.isEmpty { $0.migrationFolder = $1 } },
        Item(
            variable: "ROUTES_FILE", option: "routes-file",
            meaning: "JSON file with more routes from channels to events and rooms"
        ) { $0.routesFile = $1.isEmpty ? nil : $1 },
        Item(
            variable: "BAR_GENERATOR_INTERVAL", option: "bar-interval",
            meaning: "seconds between made-up bars (default 2); a server makes them up when it has no Redis"
        ) { (settings, text) throws(SettingsError) in
            guard let seconds = Double(text), seconds >= 0.01, seconds <= 86_400 else {
                throw SettingsError(
                    description: "BAR_GENERATOR_INTERVAL is seconds from 0.01 to 86400, not \"\(text)\"")
            }
            settings.barGenerator.interval = .seconds(seconds)
        },
        Item(
            variable: "BAR_GENERATOR_SYMBOLS", option: "bar-symbols",
            meaning: "symbols of made-up bars (default AAPL,GOOGL,MSFT)"
        ) { (settings, text) throws(SettingsError) in
            settings.barGenerator.symbols = try list(text, "BAR_GENERATOR_SYMBOLS")
        },
        Item(
            variable: "BAR_GENERATOR_RESOLUTIONS", option: "bar-resolutions",
            meaning: "minutes of a made-up bar, or D for a day (default 1,5,D)"
        ) { (settings, text) throws(SettingsError) in
            settings.barGenerator.resolutions = try list(text, "BAR_GENERATOR_RESOLUTIONS").map {
                (name) throws(SettingsError) in
                guard let resolution = Resolution(name) else {
                    throw SettingsError(
                        description:
                            "BAR_GENERATOR_RESOLUTIONS are minutes that divide a day, or D, not \"\(name)\"")
                }
                return resolution
            }
        },
        Item(
            variable: "BAR_GENERATOR_PORT", option: "bar-port",
            meaning: "port of /health and /metrics of maxserver bars generate, 0 for any (default 8001)"
        ) { (settings, text) throws(SettingsError) in
            settings.barGenerator.port = try number(text, "BAR_GENERATOR_PORT", 0...65_535)
        },
        Item(
            variable: "BAR_COMPRESSION", option: "bar-compression",
            meaning:
                "gzip has maxserver bars generate and replay send bars to Redis in batches, compressed (default none)"
        ) { (settings, text) throws(SettingsError) in
            guard let compression = PayloadCompression(rawValue: text.isEmpty ? "none" : text) else {
                throw SettingsError(description: "BAR_COMPRESSION is gzip or none, not \"\(text)\"")
            }
            settings.barGenerator.compression = compression
        },
        Item(
            variable: "BROWSER_FILES", option: "browser-files",
            meaning: "folder of the browser's library files (default: Browser, see make browser-files)"
        ) { $0.browserFiles = $1.isEmpty ? nil : $1 },
    ]

    private static func number(_ text: String, _ name: String, _ range: ClosedRange<Int>)
        throws(SettingsError)
        -> Int
    {
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                description:
                    "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
        }
        return number
    }

    private static func flag(_ text: String, _ name: String) throws(SettingsError) -> Bool {
        switch text.lowercased() {
        case "on", "true", "1", "yes": true
        case "off", "false", "0", "no", "": false
        default: throw SettingsError(description: "\(name) is on or off, not \"\(text)\"")
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split { $0 == "," || $0 == " " }.map(String.init)
    }

    private static func list(_ text: String, _ name: String) throws(SettingsError) -> [String] {
        let names = text.split(separator: ",").map { String($0.trimming { $0 == " " }) }.filter {
            !$0.isEmpty
        }
        guard !names.isEmpty, names.count <= 1_000, names.allSatisfy(Symbol.isSymbol) else {
            throw SettingsError(
                description:
                    "\(name) is a list such as AAPL,MSFT, of 1 to \(Symbol.longest) bytes each without colons, not \"\(text)\""
            )
        }
        var seen = Set<String>()
        if let twice = names.first(where: { !seen.insert($0).inserted }) {
            throw SettingsError(description: "\(name) has \(twice) twice")
        }
        return names
    }

    /// Reads the settings.
    /// - Parameter options: what the command line says, by option name.
    init(options: [String: String] = [:], environment: [String: String], dotEnv: [String: String] = [:])
        throws(SettingsError)
    {
        for item in Self.items {
            if let text = options[item.option] ?? environment[item.variable] ?? dotEnv[item.variable] {
                try item.set(&self, text)
            }
        }
        if let tls, tls.certificate.isEmpty {
            throw SettingsError(description: "TLS_KEY needs TLS_CERTIFICATE, the file with the certificate")
        }
    }

    /// A line for each setting that is given, as `.env` would have it, without passwords; a comment for the others.
    static func list(
        options: [String: String] = [:], environment: [String: String], dotEnv: [String: String] = [:]
    ) -> [String] {
        items.map { item in
            guard let text = options[item.option] ?? environment[item.variable] ?? dotEnv[item.variable]
            else {
                return "# \(item.variable)=  \(item.meaning)"
            }
            return "\(item.variable)=\(shown(text, item.variable))"
        }
    }

    /// A value without the password that it may hold.
    private static func shown(_ text: String, _ variable: String) -> String {
        switch variable {
        case "REDIS_URL": (try? RedisURL(text)).map { "\($0)" } ?? ""
        case "DATABASE_URL": (try? DatabaseURL(text))?.shown ?? ""
        default: text
        }
    }

    /// The options of the command line.
    static var optionNames: [String] { items.map(\.option) }

    /// A line for each setting.
    static var help: String {
        items.map { "  --\($0.option.padding(to: 18)) \($0.variable.padding(to: 27)) \($0.meaning)" }.joined(
            separator: "\n")
    }
}

extension String {
    /// The text with spaces behind it.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Substring {
    /// The text without the characters at its ends that match.
    func trimming(_ matches: (Character) -> Bool) -> Substring {
        var rest = drop(while: matches)
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}
