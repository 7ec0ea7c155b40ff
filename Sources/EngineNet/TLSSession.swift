internal import CTLS

/// The TLS state of one connection, server side: ciphertext to plaintext and back, no socket.
///
/// Belongs to one loop at a time, whose buffers it uses; `attach` gives it to another.
@safe
package final class TLSSession: @unchecked Sendable {
    // Proof of safety and sendability: `ssl` is a reference that `init` owns and `deinit` gives back. All calls are
    // made on the loop of the connection that holds the session; between two loops it is held by the closure that
    // carries it, and by nobody else.

    /// What became of received bytes.
    struct Reading {
        /// Bytes of the ciphertext that were taken.
        var taken = 0
        /// Bytes of plaintext, which stand in the loop's buffer.
        var count = 0
        var end = End.needsMore
    }

    enum End {
        /// All was taken.
        case needsMore
        /// The buffer is full: call again with what was not taken.
        case hasMore
        /// The peer has said that nothing follows (RFC 8446 section 6.1).
        case closed
        /// The peer does not speak TLS as it should, or is not whom it must be; an alert stands in the output.
        case failed(String)
    }

    private let ssl: OpaquePointer
    private var buffers: TLSBuffers?
    /// Whether nothing can be read or written any more.
    private var isOver = false
    /// Whether both sides have agreed on keys, and the peer is whom it must be.
    private(set) var isHandshakeDone = false
    /// Bytes of answers to the peer's own messages (key updates, refusals to renegotiate) that it has not taken.
    var owedAnswers = 0

    init(_ credentials: TLSCredentials) {
        guard let made = unsafe SSL_new(credentials.pointer) else {
            preconditionFailure("OpenSSL has memory")
        }
        unsafe ssl = made
        unsafe SSL_set_accept_state(ssl)
    }

    deinit { unsafe SSL_free(ssl) }

    /// Makes the session one of `loop`. Call there.
    func attach(to loop: EventLoop) {
        let buffers = loop.tlsBuffers
        // One reference each for reading and writing; what was set before loses its own.
        unsafe BIO_up_ref(buffers.bio)
        unsafe SSL_set0_rbio(ssl, buffers.bio)
        unsafe BIO_up_ref(buffers.bio)
        unsafe SSL_set0_wbio(ssl, buffers.bio)
        self.buffers = buffers
    }

    // MARK: Reading and writing

    /// Decrypts what the peer sent into the loop's buffer. What the peer has to be told stands in the output.
    func read(_ ciphertext: UnsafeBufferPointer<UInt8>) -> Reading {
        guard let buffers, !isOver else { return Reading(taken: ciphertext.count) }
        var count = 0
        let (taken, end) = unsafe buffers.reading(ciphertext) { read(buffers, &count) }
        return Reading(taken: taken, count: count, end: end)
    }

    private func read(_ buffers: TLSBuffers, _ count: inout Int) -> End {
        ERR_clear_error()
        let room = unsafe buffers.plaintext
        while count < room.count {
            var step = 0
            let start = unsafe room.baseAddress.map { unsafe $0 + count }
            let status = unsafe SSL_read_ex(ssl, start, room.count - count, &step)
            if !isHandshakeDone, unsafe SSL_is_init_finished(ssl) == 1 { isHandshakeDone = true }
            guard status == 1 else { return unsafe ended(SSL_get_error(ssl, status), buffers) }
            count += step
            // Asking again only to hear that there is nothing would cost a record buffer.
            if buffers.isInputTaken, unsafe SSL_has_pending(ssl) == 0 { return .needsMore }
        }
        return .hasMore
    }

    private func ended(_ error: Int32, _ buffers: TLSBuffers) -> End {
        switch error {
        case SSL_ERROR_WANT_READ: return .needsMore
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            isOver = true
            // The last reason is the protocol's; those before it say what went wrong inside.
            let code = ERR_peek_last_error()
            ERR_clear_error()
            if ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST, !isHandshakeDone {
                buffers.append(Self.answerToPlainHTTP)
            }
            return .failed(TLSCredentials.reason(code))
        }
    }

    /// Encrypts into the output; false when that is not possible any more.
    func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !isOver, !bytes.isEmpty else { return !isOver }
        ERR_clear_error()
        var written = 0
        if unsafe SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &written) == 1 { return true }
        // The output takes everything, so either keys are used up or the peer stopped in the middle of a handshake
        // message (RFC 8446 section 5.1 lets it be cut, but it must go on). Neither can be waited for here.
        isOver = true
        ERR_clear_error()
        return false
    }

    /// Puts into the output that nothing follows.
    func finish() {
        guard !isOver, isHandshakeDone else { return }
        isOver = true
        ERR_clear_error()
        unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    // MARK: What was agreed

    /// The version; nil before the handshake is done.
    var version: TLSConfiguration.Version? {
        guard isHandshakeDone else { return nil }
        return unsafe SSL_version(ssl) == TLS1_3_VERSION ? .v1_3 : .v1_2
    }

    /// The subject of the peer's certificate (RFC 2253, e.g. `CN=trader,O=Desk`); nil if it showed none.
    var peerSubject: String? {
        guard isHandshakeDone, let certificate = unsafe SSL_get0_peer_certificate(ssl),
            unsafe SSL_get_verify_result(ssl) == Int(X509_V_OK),
            let text = unsafe BIO_new(BIO_s_mem())
        else { return nil }
        defer { unsafe BIO_free(text) }
        unsafe X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, CTLS_NAME_FLAGS)
        var bytes = [UInt8](repeating: 0, count: max(0, unsafe BIO_ctrl(text, BIO_CTRL_PENDING, 0, nil)))
        let count = unsafe BIO_read(text, &bytes, Int32(bytes.count))
        ERR_clear_error()
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }

    private static let answerToPlainHTTP: String = {
        let text = "This port speaks HTTPS: use https:// or wss://.\n"
        return "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)"
    }()
}
