import CTLS
internal import Foundation

/// A certificate made for a test, and its key.
@safe
package final class TestCertificate: @unchecked Sendable {
    // Proof of safety and sendability: both pointers are references that `init` owns and `deinit` gives back, and
    // nothing changes what they point to once `init` is over.
    private let certificate: OpaquePointer
    private let key: OpaquePointer

    package struct Failed: Error { package var call: String }

    /// Makes a key and a certificate for it.
    /// - Parameters:
    ///   - name: the common name of its subject.
    ///   - issuer: who signs it; itself unless given.
    ///   - isAuthority: whether it may sign others.
    package init(_ name: String, by issuer: TestCertificate? = nil, isAuthority: Bool = false) throws {
        unsafe key = try Self.makeKey()
        guard let made = unsafe X509_new() else { throw Failed(call: "X509_new") }
        unsafe certificate = made
        unsafe X509_set_version(made, 2)
        unsafe ASN1_INTEGER_set(X509_get_serialNumber(made), Int.random(in: 1...1_000_000_000))
        unsafe X509_gmtime_adj(X509_getm_notBefore(made), -3_600)
        unsafe X509_gmtime_adj(X509_getm_notAfter(made), 86_400)
        unsafe X509_set_pubkey(made, key)
        let subject = unsafe X509_get_subject_name(made)
        unsafe X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0)
        unsafe X509_set_issuer_name(
            made, issuer.map { unsafe X509_get_subject_name($0.certificate) } ?? subject)
        if isAuthority {
            let constraints = unsafe X509V3_EXT_conf_nid(nil, nil, NID_basic_constraints, "critical,CA:TRUE")
            unsafe X509_add_ext(made, constraints, -1)
            unsafe X509_EXTENSION_free(constraints)
        }
        guard unsafe X509_sign(made, issuer?.key ?? key, EVP_sha256()) > 0 else {
            throw Failed(call: "X509_sign")
        }
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    private static func makeKey() throws -> OpaquePointer {
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key
        else { throw Failed(call: "EVP_PKEY_generate") }
        return unsafe key
    }

    /// The certificate as PEM.
    package var pem: String { unsafe Self.text { unsafe PEM_write_bio_X509($0, certificate) } }

    /// The key as PEM, without a pass phrase unless one is given.
    package func keyPEM(passPhrase: String? = nil) -> String {
        unsafe Self.text { bio in
            guard let passPhrase else {
                return unsafe PEM_write_bio_PrivateKey(bio, key, nil, nil, 0, nil, nil)
            }
            return unsafe PEM_write_bio_PKCS8PrivateKey(
                bio, key, EVP_aes_128_cbc(), passPhrase, Int32(passPhrase.utf8.count), nil, nil)
        }
    }

    private static func text(_ write: (OpaquePointer?) -> Int32) -> String {
        let bio = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(bio) }
        _ = unsafe write(bio)
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe BIO_read(bio, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }

    /// Shows the certificate in the handshakes of a client.
    func install(in context: OpaquePointer) {
        unsafe SSL_CTX_use_certificate(context, certificate)
        unsafe SSL_CTX_use_PrivateKey(context, key)
    }

    /// Makes a client believe who shows a certificate that this one has signed.
    func makeTrusted(in context: OpaquePointer) {
        unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate)
    }
}

/// The files of a server's TLS, in a folder of their own that goes with the object.
package final class TestTLSFiles: Sendable {
    private let folder: URL
    package var chain: String { folder.appending(path: "chain.pem").path }
    package var key: String { folder.appending(path: "key.pem").path }
    package var authorities: String { folder.appending(path: "authorities.pem").path }

    /// Writes the files of a server that is called `name`, signed by itself.
    package init(_ name: String = "localhost") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try use(try TestCertificate(name))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Puts another certificate and its key in place.
    package func use(_ certificate: TestCertificate) throws {
        try write(certificate.pem, to: chain)
        try write(certificate.keyPEM(), to: key)
    }

    package func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    package func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
}
