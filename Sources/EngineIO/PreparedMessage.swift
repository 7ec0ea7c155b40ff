internal import EngineWire
internal import Synchronization

/// A message that is encoded once for all who get it: for sending the same to many sessions.
///
/// Socket.IO's are a text with its attachments. The bytes are the WebSocket frames, back to back, so that a receiver over WebSocket costs no encoding and a
/// text with its attachments is never torn apart. Over polling the payloads are taken from the frames.
public final class PreparedMessage: Sendable {
    struct Part: Sendable {
        var payload: Range<Int>
        var isText: Bool
    }

    /// WebSocket frames.
    let frames: [UInt8]
    let parts: [Part]
    /// Whether the message may be compressed.
    let isCompressible: Bool
    /// While it waits for a client, a newer message of the same key takes its place; nil for one that stays.
    let latestKey: String?
    /// The frames compressed with some window, once somebody needed them so.
    private let compressed = Mutex<(windowBits: Int, frames: [UInt8])?>(nil)

    private init(frames: [UInt8], parts: [Part], compress: Bool, latest: String? = nil) {
        self.frames = frames
        self.parts = parts
        isCompressible = compress
        latestKey = latest
    }

    /// Messages that belong together, in their order; none is a message that is never sent.
    package convenience init(_ messages: [Message], compress: Bool = true, latest: String? = nil) {
        var frames: [UInt8] = []
        var parts: [Part] = []
        for message in messages {
            switch message {
            case .text(let text):
                Self.append(Array("4\(text)".utf8).span, isText: true, to: &frames, &parts)
            case .binary(let bytes): Self.append(bytes.span, isText: false, to: &frames, &parts)
            }
        }
        self.init(frames: frames, parts: parts, compress: compress, latest: latest)
    }

    private static func append(
        _ payload: Span<UInt8>, isText: Bool, to frames: inout [UInt8], _ parts: inout [Part]
    ) {
        WebSocketFrame.appendHeader(isText ? .text : .binary, payload: payload.count, to: &frames)
        parts.append(Part(payload: frames.count..<(frames.count + payload.count), isText: isText))
        frames.append(payload)
    }

    /// Encodes a message.
    /// - Parameters:
    ///   - message: text or bytes, as an application has them.
    ///   - compress: whether it may be compressed, where compression is on; then that is done once, too.
    public convenience init(_ message: Message, compress: Bool = true) {
        switch message {
        case .text(let text): self.init(textPacket: Array("4\(text)".utf8).span, compress: compress)
        case .binary(let bytes): self.init(binary: bytes.span, compress: compress)
        }
    }

    /// A text packet: its type and its payload, e.g. `42["tick",1]`, then binary messages behind it.
    package convenience init(
        textPacket: Span<UInt8>, attachments: [[UInt8]] = [], compress: Bool = true, latest: String? = nil
    ) {
        var frames: [UInt8] = []
        var parts: [Part] = []
        frames.reserveCapacity(attachments.reduce(textPacket.count + 10) { $0 + $1.count + 10 })
        Self.append(textPacket, isText: true, to: &frames, &parts)
        for attachment in attachments { Self.append(attachment.span, isText: false, to: &frames, &parts) }
        self.init(frames: frames, parts: parts, compress: compress, latest: latest)
    }

    /// A binary message.
    package convenience init(binary: Span<UInt8>, compress: Bool = true) {
        var frames: [UInt8] = []
        frames.reserveCapacity(binary.count + 10)
        var parts: [Part] = []
        Self.append(binary, isText: false, to: &frames, &parts)
        self.init(frames: frames, parts: parts, compress: compress)
    }

    static let ping = PreparedMessage(textPacket: [PacketType.ping.rawValue].span, compress: false)
    static let noop = PreparedMessage(textPacket: [PacketType.noop.rawValue].span)
    static let close = PreparedMessage(textPacket: [PacketType.close.rawValue].span)

    /// Bytes that count against a send queue.
    var size: Int { frames.count }

    /// Appends the message as it stands in a polling payload.
    func appendPolling(to payload: inout [UInt8]) {
        let frames = self.frames
        for part in parts {
            if !payload.isEmpty { payload.append(PollingPayload.separator) }
            let bytes = frames.span.extracting(part.payload)
            if part.isText {
                payload.append(bytes)
            } else {
                payload.append(PollingPayload.binaryPrefix)
                Base64.encode(bytes, into: &payload)
            }
        }
    }

    /// The frames compressed for all clients that can read this window: made once, for the first who asks.
    func compressedFrames(windowBits: Int, _ compress: () -> [UInt8]) -> [UInt8] {
        let known = compressed.withLock { $0 }
        if let known, known.windowBits == windowBits { return known.frames }
        // Not inside the lock: two loops may both do it, and none waits.
        let frames = compress()
        compressed.withLock { $0 = (windowBits, frames) }
        return frames
    }

    /// The frames for a client that takes no binary: `b` and base64 as text.
    func base64Frames() -> [UInt8] {
        var output: [UInt8] = []
        let frames = self.frames
        for part in parts {
            let payload = frames.span.extracting(part.payload)
            if part.isText {
                WebSocketFrame.appendHeader(.text, payload: payload.count, to: &output)
                output.append(payload)
            } else {
                var text: [UInt8] = [PollingPayload.binaryPrefix]
                Base64.encode(payload, into: &text)
                WebSocketFrame.appendHeader(.text, payload: text.count, to: &output)
                output.append(text.span)
            }
        }
        return output
    }
}
