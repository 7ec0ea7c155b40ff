internal import EngineWire

/// The names of events that a loop's sockets listen to, each as JSON and kept once: most sockets listen to the same.
struct EventNames {
    /// Names kept at most; a name that comes later is each listener's own.
    static let limit = 1_024
    /// Places in a socket's list of handlers whose names are remembered.
    static let places = 64

    /// How many handlers the socket had that added the last one: the next socket will most likely have as many.
    var usualCount = 0

    private var known: [String: [UInt8]] = [:]
    /// The names by their place in the list of the socket that added one there last. Sockets add the same names in the
    /// same order, so one comparison mostly saves the look-up.
    private var recent: [(name: String, quoted: [UInt8])] = []

    /// The name as it stands in a packet.
    /// - Parameter place: how many handlers the socket has already.
    mutating func quoted(_ name: String, place: Int) -> [UInt8] {
        if place < recent.count, recent[place].name == name { return recent[place].quoted }
        let bytes = quoted(name)
        if place < recent.count {
            recent[place] = (name, bytes)
        } else if place == recent.count, place < Self.places {
            recent.append((name, bytes))
        }
        return bytes
    }

    private mutating func quoted(_ name: String) -> [UInt8] {
        if let bytes = known[name] { return bytes }
        let bytes = Self.quote(name)
        if known.count < Self.limit { known[name] = bytes }
        return bytes
    }

    /// The same, kept nowhere.
    static func quote(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONWriter.appendString(name, to: &bytes)
        // Appending leaves room for more, which would be kept too.
        return Array(bytes[...])
    }
}
