internal import Synchronization

/// Counts what comes and goes on all loops against a limit in all and one for each address. For any thread.
package final class Census: Sendable {
    /// Which limit lets nobody in.
    package enum Refusal: Error {
        case total
        case perAddress
    }

    private let limit: Int
    private let limitPerAddress: Int?
    private let total = Atomic<Int>(0)
    private let addresses = Mutex(AddressCounts())
    private let refusedTotal = Atomic<Int>(0)
    private let refusedPerAddress = Atomic<Int>(0)

    package init(limit: Int, perAddress: Int?) {
        self.limit = limit
        limitPerAddress = perAddress
    }

    /// Those inside now.
    package var count: Int { total.load(ordering: .relaxed) }

    /// Those who were not let in, since the start.
    package var refusals: (total: Int, perAddress: Int) {
        (refusedTotal.load(ordering: .relaxed), refusedPerAddress.load(ordering: .relaxed))
    }

    /// Lets one in; it counts until the lease is gone.
    /// - Parameter address: nil for one that only counts in all. Not computed without a limit per address.
    package func enter(_ address: @autoclosure () -> IPAddress?) throws(Refusal) -> CensusLease {
        guard total.add(1, ordering: .relaxed).newValue <= limit else {
            total.subtract(1, ordering: .relaxed)
            refusedTotal.add(1, ordering: .relaxed)
            throw .total
        }
        guard let limitPerAddress, let key = address()?.limitKey else {
            return CensusLease(self, address: nil)
        }
        guard addresses.withLock({ $0.enter(key, limit: limitPerAddress) }) else {
            total.subtract(1, ordering: .relaxed)
            refusedPerAddress.add(1, ordering: .relaxed)
            throw .perAddress
        }
        return CensusLease(self, address: key)
    }

    /// Lets one out whose lease was kept.
    /// - Parameter address: that with which it came.
    package func leave(_ address: @autoclosure () -> IPAddress?) {
        leave(key: limitPerAddress == nil ? nil : address()?.limitKey)
    }

    fileprivate func leave(key: IPAddress?) {
        total.subtract(1, ordering: .relaxed)
        if let key { addresses.withLock { $0.leave(key) } }
    }
}

/// A place in a census; given back when the last reference is gone, unless it was kept.
package final class CensusLease: Sendable {
    private let census: Census
    private let address: IPAddress?
    private let isKept = Atomic<Bool>(false)

    fileprivate init(_ census: Census, address: IPAddress?) {
        self.census = census
        self.address = address
    }

    /// Keeps the place beyond the lease, so that nobody has to hold it. Then `Census.leave` gives it back.
    package func keep() { isKept.store(true, ordering: .relaxed) }

    deinit {
        if !isKept.load(ordering: .relaxed) { census.leave(key: address) }
    }
}
