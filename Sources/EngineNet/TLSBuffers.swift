internal import CTLS

/// The bytes that pass between OpenSSL and the sockets of one loop, shared by all its TLS connections.
///
/// OpenSSL reads from `input` and writes to `output` through one BIO that every session of the loop refers to. That
/// works because no bytes stay here between calls: a session takes all of its input before it asks for more (there
/// is no read-ahead), what it cannot use yet it keeps itself, and its output is taken after every call. So a
/// connection that is idle holds no buffers.
@safe
final class TLSBuffers {
    // Proof of safety: the three allocations live as long as the object; `output` always has `outputCapacity` bytes,
    // of which `write` fills the first `outputCount`; `input` is set only for the length of a call, by one who keeps
    // it valid; the BIO loses its pointer to this object in `deinit`, whoever holds the BIO longer.

    /// Sizes in bytes.
    enum Bounds {
        /// The longest payload of a record (RFC 8446 section 5.1).
        static let record = 16_384
        /// What one read of a socket can become at most, with a record whose beginning came before.
        static let plaintext = EventLoop.Bounds.receiveBuffer + 20_480
        /// What is encrypted in one go, a multiple of `record`. There may be as much again when it is sent.
        static let output = 262_144
    }

    /// Where received bytes are decrypted to, for the length of a callback.
    let plaintext = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Bounds.plaintext)
    /// Where small pieces of a turn become one record.
    let gathered = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Bounds.record)
    /// This object's own reference; sessions take theirs.
    let bio: OpaquePointer

    @exclusivity(unchecked) private var input = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    @safe @exclusivity(unchecked) private var inputStart = 0
    @exclusivity(unchecked) private var outputBytes: UnsafeMutablePointer<UInt8>
    @safe @exclusivity(unchecked) private var outputCapacity = 65_536
    @safe @exclusivity(unchecked) private(set) var outputCount = 0

    init() {
        unsafe outputBytes = .allocate(capacity: outputCapacity)
        guard let made = unsafe BIO_new(Self.method) else { preconditionFailure("OpenSSL has memory") }
        unsafe bio = made
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        unsafe BIO_set_init(bio, 1)
    }

    deinit {
        unsafe BIO_set_data(bio, nil)
        unsafe BIO_free(bio)
        unsafe plaintext.deallocate()
        unsafe gathered.deallocate()
        unsafe outputBytes.deallocate()
    }

    // MARK: For sessions and connections

    /// Gives OpenSSL bytes to read while `body` runs.
    /// - Returns: how many it took, and what `body` says.
    func reading<Result>(_ bytes: UnsafeBufferPointer<UInt8>, _ body: () -> Result) -> (Int, Result) {
        unsafe input = bytes
        inputStart = 0
        defer {
            unsafe input = unsafe UnsafeBufferPointer(start: nil, count: 0)
            inputStart = 0
        }
        let result = body()
        return (inputStart, result)
    }

    /// Whether OpenSSL has taken all that it was given.
    var isInputTaken: Bool { unsafe inputStart == input.count }

    /// What OpenSSL has written, valid until its next call.
    var output: UnsafePointer<UInt8> { unsafe UnsafePointer(outputBytes) }

    /// Forgets the output.
    func clearOutput() { outputCount = 0 }

    /// The first bytes of the record that is gathered.
    func gathered(_ count: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(rebasing: gathered[..<count])
    }

    /// Copies bytes to where a record is gathered, from `end` on, as far as there is room.
    /// - Returns: those for which there was none.
    func gather(_ bytes: UnsafeBufferPointer<UInt8>, at end: inout Int) -> UnsafeBufferPointer<UInt8> {
        let count = unsafe min(bytes.count, gathered.count - end)
        guard count > 0, let source = bytes.baseAddress, let target = unsafe gathered.baseAddress else {
            return unsafe bytes
        }
        unsafe (target + end).update(from: source, count: count)
        end += count
        return unsafe UnsafeBufferPointer(rebasing: bytes[count...])
    }

    /// Adds bytes as they are: for a peer that does not speak TLS.
    func append(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBufferPointer { unsafe write($0) }
    }

    // MARK: For OpenSSL

    private func read(into target: UnsafeMutableRawPointer, atMost count: Int) -> Int {
        let taken = unsafe min(count, input.count - inputStart)
        guard taken > 0, let base = unsafe input.baseAddress else { return 0 }
        unsafe target.copyMemory(from: base + inputStart, byteCount: taken)
        inputStart += taken
        return taken
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        if outputCapacity - outputCount < bytes.count {
            let larger = max(2 * outputCapacity, outputCount + bytes.count)
            let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
            unsafe moved.update(from: outputBytes, count: outputCount)
            unsafe outputBytes.deallocate()
            unsafe outputBytes = moved
            outputCapacity = larger
        }
        unsafe (outputBytes + outputCount).update(from: base, count: bytes.count)
        outputCount += bytes.count
    }

    private static func of(_ bio: OpaquePointer?) -> TLSBuffers? {
        unsafe BIO_get_data(bio).map { unsafe Unmanaged<TLSBuffers>.fromOpaque($0).takeUnretainedValue() }
    }

    /// How OpenSSL reaches these buffers. Made once, never changed, never freed.
    nonisolated(unsafe) private static let method: OpaquePointer = {
        guard let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loop") else {
            preconditionFailure("OpenSSL has memory")
        }
        unsafe BIO_meth_set_read_ex(method) { bio, target, count, taken in
            unsafe BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            guard let buffers = unsafe TLSBuffers.of(bio), let target = unsafe target else { return 0 }
            let read = unsafe buffers.read(into: target, atMost: count)
            unsafe taken?.pointee = read
            // Nothing there is not the end: OpenSSL says that it wants to read.
            if read == 0 { unsafe BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY) }
            return read > 0 ? 1 : 0
        }
        unsafe BIO_meth_set_write_ex(method) { bio, source, count, written in
            unsafe BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            guard let buffers = unsafe TLSBuffers.of(bio), let source = unsafe source else { return 0 }
            let bytes = unsafe UnsafeRawBufferPointer(start: source, count: count)
            unsafe bytes.withMemoryRebound(to: UInt8.self) { unsafe buffers.write($0) }
            unsafe written?.pointee = count
            return 1
        }
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
            // All that TLS asks of what is below it: to flush, which there is no need for.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return unsafe method
    }()
}
