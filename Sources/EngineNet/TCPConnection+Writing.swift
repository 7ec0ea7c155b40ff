internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Bytes out: gathered over a turn, sent in one system call, kept when the peer is slow.
extension TCPConnection {
    /// Sends `bytes` at the end of this turn.
    package func write(_ bytes: [UInt8]) { write(bytes.span) }

    package func write(_ bytes: Span<UInt8>) {
        loop.makeRoom()
        let start = loop.log.count
        loop.log.append(bytes)
        add(start, loop.log.count)
    }

    /// Sends a place of the loop's log at the end of this turn.
    @inline(__always)
    package func add(_ start: Int, _ end: Int) {
        if dirtyIndex >= 0 {
            if place.end == start {
                place.end = end
            } else {
                places.append(place)
                place = Place(start: start, end: end)
            }
        } else if state == .open, !closesWhenDrained {
            dirtyIndex = Int32(truncatingIfNeeded: unsafe loop.dirty.count)
            unsafe loop.dirty.append(Unmanaged.passUnretained(self))
            place = Place(start: start, end: end)
        }
    }

    /// The same, unless the peer has not taken all of an earlier turn.
    @inline(__always)
    package func addUnlessBlocked(_ start: Int, _ end: Int) -> Bool {
        if isBlocked { return false }
        add(start, end)
        return true
    }

    /// Sends the places of this turn; false when the connection has failed.
    func flush(from base: UnsafePointer<UInt8>) -> Bool {
        dirtyIndex = -1
        defer { if !places.isEmpty { places.removeAll(keepingCapacity: places.count <= 16) } }
        if tls != nil { return unsafe flushEncrypted(from: base) }
        if isBlocked {
            for old in places { unsafe keep(base, old.start, old.end) }
            unsafe keep(base, place.start, place.end)
            return true
        }
        if places.isEmpty {
            let sent = unsafe send(fd, base + place.start, place.end - place.start, POSIXSocket.noSignal)
            if sent == place.end - place.start { return true }
            return unsafe finishFlush(base, sent: sent)
        }
        places.append(place)
        return unsafe flushGathered(base)
    }

    private func finishFlush(_ base: UnsafePointer<UInt8>, sent: Int) -> Bool {
        guard sent >= 0 || POSIXSocket.wouldBlock(errno) else { return false }
        unsafe keep(base, place.start + max(0, sent), place.end)
        return true
    }

    private func flushGathered(_ base: UnsafePointer<UInt8>) -> Bool {
        var first = 0
        while first < places.count {
            let last = min(first + Bounds.gathered, places.count)
            var vectors: [iovec] = unsafe []
            unsafe vectors.reserveCapacity(last - first)
            var total = 0
            for old in places[first..<last] {
                let start = unsafe UnsafeMutableRawPointer(mutating: unsafe base + old.start)
                unsafe vectors.append(iovec(iov_base: start, iov_len: old.end - old.start))
                total += old.end - old.start
            }
            var message = unsafe msghdr()
            var sent = unsafe vectors.withUnsafeMutableBufferPointer { vectors in
                unsafe message.msg_iov = vectors.baseAddress
                #if canImport(Glibc)
                    unsafe message.msg_iovlen = vectors.count
                #else
                    unsafe message.msg_iovlen = Int32(vectors.count)
                #endif
                return unsafe sendmsg(fd, &message, POSIXSocket.noSignal)
            }
            let sentCount = last - first
            first = last
            if sent == total { continue }
            guard sent >= 0 || POSIXSocket.wouldBlock(errno) else { return false }
            sent = max(0, sent)
            // Keep what was not taken, of these places and of all behind them.
            for (i, old) in places.enumerated() where i >= first - sentCount {
                let length = old.end - old.start
                if sent >= length {
                    sent -= length
                } else {
                    unsafe keep(base, old.start + sent, old.end)
                    sent = 0
                }
            }
            return true
        }
        return true
    }

    func keep(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
        unsafe backlog.append(contentsOf: UnsafeBufferPointer(start: base + start, count: end - start))
        if !isBlocked {
            isBlocked = true
            updatePoll()
        }
    }

    /// The socket takes bytes again.
    func writeBacklog() {
        if isBlocked {
            let count = backlogCount
            let sent = unsafe backlog.withUnsafeBufferPointer { bytes in
                // `!`: a buffer that is not empty has a base.
                count == 0
                    ? 0 : unsafe send(fd, bytes.baseAddress! + backlogStart, count, POSIXSocket.noSignal)
            }
            if sent < 0 {
                if !POSIXSocket.wouldBlock(errno) { fail(NetError("send", errno: errno)) }
                return
            }
            backlogStart += sent
            takenCount &+= sent
            if closesWhenDrained { armLinger() }
            if sent < count {
                if backlogStart > 65_536 {
                    backlog.removeFirst(backlogStart)
                    backlogStart = 0
                }
                return
            }
            backlog = []
            backlogStart = 0
            isBlocked = false
            tls?.owedAnswers = 0
        }
        updatePoll()
        if closesWhenDrained { finishWriting() } else { handler?.drained() }
    }
}
