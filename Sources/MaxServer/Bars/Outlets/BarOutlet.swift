/// Where a command publishes bars.
protocol BarOutlet: Sendable {
    /// Publishes a message. Messages go out in the order of the calls of one task.
    /// - Throws: when it makes no sense to go on.
    func publish(_ message: BusMessage) async throws
    /// Waits until what was published before is confirmed or dropped, but not for long.
    func finish() async
    var counts: OutletCounts { get }
}

/// What became of the messages so far.
struct OutletCounts: Sendable, Equatable {
    /// Messages that were confirmed.
    var published = 0
    var dropped = 0
    var lastPublished: Moment?
    /// Why the last one was dropped.
    var lastError: String?
}
