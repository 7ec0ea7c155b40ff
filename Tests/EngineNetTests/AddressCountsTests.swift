import EngineNet
import Testing

@Suite struct `Connections of an address` {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func `are let in up to the limit`() throws {
        var counts = AddressCounts()
        let a = try address("192.0.2.1")
        let entered = (0..<5).map { _ in counts.enter(a, limit: 3) }
        #expect(entered == [true, true, true, false, false])
        #expect(counts.count(of: a) == 3, "those refused are not counted")
        counts.leave(a)
        let again = [counts.enter(a, limit: 3), counts.enter(a, limit: 3)]
        #expect(again == [true, false])
    }

    @Test func `do not count for other addresses`() throws {
        var counts = AddressCounts()
        for text in ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"] {
            let entered = counts.enter(try address(text), limit: 1)
            #expect(entered)
        }
        #expect(counts.addresses == 4)
    }

    @Test func `count together in a network of IPv6, and for both spellings of IPv4`() throws {
        var counts = AddressCounts()
        let same = [("2001:db8::1", "2001:db8::ffff:2"), ("192.0.2.1", "::ffff:192.0.2.1")]
        for (one, other) in same {
            _ = counts.enter(try address(one), limit: 1)
            let entered = counts.enter(try address(other), limit: 1)
            #expect(!entered)
            counts.leave(try address(other))
        }
        #expect(counts.addresses == 0)
    }

    @Test func `are forgotten with the last of them`() throws {
        var counts = AddressCounts()
        for round in 0..<1_000 {
            let a = try address("10.0.\(round / 250).\(round % 250)")
            _ = counts.enter(a, limit: 2)
            _ = counts.enter(a, limit: 2)
            counts.leave(a)
            #expect(counts.addresses == 1)
            counts.leave(a)
        }
        #expect(counts.addresses == 0)
    }

    @Test func `are none after too many goodbyes`() throws {
        var counts = AddressCounts()
        let a = try address("192.0.2.1")
        counts.leave(a)
        _ = counts.enter(a, limit: 1)
        counts.leave(a)
        counts.leave(a)
        #expect(counts.count(of: a) == 0)
        let entered = [counts.enter(a, limit: 1), counts.enter(a, limit: 1)]
        #expect(entered == [true, false])
    }

    @Test(arguments: [0, -1, Int.min])
    func `are not let in without a limit above 0`(limit: Int) throws {
        var counts = AddressCounts()
        let entered = counts.enter(try address("::1"), limit: limit)
        #expect(!entered)
        #expect(counts.addresses == 0)
    }
}
