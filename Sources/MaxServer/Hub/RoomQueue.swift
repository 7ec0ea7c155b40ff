/// Rooms in the order in which they came: each is in it once.
struct RoomQueue: Sendable {
    private var names: [String] = []
    /// The place of the first; what is before it has gone.
    private var first = 0

    mutating func append(_ name: String) { names.append(name) }

    mutating func popFirst() -> String? {
        guard first < names.count else { return nil }
        defer {
            first += 1
            // Rarely, and many at once.
            if first > 64, first > names.count / 2 {
                names.removeFirst(first)
                first = 0
            }
        }
        return names[first]
    }
}
