import SocketIO

/// Someone who trades in a sector: a program, as others see it.
struct Agent: Codable, Sendable, Equatable {
    /// Those that others know how to show. Publishers may say others.
    static let statuses = ["active", "idle", "processing", "error", "offline"]

    var id: String
    var name: String
    var role: String
    var status: String
    var performance: Double
    var trades: Int
    var sectorId: String?
    /// An object.
    var personality: JSONValue
    var createdAt: Moment
    /// When it said last how it stands.
    var lastSeenAt: Moment?
    /// Of its sector, if that is known.
    var sectorName: String?
    var sectorSymbol: String?
}
