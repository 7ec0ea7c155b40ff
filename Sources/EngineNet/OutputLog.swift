package import EngineWire

/// All bytes that one loop turn sends, appended once each, whoever receives them.
///
/// A connection keeps only places in it; at the end of the turn each sends its places in one system call and
/// the log starts anew. So a message to a thousand receivers is one copy, and a burst to one receiver one send.
@safe
package struct OutputLog: ~Copyable {
    // Proof of safety: `bytes` always has `capacity` bytes; only `append` writes, after it has made room;
    // `base` is handed out for reads of `0..<count` before anything is appended again.
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Bytes in the log: where the next append begins.
    package private(set) var count = 0

    package init(capacity: Int) {
        self.capacity = capacity
        unsafe bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    }

    deinit { unsafe bytes.deallocate() }

    /// The log's bytes, valid until the next append.
    package var base: UnsafePointer<UInt8> { unsafe UnsafePointer(bytes) }

    @inline(__always)
    package mutating func append(_ source: Span<UInt8>) {
        let needed = source.count
        if capacity - count < needed { grow(by: needed) }
        unsafe source.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            unsafe (bytes + count).update(from: start, count: needed)
        }
        count &+= needed
    }

    package mutating func append(_ source: [UInt8]) { append(source.span) }

    /// Appends the header of a WebSocket frame.
    @inline(__always)
    package mutating func appendFrameHeader(_ opcode: WebSocketOpcode, payload: Int) {
        if capacity - count < 10 { grow(by: 10) }
        unsafe bytes[count] = 0x80 | opcode.rawValue
        if payload < 126 {
            unsafe bytes[count + 1] = UInt8(truncatingIfNeeded: payload)
            count &+= 2
        } else if payload < 65_536 {
            unsafe bytes[count + 1] = 126
            unsafe bytes[count + 2] = UInt8(truncatingIfNeeded: payload >> 8)
            unsafe bytes[count + 3] = UInt8(truncatingIfNeeded: payload)
            count &+= 4
        } else {
            unsafe bytes[count + 1] = 127
            for i in 0..<8 {
                unsafe bytes[count + 2 + i] = UInt8(truncatingIfNeeded: payload >> (56 - 8 * i))
            }
            count &+= 10
        }
    }

    /// Forgets everything. A log that one huge message made large is made small again.
    package mutating func reset(keeping usual: Int) {
        count = 0
        guard capacity > 4 * usual else { return }
        unsafe bytes.deallocate()
        capacity = usual
        unsafe bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: usual)
    }

    private mutating func grow(by needed: Int) {
        let larger = max(capacity * 2, count + needed)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe moved.update(from: bytes, count: count)
        unsafe bytes.deallocate()
        unsafe bytes = moved
        capacity = larger
    }
}
