import EngineNet
import TestSupport
import Testing

@Suite struct `A token bucket` {
    private func taken(_ bucket: inout TokenBucket, at now: UInt64, tries: Int = 1_000) -> Int {
        (0..<tries).count { _ in bucket.take(at: now) }
    }

    @Test(arguments: [0, 1, 2, 17, 999])
    func `is full at first, whatever the time`(burst: Int) {
        for now in [0, 1, 1_000_000, UInt64.max] {
            var bucket = TokenBucket(perSecond: 5, burst: burst)
            #expect(taken(&bucket, at: now) == burst)
        }
    }

    @Test func `brings a token at the millisecond it is due`() {
        var bucket = TokenBucket(perSecond: 4, burst: 1)
        #expect(taken(&bucket, at: 1_000) == 1)
        #expect(taken(&bucket, at: 1_249) == 0)
        #expect(taken(&bucket, at: 1_250) == 1)
        #expect(taken(&bucket, at: 1_500) == 1)
    }

    @Test func `is never more than full`() {
        var bucket = TokenBucket(perSecond: 10, burst: 3)
        #expect(taken(&bucket, at: 0) == 3)
        #expect(taken(&bucket, at: 299) == 2)
        #expect(taken(&bucket, at: 1_000_000) == 3)
    }

    /// 3, 7 and 333 do not divide 1,000.
    @Test(arguments: [1, 3, 7, 333, 999, 1_000, 1_001, 7_919])
    func `does not drift, however often it is asked`(perSecond: Int) {
        for step in [1, 3, 13] as [UInt64] {
            var bucket = TokenBucket(perSecond: perSecond, burst: 1_000)
            _ = taken(&bucket, at: 5)
            var count = 0
            for now in stride(from: 5 as UInt64, through: 10_005, by: UInt64.Stride(step)) {
                while bucket.take(at: now) { count += 1 }
            }
            let last = 10_000 - 10_000 % Int(step)
            #expect(count == last * perSecond / 1_000)
        }
    }

    @Test func `brings nothing when the clock goes back`() {
        var bucket = TokenBucket(perSecond: 1_000, burst: 10)
        #expect(taken(&bucket, at: 5_000) == 10)
        for now in [4_999, 0, 5_000, 4_000] as [UInt64] { #expect(taken(&bucket, at: now) == 0) }
        #expect(taken(&bucket, at: 5_001) == 1)
    }

    @Test func `never brings more than the time between the first and the last moment`() {
        var random = SplitMix64(seed: 3)
        var bucket = TokenBucket(perSecond: 100, burst: 5)
        let times = (0..<10_000).map { _ in UInt64.random(in: 1_000...2_000, using: &random) }
        let count = times.count { bucket.take(at: $0) }
        #expect(count <= 5 + 100)
    }

    @Test func `of rate 0 is empty for good after its burst`() {
        var bucket = TokenBucket(perSecond: 0, burst: 2)
        #expect(taken(&bucket, at: 0) == 2)
        #expect(taken(&bucket, at: .max) == 0)
    }

    @Test func `takes any numbers`() {
        var full = TokenBucket(perSecond: .max, burst: .max)
        for now in [.max, 0, .max] as [UInt64] { #expect(taken(&full, at: now, tries: 1) == 1) }
        var empty = TokenBucket(perSecond: .min, burst: .min)
        for now in [1, .max] as [UInt64] { #expect(taken(&empty, at: now) == 0) }
    }

    @Test func `is small`() {
        #expect(MemoryLayout<TokenBucket>.size == 24)
    }
}
