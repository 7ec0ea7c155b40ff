internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// TLS between the socket and the handler.
extension TCPConnection {
    /// Whether the connection speaks TLS.
    package var isSecure: Bool { tls != nil }

    /// Whether plaintext can pass; always so without TLS.
    package var isHandshakeDone: Bool { tls?.isHandshakeDone ?? true }

    /// The version agreed on; nil without TLS, and before the handshake is done.
    package var tlsVersion: TLSConfiguration.Version? { tls?.version }

    /// Whom the peer's certificate names (RFC 2253, e.g. `CN=trader,O=Desk`); nil if it showed none. Checked by the
    /// authorities of the server's `TLSConfiguration`.
    package var peerSubject: String? { tls?.peerSubject }

    // MARK: Writing

    /// Encrypts the places of this turn and sends them; false when the connection has failed.
    ///
    /// Small places share a record, and all records leave in one system call.
    func flushEncrypted(from base: UnsafePointer<UInt8>) -> Bool {
        guard let tls, tls.isHandshakeDone else { return true }
        let buffers = loop.tlsBuffers
        if places.isEmpty {
            let bytes = unsafe UnsafeBufferPointer(start: base + place.start, count: place.end - place.start)
            return unsafe encrypt(bytes, tls, buffers) && sendOutput(buffers)
        }
        var gathered = 0
        for i in 0...places.count {
            let next = i < places.count ? places[i] : place
            var rest = unsafe UnsafeBufferPointer(start: base + next.start, count: next.end - next.start)
            // What does not fit stands in the log long enough to need no copy.
            if gathered > 0, unsafe rest.count > buffers.gathered.count - gathered {
                unsafe rest = buffers.gather(rest, at: &gathered)
                guard unsafe encrypt(buffers.gathered(gathered), tls, buffers) else { return false }
                gathered = 0
            }
            let records = unsafe rest.count - rest.count % buffers.gathered.count
            if records > 0 {
                let whole = unsafe UnsafeBufferPointer(rebasing: rest[..<records])
                guard unsafe encrypt(whole, tls, buffers) else { return false }
                unsafe rest = UnsafeBufferPointer(rebasing: rest[records...])
            }
            unsafe rest = buffers.gather(rest, at: &gathered)
        }
        return unsafe encrypt(buffers.gathered(gathered), tls, buffers) && sendOutput(buffers)
    }

    /// Encrypts bytes, and sends before there is more than one system call usually takes; false, with `errno`, when
    /// the connection has failed.
    private func encrypt(
        _ bytes: UnsafeBufferPointer<UInt8>, _ tls: TLSSession, _ buffers: TLSBuffers
    ) -> Bool {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let step = unsafe rest.prefix(TLSBuffers.Bounds.output)
            guard unsafe tls.write(UnsafeBufferPointer(rebasing: step)) else {
                // Over because of what the peer sent.
                buffers.clearOutput()
                errno = EPROTO
                return false
            }
            unsafe rest = rest.dropFirst(step.count)
            guard buffers.outputCount < TLSBuffers.Bounds.output || sendOutput(buffers) else { return false }
        }
        return true
    }

    /// Sends what the session has written, behind what the peer has not taken yet; false, with `errno`, when the
    /// connection has failed.
    private func sendOutput(_ buffers: TLSBuffers) -> Bool {
        let count = buffers.outputCount
        guard count > 0 else { return true }
        defer { buffers.clearOutput() }
        var sent = 0
        if !isBlocked {
            sent = unsafe send(fd, buffers.output, count, POSIXSocket.noSignal)
            if sent == count { return true }
            guard sent >= 0 || POSIXSocket.wouldBlock(errno) else { return false }
        }
        unsafe keep(buffers.output, max(0, sent), count)
        return true
    }

    // MARK: Reading

    /// Decrypts what came and gives it to the handler; sends what the protocol itself has to answer.
    func takeEncrypted(_ ciphertext: UnsafeBufferPointer<UInt8>) {
        guard let tls else { return }
        let buffers = loop.tlsBuffers
        var rest = unsafe ciphertext
        // What comes behind the last message that this side sends is not read.
        while isOpen {
            let reading = unsafe tls.read(rest)
            unsafe rest = UnsafeBufferPointer(rebasing: rest[reading.taken...])
            guard sendAnswers(tls, buffers) else { return }
            if reading.count > 0 {
                unsafe take(UnsafeMutableBufferPointer(rebasing: buffers.plaintext[..<reading.count]))
            }
            switch reading.end {
            case .needsMore: return
            case .hasMore: continue
            case .closed: return peerClosed(tls, buffers)
            case .failed(let reason): return failedTLS(NetError("speak TLS", message: reason))
            }
        }
    }

    /// Sends parts of a handshake, tickets, alerts and key updates; false when the connection is over.
    private func sendAnswers(_ tls: TLSSession, _ buffers: TLSBuffers) -> Bool {
        let count = buffers.outputCount
        guard count > 0 else { return true }
        guard sendOutput(buffers) else {
            fail(NetError("send", errno: errno))
            return false
        }
        guard isBlocked else { return true }
        // A peer that makes this side answer and does not read the answers would fill the memory.
        tls.owedAnswers += count
        guard tls.owedAnswers <= Bounds.owedAnswers else {
            fail(NetError("speak TLS", message: "the peer does not read the answers that it asks for"))
            return false
        }
        return true
    }

    /// The peer says that nothing follows: it gets the same, and the connection ends as it does without TLS.
    private func peerClosed(_ tls: TLSSession, _ buffers: TLSBuffers) {
        guard state == .open else { return }
        tls.finish()
        _ = sendOutput(buffers)
        close(error: nil)
    }

    /// The alert has left; the peer gets time to read it. What it sends meanwhile is thrown away.
    private func failedTLS(_ error: NetError) {
        guard state == .open else { return }
        if isBlocked { fail(error) } else { finishWriting(error) }
    }

    // MARK: Closing

    /// Says that nothing follows what was written (RFC 8446 section 6.1); false, with `errno`, when the connection
    /// has failed.
    func sendCloseNotify() -> Bool {
        guard let tls else { return true }
        tls.finish()
        return sendOutput(loop.tlsBuffers)
    }
}
