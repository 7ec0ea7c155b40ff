internal import EngineWire

/// The cookie that tells a load balancer which node a session lives on: its value is the session's id.
///
/// It is for balancers alone. A server never reads it: who could choose the cookie could choose the session.
/// Attributes stand in the order of npm's `cookie` 0.7.
public struct SessionCookie: Sendable, Hashable {
    /// When browsers send the cookie with requests that another site caused. They take `none` from secure
    /// cookies only.
    public enum SameSite: String, Sendable, Hashable, CaseIterable {
        /// Never.
        case strict = "Strict"
        /// Only when the user follows a link.
        case lax = "Lax"
        /// Always.
        case none = "None"
    }

    /// Which cookies Chromium drops last when there are too many.
    public enum Priority: String, Sendable, Hashable, CaseIterable {
        /// Dropped first.
        case low = "Low"
        /// What cookies without a priority have.
        case medium = "Medium"
        /// Dropped last.
        case high = "High"
    }

    /// The cookie's name.
    public let name: String
    /// Whether sessions that begin over WebSocket get the cookie too. Node gives it to polling handshakes only.
    public var isSetOnWebSockets = false
    /// Everything behind the value.
    private let attributes: String

    /// `io`, for all paths, out of reach of scripts, not sent with requests from other sites, until the browser
    /// closes: the cookie of `cookie: true` on Node.
    public init() {
        name = "io"
        attributes = "; Path=/; HttpOnly; SameSite=Lax"
    }

    /// A cookie whose text is made here once.
    /// - Parameters:
    ///   - name: a token (RFC 9110 section 5.6.2).
    ///   - maxAge: rounded down to whole seconds; nil means until the browser closes.
    ///   - domain: nil means the host that answered, without its subdomains.
    ///   - path: nil means the path of the request.
    ///   - expires: seconds since 1970, for clients that do not know `maxAge`, which beats it.
    ///   - httpOnly: whether the cookie is out of reach of scripts.
    ///   - secure: whether browsers send it over TLS only.
    ///   - partitioned: whether a frame's cookie is kept apart for each site that it is embedded in.
    ///   - priority: nil leaves it to the browser.
    ///   - sameSite: nil leaves it to the browser.
    /// - Throws: `InvalidCookie` for what RFC 6265 section 4.1.1 does not allow.
    public init(
        name: String = "io", maxAge: Duration? = nil, domain: String? = nil, path: String? = "/",
        expires: Int? = nil, httpOnly: Bool = true, secure: Bool = false, partitioned: Bool = false,
        priority: Priority? = nil, sameSite: SameSite? = .lax
    ) throws(InvalidCookie) {
        guard !name.isEmpty, name.utf8.allSatisfy(ASCII.isToken) else {
            throw InvalidCookie("name", name, "letters, digits and !#$%&'*+-.^_`|~")
        }
        self.name = name
        var text = ""
        if let maxAge {
            let (seconds, attoseconds) = maxAge.components
            text += "; Max-Age=\(attoseconds < 0 && seconds > .min ? seconds - 1 : seconds)"
        }
        if let domain {
            guard Self.isDomain(domain) else { throw InvalidCookie("domain", domain, "a host name") }
            text += "; Domain=\(domain)"
        }
        if let path {
            guard path.utf8.allSatisfy(Self.isPathByte) else {
                throw InvalidCookie("path", path, "printable ASCII without ; and <")
            }
            if !path.isEmpty { text += "; Path=\(path)" }
        }
        if let expires {
            guard Self.expiries.contains(expires) else {
                throw InvalidCookie("expiry", String(expires), "in the years 1601 to 9999")
            }
            text += "; Expires=\(CivilTime(secondsSince1970: expires).httpText)"
        }
        if httpOnly { text += "; HttpOnly" }
        if secure { text += "; Secure" }
        if partitioned { text += "; Partitioned" }
        if let priority { text += "; Priority=\(priority.rawValue)" }
        if let sameSite { text += "; SameSite=\(sameSite.rawValue)" }
        attributes = text
    }

    /// The value of the `Set-Cookie` field, `value` escaped as by `encodeURIComponent`.
    public func field(value: String) -> String {
        var bytes = Array(name.utf8)
        bytes.append(UInt8(ascii: "="))
        for byte in value.utf8 { Self.appendEscaped(byte, to: &bytes) }
        bytes.append(contentsOf: attributes.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "!"), UInt8(ascii: "~"), UInt8(ascii: "*"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"):
            bytes.append(byte)
        default:
            func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
            bytes += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
        }
    }

    /// 1601, before which clients take no date (RFC 6265 section 5.1.1), to the last year of four digits.
    private static let expiries = -11_644_473_600...253_402_300_799

    private static func isPathByte(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: ";") && byte != UInt8(ascii: "<")
    }

    /// Labels of RFC 1123 section 2.1 between dots; one more dot in front, which clients ignore, is forgiven.
    private static func isDomain(_ text: String) -> Bool {
        let name = text.utf8.first == UInt8(ascii: ".") ? text.utf8.dropFirst() : text.utf8[...]
        return name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                && label.last != UInt8(ascii: "-")
                && label.allSatisfy {
                    ASCII.isDigit($0) || $0 == UInt8(ascii: "-")
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ASCII.lowercased($0))
                }
        }
    }
}

/// A cookie's name or attribute that would break the header field: whoever configured it has to change it.
public struct InvalidCookie: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what is allowed.
    public let description: String

    init(_ part: String, _ text: String, _ allowed: String) {
        description = "the cookie's \(part) has to be \(allowed), and is \(text.debugDescription)"
    }
}
