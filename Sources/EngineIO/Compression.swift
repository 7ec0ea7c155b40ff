internal import EngineNet
internal import EngineWire

/// One loop's zlib state, which its WebSockets share unless they keep a context of their own.
final class CompressionPool {
    private let options: PerMessageDeflate
    private var inflater: MessageInflater?
    /// By window bits.
    private var writers: [Int: CompressedWriter] = [:]

    init(_ options: PerMessageDeflate) { self.options = options }

    /// Agrees with a client on what it offers; nil to stay uncompressed.
    func agree(_ request: HTTPRequest) -> (agreement: DeflateAgreement, field: String)? {
        let offers = request.fieldValues("sec-websocket-extensions")
        return offers.isEmpty ? nil : options.negotiate(offers: offers)
    }

    func inflater(for agreement: DeflateAgreement) -> MessageInflater {
        guard agreement.clientContextTakeover else {
            let shared = inflater ?? MessageInflater(Inflater(format: .raw), keepsContext: false)
            inflater = shared
            return shared
        }
        let own = Inflater(format: .raw, windowBits: agreement.clientMaxWindowBits)
        return MessageInflater(own, keepsContext: true)
    }

    func writer(for agreement: DeflateAgreement) -> CompressedWriter {
        let bits = min(agreement.serverMaxWindowBits, options.serverMaxWindowBits)
        guard !agreement.serverContextTakeover else { return makeWriter(bits, keepsContext: true) }
        let shared = writers[bits] ?? makeWriter(bits, keepsContext: false)
        writers[bits] = shared
        return shared
    }

    private func makeWriter(_ bits: Int, keepsContext: Bool) -> CompressedWriter {
        let deflater = Deflater(
            format: .raw, windowBits: bits, level: options.level, memoryLevel: options.memoryLevel)
        return CompressedWriter(
            MessageDeflater(deflater, keepsContext: keepsContext), windowBits: keepsContext ? nil : bits,
            threshold: options.threshold)
    }
}

/// Writes messages for WebSockets that take them compressed. Of one loop.
final class CompressedWriter {
    private let deflater: MessageDeflater
    /// The window of messages that are compressed each for itself, so that all who take such can share them; nil
    /// for those that refer to what one client got before.
    private let windowBits: Int?
    private let threshold: Int

    init(_ deflater: MessageDeflater, windowBits: Int?, threshold: Int) {
        self.deflater = deflater
        self.windowBits = windowBits
        self.threshold = threshold
    }

    func frames(of message: PreparedMessage) -> [UInt8] {
        guard message.isCompressible, message.size >= threshold else { return message.frames }
        guard let windowBits else { return compress(message) }
        return message.compressedFrames(windowBits: windowBits) { compress(message) }
    }

    private func compress(_ message: PreparedMessage) -> [UInt8] {
        let frames = message.frames
        var output: [UInt8] = []
        output.reserveCapacity(frames.count / 2)
        for part in message.parts {
            let payload = frames.span.extracting(part.payload)
            let opcode: WebSocketOpcode = part.isText ? .text : .binary
            if payload.count >= threshold {
                deflater.appendFrame(opcode, payload, to: &output)
            } else {
                WebSocketFrame.appendHeader(opcode, payload: payload.count, to: &output)
                output.append(payload)
            }
        }
        return output
    }
}
