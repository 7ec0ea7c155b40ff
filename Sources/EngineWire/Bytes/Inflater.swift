internal import CDeflate

/// Why compressed bytes were refused.
package enum InflateFailure: Error, Sendable, Hashable {
    /// They are more than the limit when inflated.
    case tooLarge
    /// They are not what a compressor writes.
    case corrupt
}

/// Reads what RFC 1951 compresses. Confined to the loop that made it; serves one message at a time.
///
/// One that is reset before each message can serve all connections of a loop; one that keeps its window
/// between messages belongs to one connection and costs it `memory`.
@safe
package final class Inflater {
    /// Bytes that are inflated at a time, before the limit is looked at again.
    private static let chunk = 16_384

    // Proof of safety: as in `Deflater`.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Whether all that was given so far is a whole: it ended where a block or a stream ends.
    package private(set) var isAtBoundary = true
    /// Whether a stream ended with the last byte that was given, and no other has begun.
    package private(set) var isAtStreamEnd = false

    /// - Parameter windowBits: 8...15: how far back the compressor may refer, as a power of two, in bytes. More
    ///   than it uses does no harm.
    package init(format: DeflateFormat, windowBits: Int = 15) {
        precondition(8...15 ~= windowBits, "zlib's range holds")
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe cdeflate_begin_inflate(stream, format.zlibWindowBits(windowBits))
        precondition(status == Z_OK, "there is memory, and zlib is the version of its header")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Bytes that an inflater takes on 64-bit machines: its window, which it gets with the first bytes, and zlib's
    /// fixed part.
    ///
    /// 39,936 with 15 window bits, 7,424 with 8.
    package static func memory(windowBits: Int) -> Int { (1 << windowBits) + 7_168 }

    /// Appends what `input` holds to `output`. After a failure only `reset` may follow.
    ///
    /// Behind the end of a stream another one may begin (RFC 7692 section 7.2.3.4, RFC 1952 section 2.2).
    /// - Parameter limit: bytes that `output` may have in all. It never has more, and no more than one chunk is
    ///   inflated beyond it: small input that inflates to much costs no memory.
    package func inflate(
        _ input: Span<UInt8>, into output: inout [UInt8], limit: Int
    ) throws(InflateFailure) {
        guard !input.isEmpty else { return }
        let failure = unsafe input.withUnsafeBufferPointer { input -> InflateFailure? in
            var rest = unsafe input[...]
            while unsafe !rest.isEmpty {
                // zlib counts in 32 bits.
                let part = unsafe rest.prefix(Int(UInt32.max))
                unsafe rest = rest.dropFirst(part.count)
                if let failure = unsafe inflate(.init(rebasing: part), into: &output, limit: limit) {
                    return failure
                }
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Forgets all input, keeping the memory: a new stream is expected.
    package func reset() {
        unsafe inflateReset(stream)
        isAtBoundary = true
        isAtStreamEnd = false
    }

    private func inflate(
        _ input: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], limit: Int
    ) -> InflateFailure? {
        // zlib only reads its input.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        defer {
            unsafe stream.pointee.next_in = nil
            unsafe stream.pointee.next_out = nil
        }
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.chunk) { chunk in
            while true {
                // One byte more than may come, to see that it does.
                let room = max(0, limit - output.count)
                let space = room < Self.chunk ? room + 1 : Self.chunk
                unsafe stream.pointee.next_out = chunk.baseAddress
                unsafe stream.pointee.avail_out = UInt32(space)
                let status = unsafe CDeflate.inflate(stream, Z_SYNC_FLUSH)
                let count = unsafe space - Int(stream.pointee.avail_out)
                guard count <= room else { return .tooLarge }
                unsafe output.append(contentsOf: chunk.prefix(count))
                switch status {
                case Z_OK, Z_BUF_ERROR:
                    guard unsafe stream.pointee.avail_out > 0 else { continue }
                    // All of the input is used up. zlib's bit 7: right behind a block.
                    isAtBoundary = unsafe stream.pointee.data_type & 128 != 0
                    isAtStreamEnd = false
                    return nil
                case Z_STREAM_END:
                    unsafe inflateReset(stream)
                    guard unsafe stream.pointee.avail_in > 0 else {
                        isAtBoundary = true
                        isAtStreamEnd = true
                        return nil
                    }
                default: return .corrupt
                }
            }
        }
    }
}
