/// How many connections come from each address, counted by `IPAddress.limitKey`.
///
/// Addresses without connections are forgotten, so it grows no larger than the connections are many.
package struct AddressCounts: Sendable {
    private var counts: [IPAddress: Int] = [:]

    package init() {}

    /// Counts one more connection from an address, unless it has `limit` of them: then it returns false and
    /// nothing is counted.
    package mutating func enter(_ address: IPAddress, limit: Int) -> Bool {
        let key = address.limitKey
        let count = counts[key] ?? 0
        guard count < limit else { return false }
        counts[key] = count + 1
        return true
    }

    /// Counts one connection less: once for each `enter` that returned true. For an address without connections
    /// nothing happens.
    package mutating func leave(_ address: IPAddress) {
        let key = address.limitKey
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }

    /// Connections from an address.
    package func count(of address: IPAddress) -> Int { counts[address.limitKey] ?? 0 }

    /// How many addresses have connections.
    package var addresses: Int { counts.count }
}
