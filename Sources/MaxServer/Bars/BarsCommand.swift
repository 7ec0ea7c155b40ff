import SocketIO

/// What `maxserver bars` is asked for. Pure: words in, a command out.
enum BarsCommand: Equatable {
    case generate
    case importing(ImportOrder)
    case replay(ReplayOrder)

    private static let usages: [(word: String, usage: String)] = [
        ("generate", "bars generate [options]"),
        ("import", "bars import FILE.csv [--symbol S] [--resolution R] [--dry-run] [options]"),
        (
            "replay",
            "bars replay --from T --to T [--speed X] [--symbols A,B] [--resolutions 1,5] [--url http://HOST:PORT] [options]"
        ),
    ]

    /// A line for each.
    static var usage: String { usages.map(\.usage).joined(separator: "\n       maxserver ") }

    /// The options that have a value.
    static let options = ["symbol", "resolution", "from", "to", "speed", "symbols", "resolutions", "url"]

    /// - Parameters:
    ///   - words: what is no option.
    ///   - options: those of the command by name; `dry-run` has no value.
    init(_ words: [String], _ options: [String: String]) throws(Command.UsageError) {
        var options = OptionReader(options)
        switch (words.first, words.count) {
        case ("generate", 1): self = .generate
        case ("import", 2): self = .importing(try ImportOrder(file: words[1], &options))
        case ("replay", 1): self = .replay(try ReplayOrder(&options))
        case (let word, _):
            if let usage = Self.usages.first(where: { $0.word == word })?.usage {
                throw .misuse("it is called like this: maxserver \(usage)")
            }
            let known = "there is: " + Self.usages.map { "bars \($0.word)" }.joined(separator: ", ")
            throw .misuse(word.map { "unknown command \"bars \($0)\"; \(known)" } ?? known)
        }
        if let name = options.rest.first {
            throw .misuse("--\(name) means nothing to maxserver bars \(words[0])")
        }
    }
}

/// `bars import`: which file, and whose bars they are where the file does not say.
struct ImportOrder: Equatable {
    /// `-` for standard input.
    var file: String
    var symbol: String?
    var resolution: String?
    /// Whether the file is only checked.
    var isDryRun: Bool

    init(file: String, symbol: String? = nil, resolution: String? = nil, isDryRun: Bool = false) {
        (self.file, self.symbol, self.resolution, self.isDryRun) = (file, symbol, resolution, isDryRun)
    }

    fileprivate init(file: String, _ options: inout OptionReader) throws(Command.UsageError) {
        self.init(
            file: file, symbol: try options.take("symbol", Symbol.check),
            resolution: try options.take("resolution", Symbol.checkResolution),
            isDryRun: options.take("dry-run") != nil)
    }
}

/// `bars replay`: which bars, and how fast.
struct ReplayOrder: Equatable {
    /// Both ends belong to it.
    var times: ClosedRange<Moment>
    /// How many times faster than they were; 0 for as fast as it goes.
    var speed: Double
    /// Nil for all that are stored.
    var symbols: [String]?
    var resolutions: [String]?
    /// The server that is to publish them; nil for Redis, or else the server of the settings.
    var url: String?

    init(
        times: ClosedRange<Moment>, speed: Double = 1, symbols: [String]? = nil, resolutions: [String]? = nil,
        url: String? = nil
    ) {
        (self.times, self.speed) = (times, speed)
        (self.symbols, self.resolutions, self.url) = (symbols, resolutions, url)
    }

    fileprivate init(_ options: inout OptionReader) throws(Command.UsageError) {
        let from = try options.take("from", Self.moment)
        let to = try options.take("to", Self.moment)
        guard let from, let to else {
            throw .misuse("replay needs --from and --to, such as 2025-01-15 and 2025-01-16T12:00:00Z")
        }
        guard from <= to else { throw .misuse("--from is behind --to") }
        let speed = try options.take("speed") { (text) throws(Command.UsageError) in
            guard let speed = Double(text), speed.isFinite, speed >= 0 else {
                throw .misuse("--speed is how many times faster, 0 for as fast as it goes, not \"\(text)\"")
            }
            return speed
        }
        self.init(
            times: from...to, speed: speed ?? 1, symbols: try options.list("symbols", Symbol.check),
            resolutions: try options.list("resolutions", Symbol.checkResolution), url: options.take("url"))
    }

    private static func moment(_ text: String) throws(Command.UsageError) -> Moment {
        guard let moment = Moment(iso: text) else {
            throw .misuse("\"\(text)\" is no date, nor a time with a zone such as 2025-01-15T10:30:00Z")
        }
        return moment
    }
}

/// What may stand in the name of a channel `bars:{symbol}:{resolution}`.
enum Symbol {
    /// In bytes.
    static let longest = 64

    static func isSymbol(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longest && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            && !text.contains(":")
    }

    fileprivate static func check(_ text: String) throws(Command.UsageError) -> String {
        guard isSymbol(text) else {
            throw .misuse("\"\(text)\" is no symbol: 1 to \(longest) bytes, no spaces and no colons")
        }
        return text
    }

    fileprivate static func checkResolution(_ text: String) throws(Command.UsageError) -> String {
        guard let resolution = Resolution(text) else {
            throw .misuse("\"\(text)\" is no resolution: minutes that divide a day, or D")
        }
        return resolution.name
    }
}

/// Options that are taken one by one, so that what nobody took is known.
private struct OptionReader {
    private var values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    var rest: [String] { values.keys.sorted() }

    mutating func take(_ name: String) -> String? { values.removeValue(forKey: name) }

    mutating func take<Value>(_ name: String, _ read: (String) throws(Command.UsageError) -> Value)
        throws(Command.UsageError) -> Value?
    {
        guard let text = take(name) else { return nil }
        return try read(text)
    }

    /// A list with commas between its words.
    mutating func list(_ name: String, _ read: (String) throws(Command.UsageError) -> String)
        throws(Command.UsageError) -> [String]?
    {
        guard let text = take(name) else { return nil }
        var words: [String] = []
        for word in text.split(separator: ",") { words.append(try read(String(word.trimming { $0 == " " }))) }
        guard !words.isEmpty else { throw .misuse("--\(name) names nothing") }
        return words
    }
}

extension Command.UsageError {
    fileprivate static func misuse(_ text: String) -> Self { Self(description: text) }
}
