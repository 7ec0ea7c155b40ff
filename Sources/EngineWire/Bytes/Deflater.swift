internal import CDeflate

/// Compresses by RFC 1951. Confined to the loop that made it; serves one message at a time.
///
/// What it costs is its memory, which it has from the start (`memory`): one that is reset before each message
/// can serve all connections of a loop, and only one that keeps its window has to belong to a connection.
@safe
package final class Deflater {
    /// What stands behind the compressed input.
    package enum Ending: Sendable {
        /// An empty stored block (00 00 FF FF), at which all input so far can be read; the stream goes on.
        case syncFlush
        /// The end of the stream. Only `reset` may follow.
        case finish
    }

    /// Bytes that zlib is given room for at a time.
    private static let chunk = 16_384

    // Proof of safety: allocated and initialized once in `init`, freed once in `deinit`, never handed out. It is
    // not a stored value because zlib's state points back at it. Its pointers to input and output are set only
    // for a call of zlib, within the closures that lend them, with the counts of these very buffers.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameters:
    ///   - windowBits: 8...15: how far back repetitions are found, as a power of two, in bytes. zlib has no
    ///     window of 8 bits and takes 9 for it, where it looks back at most 250 bytes, so that whoever was
    ///     promised 8 can read it.
    ///   - level: 0...9, from storing to the smallest; 6 is zlib's default.
    ///   - memoryLevel: 1...9: memory for finding repetitions; 8 is zlib's default.
    package init(format: DeflateFormat, windowBits: Int = 15, level: Int = 6, memoryLevel: Int = 8) {
        precondition(8...15 ~= windowBits && 0...9 ~= level && 1...9 ~= memoryLevel, "zlib's ranges hold")
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe cdeflate_begin_deflate(
            stream, Int32(level), format.zlibWindowBits(max(9, windowBits)), Int32(memoryLevel))
        precondition(status == Z_OK, "there is memory, and zlib is the version of its header")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Bytes that a deflater takes on 64-bit machines: zlib's formula and its fixed part.
    ///
    /// 268,288 with the defaults; 8 window bits and memory level 1 take 9,216.
    package static func memory(windowBits: Int, memoryLevel: Int) -> Int {
        (1 << (max(9, windowBits) + 2)) + (1 << (memoryLevel + 9)) + 6_144
    }

    /// Appends `input`, compressed, to `output`.
    ///
    /// A sync flush without input, right behind another one, appends nothing: zlib flushes only what is new.
    package func compress(_ input: Span<UInt8>, into output: inout [UInt8], ending: Ending) {
        let flush = ending == .finish ? Z_FINISH : Z_SYNC_FLUSH
        unsafe input.withUnsafeBufferPointer { input in
            var rest = unsafe input[...]
            repeat {
                // zlib counts in 32 bits.
                let part = unsafe rest.prefix(Int(UInt32.max))
                unsafe rest = rest.dropFirst(part.count)
                unsafe compress(
                    .init(rebasing: part), into: &output, flush: rest.isEmpty ? flush : Z_NO_FLUSH)
            } while unsafe !rest.isEmpty
        }
    }

    /// Forgets all input, keeping the memory: the next message begins a stream.
    package func reset() { unsafe deflateReset(stream) }

    private func compress(_ input: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], flush: Int32) {
        // zlib only reads its input.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.chunk) { chunk in
            // Room left over is how zlib says that it has no more to write.
            repeat {
                unsafe stream.pointee.next_out = chunk.baseAddress
                unsafe stream.pointee.avail_out = UInt32(chunk.count)
                unsafe deflate(stream, flush)
                let count = unsafe chunk.count - Int(stream.pointee.avail_out)
                unsafe output.append(contentsOf: chunk.prefix(count))
            } while unsafe stream.pointee.avail_out == 0
        }
        unsafe stream.pointee.next_in = nil
        unsafe stream.pointee.next_out = nil
    }
}
