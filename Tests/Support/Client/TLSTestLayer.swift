internal import CTLS

/// What a test's client says in its TLS handshake.
package struct TLSTestSettings: Sendable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    package enum Version: Sendable {
        case v1_1
        case v1_2
        case v1_3

        var number: Int32 {
            switch self {
            case .v1_1: TLS1_1_VERSION
            case .v1_2: TLS1_2_VERSION
            case .v1_3: TLS1_3_VERSION
            }
        }
    }

    /// The only version that the client speaks; 1.2 and 1.3 unless given.
    package var version: Version?
    /// What it offers by ALPN; nothing unless given.
    package var protocols: [String] = []
    /// What it shows to a server that asks.
    package var certificate: TestCertificate?
    /// A session of an earlier connection, to be resumed.
    package var session: TLSTestSession?
    /// Whom it believes; everybody unless given.
    package var authority: TestCertificate?

    package init() {}

    package init(_ change: (inout Self) -> Void) { change(&self) }

    /// What the test clients of this task connect with; nil for connections without TLS.
    @TaskLocal package static var current: TLSTestSettings?
}

/// TLS, client side, without a socket: for a test that sends and receives the bytes itself.
@safe
package final class TLSTestLayer: @unchecked Sendable {
    // Proof of safety and sendability: the pointers are references that `init` owns and `deinit` gives back (the BIOs
    // go with `ssl`). The one connection that uses the object does so under its lock.

    /// The handshake or a record failed.
    package struct Failed: Error, Equatable, CustomStringConvertible {
        /// OpenSSL's reason; the server's alert is named in it.
        package var description: String

        package init(_ description: String) { self.description = description }
    }

    /// The header of a record that was received.
    package struct Record: Sendable, Equatable {
        /// 20 change cipher spec, 21 alert, 22 handshake, 23 application data (and all that is encrypted in 1.3).
        package var type: UInt8
        package var count: Int
    }

    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private var unparsed: [UInt8] = []

    /// All records that came, in their order.
    package private(set) var records: [Record] = []
    /// Whether the server has said that nothing follows.
    package private(set) var isClosed = false
    package private(set) var isHandshakeDone = false

    package init(_ settings: TLSTestSettings = TLSTestSettings()) throws {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()),
            let ssl = unsafe Self.make(context, settings),
            let incoming = unsafe BIO_new(BIO_s_mem()), let outgoing = unsafe BIO_new(BIO_s_mem())
        else { throw Failed("OpenSSL makes no client") }
        unsafe (self.context, self.ssl, self.incoming, self.outgoing) = (context, ssl, incoming, outgoing)
        // The end of the buffer is not the end of the stream.
        unsafe BIO_ctrl(incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nil)
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        unsafe SSL_set_connect_state(ssl)
        unsafe settings.session?.resume(in: ssl)
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
    }

    private static func make(_ context: OpaquePointer, _ settings: TLSTestSettings) -> OpaquePointer? {
        if let version = settings.version {
            unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version.number), nil)
            unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version.number), nil)
            // Old versions need ciphers that are off by default.
            if version == .v1_1 { unsafe SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") }
        }
        if !settings.protocols.isEmpty {
            let names = settings.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            unsafe SSL_CTX_set_alpn_protos(context, names, UInt32(names.count))
        }
        unsafe settings.certificate?.install(in: context)
        if let authority = settings.authority {
            unsafe authority.makeTrusted(in: context)
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        }
        return unsafe SSL_new(context)
    }

    // MARK: Bytes

    /// Takes what came from the server.
    package func receive(_ ciphertext: some Sequence<UInt8>) {
        let bytes = Array(ciphertext)
        unsafe BIO_write(incoming, bytes, Int32(bytes.count))
        unparsed += bytes
        while unparsed.count >= 5 {
            let count = Int(unparsed[3]) << 8 | Int(unparsed[4])
            guard unparsed.count >= 5 + count else { break }
            records.append(Record(type: unparsed[0], count: count))
            unparsed.removeFirst(5 + count)
        }
    }

    /// What has to be sent to the server.
    package func takeOutput() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl(outgoing, BIO_CTRL_PENDING, 0, nil))
        unsafe BIO_read(outgoing, &bytes, Int32(bytes.count))
        return bytes
    }

    /// Goes on with the handshake as far as the bytes reach.
    package func handshake() throws {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(ssl)
        if status == 1 { isHandshakeDone = true } else { try check(status) }
    }

    package func encrypt(_ plaintext: [UInt8]) throws -> [UInt8] {
        ERR_clear_error()
        var written = 0
        let status = unsafe SSL_write_ex(ssl, plaintext, plaintext.count, &written)
        if status != 1 { try check(status) }
        return takeOutput()
    }

    /// All that can be decrypted of what came.
    package func decrypt() throws -> [UInt8] {
        ERR_clear_error()
        var plaintext: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var count = 0
            let status = unsafe SSL_read_ex(ssl, &buffer, buffer.count, &count)
            guard status == 1 else {
                try check(status)
                return plaintext
            }
            plaintext += buffer[..<count]
        }
    }

    /// Says that nothing follows.
    package func close() -> [UInt8] {
        unsafe SSL_shutdown(ssl)
        return takeOutput()
    }

    /// Asks for new keys (RFC 8446 section 4.6.3), and the server to renew its own.
    package func updateKeys() throws -> [UInt8] {
        unsafe SSL_key_update(ssl, Int32(SSL_KEY_UPDATE_REQUESTED))
        try handshake()
        return takeOutput()
    }

    /// Asks for a new handshake, as TLS 1.2 allows.
    package func renegotiate() throws -> [UInt8] {
        unsafe SSL_renegotiate(ssl)
        try handshake()
        return takeOutput()
    }

    private func check(_ status: Int32) throws {
        switch unsafe SSL_get_error(ssl, status) {
        case SSL_ERROR_WANT_READ: return
        case SSL_ERROR_ZERO_RETURN: isClosed = true
        default:
            let text = unsafe ERR_reason_error_string(ERR_get_error())
            throw Failed(unsafe text.map { unsafe String(cString: $0) } ?? "no reason")
        }
    }

    // MARK: What was agreed

    package var version: TLSTestSettings.Version? {
        switch unsafe SSL_version(ssl) {
        case TLS1_1_VERSION: .v1_1
        case TLS1_2_VERSION: .v1_2
        case TLS1_3_VERSION: .v1_3
        default: nil
        }
    }

    /// The protocol that the server chose by ALPN; empty if none.
    package var chosenProtocol: String {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &count)
        return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The name of the cipher suite, e.g. `TLS_AES_256_GCM_SHA384`.
    package var cipher: String {
        unsafe String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)))
    }

    /// The subject of the certificate that the server showed, e.g. `/CN=localhost`.
    package var serverSubject: String {
        guard let certificate = unsafe SSL_get0_peer_certificate(ssl) else { return "" }
        var text = [CChar](repeating: 0, count: 256)
        unsafe X509_NAME_oneline(X509_get_subject_name(certificate), &text, 256)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The session, once its ticket has come: in TLS 1.3 that is behind the handshake.
    package var session: TLSTestSession? { unsafe SSL_get1_session(ssl).map { unsafe TLSTestSession($0) } }

    /// Whether the session was resumed from an earlier one.
    package var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }
}

/// What a client keeps of a connection, to begin the next one with.
@safe
package final class TLSTestSession: @unchecked Sendable {
    // Proof of safety and sendability: `session` is a reference that the object owns and `deinit` gives back; OpenSSL
    // counts the others by itself.
    private let session: OpaquePointer

    fileprivate init(_ session: OpaquePointer) { unsafe self.session = session }

    deinit { unsafe SSL_SESSION_free(session) }

    fileprivate func resume(in ssl: OpaquePointer) { unsafe SSL_set_session(ssl, session) }
}
