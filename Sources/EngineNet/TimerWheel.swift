/// Names one armed timer. A timer that fired or was cancelled is forgotten; its id then means nothing.
package struct TimerID: Sendable, Hashable {
    fileprivate var index: Int32
    fileprivate var generation: UInt32

    /// The name of no timer.
    static var never: TimerID { TimerID(index: .max, generation: 0) }
}

/// Timers in a hierarchical wheel: arming and cancelling touch one slot, whatever the number of timers.
///
/// Six levels of 64 slots; a slot of level 0 is one millisecond, of level n 64 times that of level n - 1. A
/// timer waits in the highest level in which its deadline differs from now, and moves down when its slot comes.
/// Pure: time is an argument, in milliseconds from any fixed point.
package struct TimerWheel<Payload> {
    private struct Node {
        var deadline: UInt64
        var next: Int32
        var previous: Int32
        var slot: Int16
        var generation: UInt32
        var payload: Payload?
    }

    private static var levels: Int { 6 }
    private static var none: Int32 { -1 }

    private var nodes: [Node] = []
    private var freeList: Int32 = none
    private var slots = [Int32](repeating: none, count: levels * 64)
    private var occupied: InlineArray<6, UInt64> = .init(repeating: 0)
    private var elapsed: UInt64
    /// Timers armed now.
    package private(set) var count = 0

    package init(now: UInt64) { elapsed = now }

    /// Arms a timer for `deadline`; one in the past fires at the next `advance`.
    package mutating func arm(at deadline: UInt64, _ payload: Payload) -> TimerID {
        let index: Int32
        if freeList == Self.none {
            index = Int32(nodes.count)
            nodes.append(
                Node(deadline: 0, next: Self.none, previous: Self.none, slot: -1, generation: 0, payload: nil)
            )
        } else {
            index = freeList
            freeList = nodes[Int(index)].next
        }
        nodes[Int(index)].deadline = deadline
        nodes[Int(index)].payload = payload
        link(index)
        count += 1
        return TimerID(index: index, generation: nodes[Int(index)].generation)
    }

    /// Disarms a timer; false when it has fired or been cancelled before.
    @discardableResult
    package mutating func cancel(_ id: TimerID) -> Bool {
        let i = Int(id.index)
        guard i < nodes.count, nodes[i].generation == id.generation, nodes[i].payload != nil else {
            return false
        }
        unlink(id.index)
        free(id.index)
        return true
    }

    /// A time before which nothing fires; nil when nothing is armed.
    package var nextDeadline: UInt64? { nextSlot()?.deadline }

    /// Moves time forward and appends the payloads of all timers due, earliest first.
    package mutating func advance(to now: UInt64, into due: inout [Payload]) {
        while let (level, slot, deadline) = nextSlot(), deadline <= now {
            elapsed = max(elapsed, deadline)
            var index = slots[level * 64 + slot]
            slots[level * 64 + slot] = Self.none
            occupied[level] &= ~(1 << UInt64(slot))
            while index != Self.none {
                let next = nodes[Int(index)].next
                if nodes[Int(index)].deadline <= elapsed {
                    if let payload = nodes[Int(index)].payload { due.append(payload) }
                    free(index)
                } else {
                    link(index)
                }
                index = next
            }
        }
        elapsed = max(elapsed, now)
    }

    private func nextSlot() -> (level: Int, slot: Int, deadline: UInt64)? {
        for level in 0..<Self.levels where occupied[level] != 0 {
            let shift = UInt64(6 * level)
            let position = elapsed >> shift & 63
            let ahead = occupied[level] >> position | (position == 0 ? 0 : occupied[level] << (64 - position))
            let distance = UInt64(ahead.trailingZeroBitCount)
            // The slot's start; the current slot of a level is in the past already, so it is due now.
            let start = (elapsed >> shift + distance) << shift
            return (level, Int((position + distance) & 63), max(start, elapsed))
        }
        return nil
    }

    private mutating func link(_ index: Int32) {
        // Everything beyond the wheel's range waits in its last slot and is linked again from there.
        let range = UInt64(1) << UInt64(6 * Self.levels)
        let deadline = min(max(nodes[Int(index)].deadline, elapsed), elapsed + range - 1)
        let differing = (elapsed ^ deadline) | 63
        let level = min((63 - differing.leadingZeroBitCount) / 6, Self.levels - 1)
        let slot = Int(deadline >> UInt64(6 * level) & 63)
        let head = slots[level * 64 + slot]
        nodes[Int(index)].slot = Int16(level * 64 + slot)
        nodes[Int(index)].previous = Self.none
        nodes[Int(index)].next = head
        if head != Self.none { nodes[Int(head)].previous = index }
        slots[level * 64 + slot] = index
        occupied[level] |= 1 << UInt64(slot)
    }

    private mutating func unlink(_ index: Int32) {
        let node = nodes[Int(index)]
        if node.previous != Self.none {
            nodes[Int(node.previous)].next = node.next
        } else {
            slots[Int(node.slot)] = node.next
            if node.next == Self.none { occupied[Int(node.slot) / 64] &= ~(1 << UInt64(Int(node.slot) % 64)) }
        }
        if node.next != Self.none { nodes[Int(node.next)].previous = node.previous }
    }

    private mutating func free(_ index: Int32) {
        nodes[Int(index)].payload = nil
        nodes[Int(index)].generation &+= 1
        nodes[Int(index)].next = freeList
        nodes[Int(index)].slot = -1
        freeList = index
        count -= 1
    }
}
