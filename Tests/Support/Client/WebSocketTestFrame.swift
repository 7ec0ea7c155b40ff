/// A WebSocket frame, whole or broken, as a test writes it or the server sent it.
package struct WebSocketTestFrame: Sendable, Hashable {
    package var opcode: UInt8
    package var payload: [UInt8]
    package var isFinal = true
    package var isMasked = true
    /// The three bits that extensions may use: `0x40`, `0x20`, `0x10`.
    package var reserved: UInt8 = 0
    /// The mask key; its first byte on the wire is the lowest.
    package var key: UInt32 = 0x3D21_FA37

    package init(
        opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, isMasked: Bool = true,
        reserved: UInt8 = 0, key: UInt32 = 0x3D21_FA37
    ) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
        self.isMasked = isMasked
        self.reserved = reserved
        self.key = key
    }

    package static func text(_ text: String, isFinal: Bool = true) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 0x1, Array(text.utf8), isFinal: isFinal)
    }

    package static func binary(_ bytes: [UInt8], isFinal: Bool = true) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 0x2, bytes, isFinal: isFinal)
    }

    package static func continuation(_ bytes: [UInt8], isFinal: Bool = true) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 0x0, bytes, isFinal: isFinal)
    }

    package static func ping(_ bytes: [UInt8] = []) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 0x9, bytes)
    }

    package static func pong(_ bytes: [UInt8] = []) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 0xA, bytes)
    }

    package static func close(code: UInt16, reason: String = "") -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 0x8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    /// A close frame's code; nil for other frames and for one without a code.
    package var closeCode: Int? {
        opcode == 0x8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
    }

    /// A close frame's reason.
    package var closeReason: String {
        opcode == 0x8 ? String(decoding: payload.dropFirst(2), as: UTF8.self) : ""
    }

    /// The frame on the wire.
    package var bytes: [UInt8] {
        var bytes = [opcode | reserved | (isFinal ? 0x80 : 0)]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ..<126: bytes.append(mask | UInt8(payload.count))
        case ..<65_536: bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(mask | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        guard isMasked else { return bytes + payload }
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: key >> shift)) }
        let start = bytes.count
        bytes += payload
        Self.mask(&bytes, from: start, key: key)
        return bytes
    }

    /// Puts a mask over the bytes from `start` on.
    private static func mask(_ bytes: inout [UInt8], from start: Int, key: UInt32) {
        // Eight bytes a step: tests send many megabytes and run unoptimized. The loop's condition keeps each
        // step in the buffer.
        let wide = (UInt64(key) << 32 | UInt64(key)).littleEndian
        var index = start
        unsafe bytes.withUnsafeMutableBytes { buffer in
            while index + 8 <= buffer.count {
                let word = unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                unsafe buffer.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
                index += 8
            }
        }
        while index < bytes.count {
            bytes[index] ^= UInt8(truncatingIfNeeded: key >> (8 * UInt32((index - start) & 3)))
            index += 1
        }
    }

    /// Takes a server's frame from the front; nil when more must come.
    package static func take(from queue: inout ByteQueue) -> WebSocketTestFrame? {
        guard queue.count >= 2 else { return nil }
        var (length, start) = (Int(queue[1] & 0x7F), 2)
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            guard queue.count >= 2 + width else { return nil }
            length = (0..<width).reduce(0) { $0 << 8 | Int(queue[2 + $1]) }
            start += width
        }
        guard queue.count >= start + length else { return nil }
        let head = queue.take(start)
        return WebSocketTestFrame(
            opcode: head[0] & 0x0F, queue.take(length), isFinal: head[0] & 0x80 != 0,
            isMasked: head[1] & 0x80 != 0, reserved: head[0] & 0x70)
    }
}
