import SocketIO

/// Figures in the text format of Prometheus, version 0.0.4: families of samples, as they are written.
struct PrometheusPage: Sendable {
    enum Kind: String { case counter, gauge }

    private(set) var text = ""
    private var name = ""

    /// Begins a family, to which the samples that follow belong.
    /// - Parameter help: without the full stop.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = "maxserver_" + name
        text += "# HELP \(self.name) \(help).\n# TYPE \(self.name) \(kind.rawValue)\n"
    }

    mutating func sample(
        _ value: some CustomStringConvertible, _ labels: KeyValuePairs<String, String> = [:]
    ) {
        let list = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
    }

    /// Rooms have the names that clients give them. By scalars, because a quote with an accent behind it is another
    /// character, and reversible, because two samples with the same labels would spoil the page.
    private static func escaped(_ value: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": text.append(contentsOf: "\\\"".unicodeScalars)
            case "\n": text.append(contentsOf: "\\n".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return String(text)
    }

    /// The page as an answer.
    var response: HTTPResponse {
        HTTPResponse(
            status: 200,
            fields: [
                "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store",
            ],
            body: Array(text.utf8))
    }
}

extension PrometheusPage {
    /// How the way to Redis stands; every process that uses one tells it alike.
    mutating func addBus(isUp: Bool, connects: Int) {
        family("bus_up", .gauge, "Whether Redis can be reached, or nothing needs it: 1, or 0")
        sample(isUp ? 1 : 0)
        family("bus_connects_total", .counter, "Connections to Redis that were made")
        sample(connects)
    }
}
