/// Compresses messages and puts them into frames (RFC 7692 section 7.2.1).
package struct MessageDeflater {
    private let deflater: Deflater
    private let keepsContext: Bool

    /// - Parameters:
    ///   - deflater: for raw data, with at most the window agreed upon.
    ///   - keepsContext: whether messages refer to those before them; then `deflater` belongs to one connection.
    ///     Without, frames can be sent to whoever `takesShared` its window.
    package init(_ deflater: Deflater, keepsContext: Bool) {
        self.deflater = deflater
        self.keepsContext = keepsContext
    }

    /// Appends a message as one compressed frame.
    package func appendFrame(
        _ opcode: WebSocketOpcode, _ payload: Span<UInt8>, to output: inout [UInt8]
    ) {
        var compressed: [UInt8] = []
        if payload.isEmpty {
            // Not left to zlib, which flushes nothing twice (section 7.2.3.6).
            compressed = [0x00]
        } else {
            if !keepsContext { deflater.reset() }
            deflater.compress(payload, into: &compressed, ending: .syncFlush)
            // The four bytes of the empty block; the receiver adds them.
            compressed.removeLast(4)
        }
        WebSocketFrame.appendHeader(opcode, payload: compressed.count, isCompressed: true, to: &output)
        output.append(contentsOf: compressed)
    }
}
