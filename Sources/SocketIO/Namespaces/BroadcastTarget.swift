/// Whom a broadcast reaches: everyone of the namespace, or the members of rooms, less those excepted.
/// A socket's id counts as a room of its own.
struct BroadcastTarget: Sendable, Hashable {
    var rooms: [String] = []
    var excepted: [String] = []

    /// Whether a socket is meant.
    func reaches(_ id: String, in joined: Set<String>) -> Bool {
        reaches { $0 == id || joined.contains($0) }
    }

    /// The same for a socket of which `isIn` tells its rooms.
    func reaches(_ isIn: (String) -> Bool) -> Bool {
        (rooms.isEmpty || rooms.contains(where: isIn)) && !excepted.contains(where: isIn)
    }

    /// What distinguishes events that replace each other from those of the same key for others.
    func logKey(_ key: String) -> String {
        ([key] + rooms + ["\u{0}"] + excepted).joined(separator: "\u{1}")
    }
}
