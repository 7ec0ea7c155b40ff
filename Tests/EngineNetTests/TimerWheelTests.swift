import EngineNet
import Testing

@Suite struct `Timer wheel` {
    @Test func `timers fire at their deadline and not a millisecond before`() {
        var wheel = TimerWheel<Int>(now: 0)
        let deadlines: [UInt64] = [1, 63, 64, 65, 4_095, 4_096, 100_000, 25_000, 20_000_000]
        for (name, deadline) in deadlines.enumerated() { _ = wheel.arm(at: deadline, name) }
        for deadline in deadlines.sorted() {
            var due: [Int] = []
            wheel.advance(to: deadline - 1, into: &due)
            #expect(due.isEmpty, "before \(deadline)")
            wheel.advance(to: deadline, into: &due)
            #expect(due.map { deadlines[$0] } == [deadline])
        }
        #expect(wheel.count == 0)
        #expect(wheel.nextDeadline == nil)
    }

    @Test func `random timers agree with a sorted list`() {
        var generator = SystemRandomNumberGenerator()
        for start: UInt64 in [0, 999_999, 1 << 35] {
            var wheel = TimerWheel<Int>(now: start)
            var model: [Int: UInt64] = [:]
            var ids: [Int: TimerID] = [:]
            var now = start
            for step in 0..<5_000 {
                let farthest: UInt64 = step % 7 == 0 ? 10_000_000 : 3_000
                let deadline = now + UInt64.random(in: 0...farthest, using: &generator)
                ids[step] = wheel.arm(at: deadline, step)
                model[step] = deadline
                if step % 3 == 0, let victim = model.keys.randomElement(), let id = ids[victim] {
                    let (first, second) = (wheel.cancel(id), wheel.cancel(id))
                    #expect(first && !second, "cancelled once only")
                    model[victim] = nil
                }
                if let next = wheel.nextDeadline, let least = model.values.min() {
                    #expect(next <= max(least, now), "never later than the first timer")
                }
                now += UInt64.random(in: 0...700, using: &generator)
                var due: [Int] = []
                wheel.advance(to: now, into: &due)
                #expect(Set(due) == Set(model.filter { $0.value <= now }.keys))
                for name in due { model[name] = nil }
            }
            #expect(wheel.count == model.count)
        }
    }

    @Test func `an id of a timer that fired does not cancel the one that took its place`() {
        var wheel = TimerWheel<Int>(now: 0)
        let old = wheel.arm(at: 1, 1)
        var due: [Int] = []
        wheel.advance(to: 1, into: &due)
        _ = wheel.arm(at: 5, 2)
        let wasCancelled = wheel.cancel(old)
        #expect(!wasCancelled)
        wheel.advance(to: 5, into: &due)
        #expect(due == [1, 2])
    }
}
