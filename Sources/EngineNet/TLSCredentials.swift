internal import CTLS

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A configuration that has been read: certificate, key, authorities and rules, as OpenSSL keeps them.
///
/// Immutable; sessions made from it keep it alive.
@safe
final class TLSCredentials: @unchecked Sendable {
    // Proof of safety and sendability: `pointer` is a reference that `init` owns and `deinit` gives back. After
    // `init` nothing changes the SSL_CTX but OpenSSL, which counts references and locks by itself.
    let pointer: OpaquePointer

    /// ECDHE with authenticated encryption: what RFC 9325 section 4.2 recommends for TLS 1.2.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    init(_ configuration: TLSConfiguration) throws(TLSError) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw TLSError(
                file: "OpenSSL", problem: Self.reason(), advice: "Check OpenSSL's own configuration file.")
        }
        unsafe pointer = context
        setRules(configuration)
        try loadCertificate(configuration)
        try loadKey(configuration)
        try loadAuthorities(configuration)
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    private func setRules(_ configuration: TLSConfiguration) {
        let oldest = configuration.minimumVersion == .v1_2 ? TLS1_2_VERSION : TLS1_3_VERSION
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(oldest), nil)
        unsafe SSL_CTX_set_options(
            pointer,
            CTLS_OP_NO_COMPRESSION | CTLS_OP_NO_RENEGOTIATION | CTLS_OP_CIPHER_SERVER_PREFERENCE
                | CTLS_OP_PRIORITIZE_CHACHA)
        // Idle connections keep no record buffers; a record that was not sent may move, because the log does.
        let mode = Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, mode, nil)
        // Sessions are resumed by ticket: a table would be a lock that all loops share, and grow with clients.
        unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        // OpenSSL refuses to resume sessions with a client's certificate unless it is told where they belong.
        let id = Array("maxserver".utf8)
        unsafe SSL_CTX_set_session_id_context(pointer, id, UInt32(id.count))
        unsafe SSL_CTX_set_cipher_list(pointer, Self.ciphers)
        unsafe SSL_CTX_set_alpn_select_cb(pointer, selectProtocol, nil)
        // Without this OpenSSL would ask for the pass phrase on the terminal.
        unsafe SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in 0 }
    }

    // MARK: Files

    private func loadCertificate(_ configuration: TLSConfiguration) throws(TLSError) {
        let path = configuration.certificateChain
        let file = "the certificate chain '\(path)'"
        try Self.checkReadable(path, file)
        guard unsafe SSL_CTX_use_certificate_chain_file(pointer, path) == 1 else {
            throw TLSError(
                file: file, problem: Self.reason(),
                advice:
                    "It must be PEM: the server's certificate first (-----BEGIN CERTIFICATE-----), then its issuers'."
            )
        }
    }

    private func loadKey(_ configuration: TLSConfiguration) throws(TLSError) {
        let path = configuration.privateKey
        let file = "the private key '\(path)'"
        try Self.checkReadable(path, file)
        let isLoaded = unsafe SSL_CTX_use_PrivateKey_file(pointer, path, SSL_FILETYPE_PEM) == 1
        if isLoaded, unsafe SSL_CTX_check_private_key(pointer) == 1 { return }
        let code = ERR_peek_error()
        // A key that was read but not taken is of another certificate.
        if isLoaded || ERR_GET_LIB(code) == ERR_LIB_X509 {
            throw TLSError(
                file: file, problem: "it does not match the certificate (\(Self.reason()))",
                advice:
                    "Give the key that the first certificate in '\(configuration.certificateChain)' was made for."
            )
        }
        throw TLSError(
            file: file, problem: Self.reason(),
            advice: "It must be a PEM key (-----BEGIN PRIVATE KEY-----) without a pass phrase.")
    }

    private func loadAuthorities(_ configuration: TLSConfiguration) throws(TLSError) {
        guard configuration.clientCertificates != .none else { return }
        guard let path = configuration.clientAuthorities else {
            throw TLSError(
                file: "the client authorities", problem: "no file is given",
                advice: "Name the file with the certificates of those who sign the clients' certificates.")
        }
        let file = "the client authorities '\(path)'"
        try Self.checkReadable(path, file)
        guard let names = unsafe SSL_load_client_CA_file(path),
            unsafe SSL_CTX_load_verify_locations(pointer, path, nil) == 1
        else {
            throw TLSError(
                file: file, problem: Self.reason(),
                advice: "It must hold certificates in PEM (-----BEGIN CERTIFICATE-----).")
        }
        // Tells clients which of their certificates to show. Takes over the list.
        unsafe SSL_CTX_set_client_CA_list(pointer, names)
        let isRequired = configuration.clientCertificates == .required
        unsafe SSL_CTX_set_verify(
            pointer, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
    }

    /// The system's reason is clearer than OpenSSL's when a file is not there.
    private static func checkReadable(_ path: String, _ file: String) throws(TLSError) {
        let fd = unsafe open(path, O_RDONLY)
        guard fd >= 0 else {
            throw TLSError(
                file: file, problem: NetError("open", errno: errno).message,
                advice: "Check the path, and that the server's user may read the file.")
        }
        closeDescriptor(fd)
    }

    /// OpenSSL's first reason for what failed last on this thread; forgets the others.
    private static func reason() -> String {
        defer { ERR_clear_error() }
        return reason(ERR_peek_error())
    }

    /// What an error of OpenSSL means, in its words.
    static func reason(_ code: UInt) -> String {
        guard let text = unsafe ERR_reason_error_string(code) else { return "no reason is known" }
        return unsafe String(cString: text)
    }
}

/// Application-layer protocol negotiation (RFC 7301): the server speaks `http/1.1`. A client that names other
/// protocols only is refused with `no_application_protocol`; one that names none is taken to mean this one.
private func selectProtocol(
    _: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ count: UInt32,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    let names = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
    var start = names.startIndex
    while start < names.endIndex {
        let end = unsafe start + 1 + Int(names[start])
        guard end <= names.endIndex else { break }
        if unsafe names[(start + 1)..<end].elementsEqual("http/1.1".utf8) {
            // OpenSSL copies the name before it lets go of what the client sent.
            unsafe selected?.pointee = unsafe names.baseAddress.map { unsafe $0 + start + 1 }
            unsafe selectedCount?.pointee = UInt8(end - start - 1)
            return SSL_TLSEXT_ERR_OK
        }
        start = end
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
