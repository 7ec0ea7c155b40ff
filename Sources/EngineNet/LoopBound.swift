/// A value that belongs to one loop, carried by those who do not: it can be reached on that loop only.
package final class LoopBound<Value>: @unchecked Sendable {
    // Proof of sendability: `value` is touched only where `loop.isCurrent` holds.

    /// The loop that the value belongs to.
    package let loop: EventLoop
    private var value: Value?

    /// An empty box; `set` fills it on the loop.
    package init(loop: EventLoop) { self.loop = loop }

    /// Puts the value in, or takes it out. On the loop, as `get`.
    package func set(_ value: Value?) {
        loop.preconditionIsCurrent()
        self.value = value
    }

    /// The value; nil before it is set and after it is gone.
    package func get() -> Value? {
        loop.preconditionIsCurrent()
        return value
    }

    /// Asks for something of the value, from any thread but the loop's.
    /// - Returns: nil if there is no value, or the loop has stopped.
    package func ask<Answer: Sendable>(_ question: @escaping @Sendable (Value) -> Answer) async -> Answer? {
        await withCheckedContinuation { continuation in
            let isTaken = loop.offer { continuation.resume(returning: self.value.map(question)) }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }
}
