internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Bytes in: from the socket to the handler, and what it leaves for later.
extension TCPConnection {
    /// Stops or resumes reading: back-pressure on a peer that sends faster than it is served.
    package func setPaused(_ isPaused: Bool) {
        self.isPaused = isPaused
        limitUnread()
    }

    func setReading(_ isReading: Bool) {
        guard self.isReading != isReading else { return }
        self.isReading = isReading
        updatePoll()
    }

    /// Offers the unread bytes again, after the handler has made room.
    package func processUnread() {
        guard !isProcessing, !unread.isEmpty, state == .open else { return }
        var bytes = exchange(&unread, with: [])
        var span = bytes.mutableSpan
        let used = process(&span)
        if used < bytes.count { unread = used == 0 ? bytes : Array(bytes[used...]) }
        limitUnread()
    }

    private func limitUnread() {
        let isFull = unread.count > Bounds.unread && handler is any PausesWhenFull
        setReading(!isFull && !isPaused && !hasInputEnded)
    }

    func readable() {
        let buffer = unsafe loop.receiveBuffer
        let count = unsafe recv(fd, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            guard state == .open else { return }
            let bytes = unsafe UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
            if tls == nil { unsafe take(bytes) } else { unsafe takeEncrypted(UnsafeBufferPointer(bytes)) }
        } else if count == 0 {
            inputEnded()
        } else if !POSIXSocket.wouldBlock(errno) {
            fail(NetError("receive", errno: errno))
        }
    }

    /// The peer sends nothing more. That is the end, unless the handler has something to do before.
    private func inputEnded() {
        guard state == .open, !closesWhenDrained, handler?.goesOnAfterInput() ?? false else {
            return close(error: nil)
        }
        hasInputEnded = true
        setReading(false)
    }

    /// Gives plain bytes to the handler, behind those that it has left unread.
    func take(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        guard unread.isEmpty else {
            unread.append(unsafe Span(_unsafeElements: UnsafeBufferPointer(buffer)))
            return processUnread()
        }
        var bytes = unsafe MutableSpan(_unsafeElements: buffer)
        let used = process(&bytes)
        if used < buffer.count, state == .open {
            unread.append(unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[used...])))
        }
        if !unread.isEmpty { limitUnread() }
    }

    /// Feeds the handler until it wants no more; it may be replaced meanwhile. Returns the bytes used up.
    private func process(_ bytes: inout MutableSpan<UInt8>) -> Int {
        isProcessing = true
        defer { isProcessing = false }
        var used = 0
        while used < bytes.count, isOpen, let handler {
            var rest = bytes._mutatingExtracting(used..<bytes.count)
            let step = handler.received(&rest)
            used += step
            if step == 0 { break }
        }
        return isOpen ? used : bytes.count
    }
}
