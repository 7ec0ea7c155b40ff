/// Looks up the addresses of a host for a C library that would block its thread to do so itself.
///
/// Confined to its loop. Whoever starts one cancels it when the loop ends.
package final class HostLookup {
    private var lookup: NameLookup?

    /// Begins. Throws when the system refuses the name at once.
    /// - Parameter done: called on the loop, later, with numeric addresses, unless `cancel` comes first.
    package init(
        _ host: String, on loop: EventLoop, done: @escaping (Result<[String], NetError>) -> Void
    ) throws(NetError) {
        lookup = try NameLookup.start(host, port: 0, on: loop) { found in
            done(found.map { addresses in addresses.map(\.host) })
        }
    }

    /// `done` is not called any more.
    package func cancel() {
        lookup?.cancel()
        lookup = nil
    }

    /// Whether `host` is an address, which needs no lookup.
    package static func isNumeric(_ host: String) -> Bool {
        SystemAddress(numericHost: host, port: 0) != nil
    }
}
