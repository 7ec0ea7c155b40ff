import EngineNet
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct `A census` {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func enter(_ census: Census, _ address: IPAddress? = nil) -> Result<CensusLease, Census.Refusal> {
        Result { () throws(Census.Refusal) in try census.enter(address) }
    }

    private func refusal(_ entry: Result<CensusLease, Census.Refusal>) -> Census.Refusal? {
        if case .failure(let refusal) = entry { refusal } else { nil }
    }

    @Test(arguments: [0, 1, 2, 50])
    func `lets in as many as its limit says`(limit: Int) {
        let census = Census(limit: limit, perAddress: nil)
        let entries = (0..<limit + 3).map { _ in enter(census) }
        #expect(entries.prefix(limit).allSatisfy { refusal($0) == nil })
        #expect(entries.dropFirst(limit).allSatisfy { refusal($0) == .total })
        #expect(census.count == limit)
        #expect(census.refusals == (3, 0))
    }

    @Test func `has room again when one leaves`() throws {
        let census = Census(limit: 1, perAddress: nil)
        for _ in 0..<1_000 {
            let lease = try census.enter(nil)
            #expect(refusal(enter(census)) == .total)
            withExtendedLifetime(lease) {}
        }
        #expect(census.count == 0)
        #expect(census.refusals.total == 1_000)
    }

    @Test func `counts a lease until its last reference is gone`() throws {
        let census = Census(limit: 1, perAddress: nil)
        var first: CensusLease? = try census.enter(nil)
        var second = first
        first = nil
        #expect(census.count == 1)
        withExtendedLifetime(second) {}
        second = nil
        #expect(census.count == 0)
    }

    @Test func `lets in so many of an address, and others besides`() throws {
        let census = Census(limit: 100, perAddress: 2)
        let (one, other) = (try address("192.0.2.1"), try address("192.0.2.2"))
        let entries = [one, one, one, other, other, other].map { enter(census, $0) }
        #expect(entries.map(refusal) == [nil, nil, .perAddress, nil, nil, .perAddress])
        #expect(census.count == 4, "those refused take no place")
        #expect(census.refusals == (0, 2))
    }

    @Test func `counts those without an address only in all`() {
        let census = Census(limit: 10, perAddress: 1)
        let entries = (0..<11).map { _ in enter(census) }
        #expect(entries.map(refusal) == Array(repeating: nil, count: 10) + [.total])
    }

    @Test func `is full before an address is`() throws {
        let census = Census(limit: 2, perAddress: 2)
        let a = try address("192.0.2.1")
        let entries = (0..<3).map { _ in enter(census, a) }
        #expect(entries.map(refusal) == [nil, nil, .total])
    }

    @Test func `does not compute addresses that it has no limit for`() throws {
        let census = Census(limit: 1, perAddress: nil)
        let computed = Mutex(0)
        let lease = try census.enter(
            {
                computed.withLock { $0 += 1 }
                return nil
            }())
        #expect(computed.withLock { $0 } == 0)
        withExtendedLifetime(lease) {}
    }

    @Test func `counts a network of IPv6 as one, and both spellings of IPv4`() throws {
        for (one, other) in [("2001:db8::1", "2001:db8::2:3"), ("192.0.2.1", "::ffff:192.0.2.1")] {
            let census = Census(limit: 9, perAddress: 1)
            let (first, same) = (try address(one), try address(other))
            var lease: CensusLease? = try census.enter(first)
            let second = enter(census, same)
            #expect(refusal(second) == .perAddress)
            withExtendedLifetime(lease) {}
            lease = nil
            let again = enter(census, same)
            #expect(refusal(again) == nil)
        }
    }

    @Test func `is never beyond its limits, however many threads enter and leave`() async throws {
        let census = Census(limit: 20, perAddress: 5)
        let addresses = try (0..<8).map { try address("192.0.2.\($0)") }
        let inside = Mutex((now: 0, most: 0, letIn: 0))
        let done = Mutex(0)
        for thread in 0..<8 {
            Thread.detachNewThread {
                var leases: [CensusLease] = []
                for round in 0..<3_000 {
                    if let lease = try? census.enter(addresses[(thread + round) % 8]) {
                        leases.append(lease)
                        inside.withLock {
                            $0.now += 1
                            $0.letIn += 1
                            $0.most = max($0.most, $0.now)
                        }
                    }
                    if leases.count > round % 5 {
                        inside.withLock { $0.now -= 1 }
                        leases.removeFirst()
                    }
                }
                inside.withLock { $0.now -= leases.count }
                leases = []
                done.withLock { $0 += 1 }
            }
        }
        #expect(await eventually { done.withLock { $0 } == 8 })
        let (now, most, letIn) = inside.withLock { $0 }
        #expect(now == 0 && most <= 20 && letIn > 1_000)
        #expect(census.count == 0)
        #expect(letIn + census.refusals.total + census.refusals.perAddress == 24_000)
        // Nobody is remembered: each address has its whole room again.
        let entries = (0..<6).map { _ in enter(census, addresses[0]) }
        #expect(entries.map(refusal) == [nil, nil, nil, nil, nil, .perAddress])
    }
}
