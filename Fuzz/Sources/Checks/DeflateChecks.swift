@testable import EngineWire

/// Messages that we compress are read by others: the input is what a server sends.
enum DeflateChecks {
    /// Two bytes of choices, then messages that zero bytes separate.
    static func messages(_ input: [UInt8]) throws(Finding) {
        guard input.count >= 2 else { return }
        let keepsContext = input[0] & 1 == 1
        let bits = 8 + Int(input[0] >> 1 & 7)
        let (level, memoryLevel) = (1 + Int(input[1] % 9), 1 + Int(input[1] / 9 % 9))
        let deflater = MessageDeflater(
            Deflater(format: .raw, windowBits: bits, level: level, memoryLevel: memoryLevel),
            keepsContext: keepsContext)
        let messages = input.dropFirst(2).split(separator: 0, omittingEmptySubsequences: false).map(
            Array.init)
        let inflater = MessageInflater(Inflater(format: .raw, windowBits: bits), keepsContext: keepsContext)
        var reference = SlowInflater(keepsContext: keepsContext)
        for message in messages {
            var frame: [UInt8] = []
            deflater.appendFrame(.binary, message.span, to: &frame)
            let payload = try payload(frame)
            let longest = WebSocketLimits.compressed(message.count)
            try expect(payload.count <= longest, "\(message.count) bytes become \(payload.count)")
            let read: [UInt8]?
            do throws(WebSocketViolation) {
                read = try inflater.inflate(payload.span, limit: message.count)
            } catch {
                read = nil
            }
            try expectEqual(read, message, "a message changes on its way through a window of \(bits) bits")
            try expectEqual(
                reference.message(payload, limit: message.count), .bytes(message),
                "the reference reads another message")
        }
        try checkContent(Array(input.dropFirst(2)), level: level, memoryLevel: memoryLevel)
    }

    /// The answers to polls.
    private static func checkContent(_ body: [UInt8], level: Int, memoryLevel: Int) throws(Finding) {
        for (coding, format) in [(HTTPContentCoding.gzip, DeflateFormat.gzip), (.deflate, .zlib)] {
            let compressed = coding.compress(body, level: level, memoryLevel: memoryLevel)
            let inflater = Inflater(format: format)
            var read: [UInt8] = []
            for piece in Pieces.ways(compressed)[0] {
                do throws(InflateFailure) {
                    try inflater.inflate(Array(piece).span, into: &read, limit: body.count)
                } catch { throw Finding("\(coding) cannot be read: \(error)") }
            }
            try expect(inflater.isAtStreamEnd && read == body, "a body changes on its way through \(coding)")
        }
    }

    /// What stands behind the header of the only frame.
    private static func payload(_ frame: [UInt8]) throws(Finding) -> [UInt8] {
        try expect(frame.count >= 2 && frame[0] == 0xC2 && frame[1] <= 127, "this is no compressed message")
        let header = frame[1] == 126 ? 4 : frame[1] == 127 ? 10 : 2
        let count = header == 2 ? Int(frame[1]) : frame[2..<header].reduce(0) { $0 << 8 | Int($1) }
        try expect(frame.count == header + count, "a frame's length is wrong")
        return Array(frame.dropFirst(header))
    }
}
