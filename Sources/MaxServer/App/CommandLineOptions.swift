/// What the command line asks for. Pure: words in, a command out.
enum Command: Equatable {
    case serve(options: [String: String])
    case migrate(MigrateCommand, isForced: Bool, options: [String: String])
    case publish(PublishCommand, options: [String: String])
    case bars(BarsCommand, options: [String: String])
    case config(options: [String: String])
    case help
    case version

    /// Words that make no command: what was wrong and how to go on.
    struct UsageError: Error, CustomStringConvertible {
        var description: String
    }

    static let usage = """
        Usage: maxserver serve [options]
               maxserver \(MigrateCommand.usage) [--force] [options]
               maxserver \(PublishCommand.usage) [options]
               maxserver \(BarsCommand.usage)
               maxserver config [options]

        Serves the dashboard, Socket.IO at /socket.io/, /health and /metrics. With nothing configured it makes up
        live bars. migrate changes the schema of the database, and tells how it stands; publish sends a message to all
        clients of a channel, through Redis or a running server; bars generate makes up bars for servers that listen
        to Redis, bars import stores those of a file, and bars replay publishes stored ones again; config tells the
        settings.
        Each option is also an environment variable, or a line of the file .env.

        \(Settings.help)

          --help, --version
        """

    init(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        switch rest.first {
        case nil, "--help", "-h", "help":
            self = .help
            return
        case "--version", "version":
            self = .version
            return
        case "serve", "migrate", "publish", "bars", "config": break
        case let word? where !word.hasPrefix("-"):
            throw UsageError(
                description: "unknown command \"\(word)\"; there is: serve, migrate, publish, bars, config")
        default: rest = ["serve"] + rest
        }
        let command = rest.popFirst()
        var (options, arguments, isForced): ([String: String], [String], Bool) = ([:], [], false)
        var url: String?
        var barOptions: [String: String] = [:]
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" {
                self = .help
                return
            }
            if word == "--version" {
                self = .version
                return
            }
            if command == "migrate", word == "--force" {
                isForced = true
                continue
            }
            if command == "bars", word == "--dry-run" {
                barOptions["dry-run"] = ""
                continue
            }
            if ["migrate", "publish", "bars"].contains(command), !word.hasPrefix("-") || word == "-" {
                arguments.append(word)
                continue
            }
            guard word.hasPrefix("--") else { throw UsageError(description: "unexpected \"\(word)\"") }
            let parts = word.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let isURL = command == "publish" && name == "url"
            let isOfBars = command == "bars" && BarsCommand.options.contains(name)
            guard isURL || isOfBars || Settings.optionNames.contains(name) else {
                throw UsageError(description: Self.unknown(name))
            }
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError(description: "--\(name) needs a value")
            }
            if isURL {
                url = value
            } else if isOfBars {
                barOptions[name] = value
            } else {
                options[name] = value
            }
        }
        switch command {
        case "migrate": self = .migrate(try MigrateCommand(arguments), isForced: isForced, options: options)
        case "publish": self = .publish(try PublishCommand(arguments, url: url), options: options)
        case "bars": self = .bars(try BarsCommand(arguments, barOptions), options: options)
        case "config": self = .config(options: options)
        default: self = .serve(options: options)
        }
    }

    private static func unknown(_ name: String) -> String {
        let nearest =
            Settings.optionNames.first { $0.hasPrefix(name) }
            ?? Settings.optionNames.min { distance($0, name) < distance($1, name) }
        return "unknown option --\(name)" + (nearest.map { "; did you mean --\($0)?" } ?? "")
    }

    /// Levenshtein's distance.
    private static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, character) in a.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for j in b.indices {
                (previous, row[j + 1]) = (
                    row[j + 1], min(row[j] + 1, row[j + 1] + 1, previous + (character == b[j] ? 0 : 1))
                )
            }
        }
        return row[b.count]
    }
}
