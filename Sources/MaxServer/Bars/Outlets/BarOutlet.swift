/// Where a command publishes bars.
protocol BarOutlet: Sendable {
    /// Publishes messages, each of one bar. Those of a channel go out in their order, and in the order of the calls
    /// of one task.
    /// - Throws: when it makes no sense to go on.
    func publish(_ messages: [BusMessage]) async throws
    /// Waits until what was published before is confirmed or dropped, but not for long.
    func finish() async
    var counts: OutletCounts { get }
    /// How many bars it likes to get together, where so many are known.
    var batch: Int { get }
}

extension BarOutlet {
    var batch: Int { 1 }
}

/// What became of the bars so far.
struct OutletCounts: Sendable, Equatable {
    /// Bars that were confirmed.
    var published = 0
    var dropped = 0
    var lastPublished: Moment?
    /// Why the last one was dropped.
    var lastError: String?
}
