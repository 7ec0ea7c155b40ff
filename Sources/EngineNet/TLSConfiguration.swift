/// What a server needs to speak TLS (RFC 8446, and RFC 5246 for version 1.2). Files are PEM.
///
/// ```swift
/// let tls = try TLSContext(TLSConfiguration(certificateChain: "chain.pem", privateKey: "key.pem"))
/// ```
///
/// What `HTTPServer.listen` is then given.
public struct TLSConfiguration: Sendable, Hashable {
    /// A version of the protocol.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    public enum Version: Sendable, Hashable, Comparable {
        /// RFC 5246, with ephemeral keys and authenticated encryption only.
        case v1_2
        /// RFC 8446.
        case v1_3
    }

    /// What clients have to show (mutual TLS, RFC 8446 section 4.3.2).
    public enum ClientCertificates: Sendable, Hashable {
        /// Clients are not asked.
        case none
        /// A client may come without a certificate; one that it shows must be good.
        case optional
        /// A client without a good certificate is refused in the handshake.
        case required
    }

    /// Path of the server's certificate, followed in the same file by those that lead to its authority.
    public var certificateChain: String
    /// Path of the private key of the server's certificate, without a pass phrase.
    public var privateKey: String
    /// The oldest version that is spoken.
    public var minimumVersion = Version.v1_2
    /// Whether clients are asked for certificates.
    public var clientCertificates = ClientCertificates.none
    /// Path of the certificates of the authorities that sign clients. Needed when clients are asked.
    public var clientAuthorities: String?

    /// Names the two files that every server needs.
    public init(certificateChain: String, privateKey: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}

/// A file of a `TLSConfiguration` that cannot be used: which, why, and what to do.
public struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file and its part, e.g. `the private key 'key.pem'`.
    public var file: String
    /// What is wrong, in the words of the system or of OpenSSL.
    public var problem: String
    /// What to do about it.
    public var advice: String

    package init(file: String, problem: String, advice: String) {
        self.file = file
        self.problem = problem
        self.advice = advice
    }

    public var description: String { "cannot use \(file): \(problem). \(advice)" }
}
