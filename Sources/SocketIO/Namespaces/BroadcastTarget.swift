/// Whom a broadcast reaches: everyone of the namespace, or the members of rooms, less those excepted.
/// A socket's id counts as a room of its own.
struct BroadcastTarget: Sendable, Hashable {
    var rooms: [String] = []
    var excepted: [String] = []

    /// Whether a socket is meant.
    func reaches(_ id: String, in joined: Set<String>) -> Bool {
        func names(_ room: String) -> Bool { room == id || joined.contains(room) }
        return (rooms.isEmpty || rooms.contains(where: names)) && !excepted.contains(where: names)
    }

    /// What distinguishes events that replace each other from those of the same key for others.
    func logKey(_ key: String) -> String {
        ([key] + rooms + ["\u{0}"] + excepted).joined(separator: "\u{1}")
    }
}
