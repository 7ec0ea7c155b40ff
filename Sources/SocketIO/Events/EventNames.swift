internal import EngineWire

/// The names of events that a loop's sockets listen to, each as JSON and kept once: most sockets listen to the same.
struct EventNames {
    /// Names kept at most; a name that comes later is each listener's own.
    static let limit = 1_024

    private var known: [String: [UInt8]] = [:]

    /// The name as it stands in a packet.
    mutating func quoted(_ name: String) -> [UInt8] {
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
