internal import CHiredis
internal import EngineWire

/// Bytes from Redis in, replies out: hiredis' reader, with limits.
///
/// hiredis calls back for every value it meets and gets tokens for objects; the values are kept here. Not
/// `Sendable`; after an error it is finished.
@safe
package final class RedisReplyReader {
    // Proof of safety: `reader` and `functions` live as long as the object. hiredis calls the functions only
    // inside `redisReaderGetReply`, which runs inside `next`, while `self` (the reader's `privdata`) is alive.
    // The "objects" hiredis holds are that same `privdata`, never dereferenced and never freed. Strings are copied
    // before their callback returns. Of hiredis' buffer, `skipLongBulk` touches bytes `pos..<len` only.

    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let limits: RedisReplyLimits
    /// Bytes fed at a time: hiredis moves what is left of its buffer after each kilobyte it has read.
    private static var piece: Int { 4_096 }

    /// An array whose elements are not all there.
    private struct Partial {
        var missing: Int
        var elements: [RedisReply]
    }

    private var partials: [Partial] = []
    private var finished: RedisReply?
    private var replyBytes = 0
    private var replyElements = 0
    private var violation: String?
    /// Bytes still to come of a bulk that is too long, its end of line included.
    private var toSkip = 0
    /// Length of the bulk that a null replaces next.
    private var skipped: Int?

    package init(limits: RedisReplyLimits = RedisReplyLimits()) {
        self.limits = limits
        unsafe functions = .allocate(capacity: 1)
        unsafe functions.initialize(to: redisReplyObjectFunctions())
        unsafe functions.pointee.createString = { task, bytes, count in
            // `!`: hiredis passes the task.
            unsafe RedisReplyReader.of(task).string(task!.pointee.type, bytes, count)
        }
        unsafe functions.pointee.createArray = { task, count in
            unsafe RedisReplyReader.of(task).array(Int(count))
        }
        unsafe functions.pointee.createInteger = { task, value in
            unsafe RedisReplyReader.of(task).add(.integer(Int(value)))
        }
        unsafe functions.pointee.createNil = { task in unsafe RedisReplyReader.of(task).null() }
        unsafe functions.pointee.freeObject = { _ in }
        guard let reader = unsafe redisReaderCreateWithFunctions(functions) else {
            preconditionFailure("there is memory for a reader")
        }
        unsafe self.reader = unsafe reader
        unsafe reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        unsafe redisReaderFree(reader)
        unsafe functions.deallocate()
    }

    /// Reads `bytes` and hands out every reply that they complete, in order.
    package func read(_ bytes: Span<UInt8>, _ deliver: (RedisReply) -> Void) throws(RedisProtocolError) {
        var start = 0
        while start < bytes.count {
            if toSkip > 0 {
                let count = min(toSkip, bytes.count - start)
                toSkip -= count
                start += count
                continue
            }
            let end = min(start + Self.piece, bytes.count)
            feed(bytes.extracting(start..<end))
            start = end
            while let reply = try next() { deliver(reply) }
        }
    }

    private func feed(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { raw in
            let start = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            // The only failure is lack of memory, which the next `redisReaderGetReply` reports too.
            unsafe _ = redisReaderFeed(reader, start, raw.count)
        }
    }

    private func next() throws(RedisProtocolError) -> RedisReply? {
        repeat {
            var token: UnsafeMutableRawPointer?
            let status = unsafe redisReaderGetReply(reader, &token)
            if let violation { throw RedisProtocolError(violation) }
            guard status == REDIS_OK else {
                let reason = unsafe withUnsafeBytes(of: &reader.pointee.errstr) { raw in
                    unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
                }
                throw RedisProtocolError("not the Redis protocol: \(reason)")
            }
            if let reply = finished {
                finished = nil
                replyBytes = 0
                replyElements = 0
                return reply
            }
        } while try skipLongBulk()
        return nil
    }

    /// Looks at what hiredis waits with. If it is a bulk string beyond the limit, a null takes its place, and the
    /// bytes of it that are still to come will not be fed: hiredis would hold all of them, up to 512 MB.
    /// - Returns: whether hiredis can go on reading.
    private func skipLongBulk() throws(RedisProtocolError) -> Bool {
        let position = unsafe reader.pointee.pos
        let count = unsafe reader.pointee.len - position
        guard count > 0, let start = unsafe reader.pointee.buf else { return false }
        let waiting = unsafe UnsafeMutableBufferPointer(start: start + position, count: count)
        guard let header = unsafe Self.bulkHeader(Span(_unsafeElements: UnsafeBufferPointer(waiting))) else {
            if count > limits.line, unsafe !waiting.contains(CChar(ASCII.cr)) {
                throw RedisProtocolError("a line of more than \(limits.line) bytes came; that is the limit")
            }
            return false
        }
        guard header.length > limits.bulk else { return false }
        // "-1", CR, LF. It fits: a length beyond the limit has two digits at least.
        let null: [CChar] = [45, 49, 13, 10]
        toSkip = header.count + header.length + 2 - count
        skipped = header.length
        for i in null.indices { unsafe waiting[count - null.count + i] = null[i] }
        unsafe reader.pointee.pos = position + count - null.count
        return true
    }

    /// The length that a bulk string's first line announces, and the bytes of that line. Of all there is in
    /// RESP2, only a bulk is still incomplete after its first line, and hiredis has read its type byte.
    private static func bulkHeader(_ waiting: Span<CChar>) -> (length: Int, count: Int)? {
        var length = 0
        var digits = 0
        while digits < min(waiting.count, 18), (48...57).contains(waiting[digits]) {
            length = length * 10 + Int(waiting[digits] - 48)
            digits += 1
        }
        guard digits > 0, digits + 1 < waiting.count, waiting[digits] == 13, waiting[digits + 1] == 10 else {
            return nil
        }
        return (length, digits + 2)
    }

    // MARK: What hiredis calls

    private static func of(_ task: UnsafePointer<redisReadTask>?) -> RedisReplyReader {
        guard let data = unsafe task?.pointee.privdata else {
            preconditionFailure("hiredis gives the task, and in it what `init` has set")
        }
        return unsafe Unmanaged<RedisReplyReader>.fromOpaque(data).takeUnretainedValue()
    }

    /// What hiredis takes for the object it asked for. Nil makes it fail.
    private var token: UnsafeMutableRawPointer? {
        violation == nil ? unsafe Unmanaged.passUnretained(self).toOpaque() : nil
    }

    private func string(_ type: Int32, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int)
        -> UnsafeMutableRawPointer?
    {
        let isBulk = type == REDIS_REPLY_STRING
        if isBulk, count > limits.bulk { return unsafe add(.tooLong(bytes: count)) }
        replyBytes += count
        if replyBytes > limits.reply {
            violation = "a reply of more than \(limits.reply) bytes came; that is the limit"
            return nil
        }
        let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        if isBulk { return unsafe add(.bulk(Array(raw))) }
        let text = unsafe String(decoding: raw, as: UTF8.self)
        return unsafe add(type == REDIS_REPLY_ERROR ? .error(text) : .status(text))
    }

    private func null() -> UnsafeMutableRawPointer? {
        guard let length = skipped else { return unsafe add(.null) }
        skipped = nil
        return unsafe add(.tooLong(bytes: length))
    }

    private func array(_ count: Int) -> UnsafeMutableRawPointer? {
        replyElements += count
        if replyElements > limits.elements {
            violation = "a reply of more than \(limits.elements) elements came; that is the limit"
            return nil
        }
        if partials.count == limits.depth {
            violation = "a reply with arrays more than \(limits.depth) deep came; that is the limit"
            return nil
        }
        guard count > 0 else { return unsafe add(.array([])) }
        partials.append(Partial(missing: count, elements: []))
        partials[partials.count - 1].elements.reserveCapacity(min(count, 1_024))
        return unsafe token
    }

    @discardableResult
    private func add(_ value: RedisReply) -> UnsafeMutableRawPointer? {
        var value = value
        while let last = partials.indices.last {
            partials[last].elements.append(value)
            partials[last].missing -= 1
            if partials[last].missing > 0 { return unsafe token }
            value = .array(partials.removeLast().elements)
        }
        finished = value
        return unsafe token
    }
}
