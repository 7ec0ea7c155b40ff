/// What a client said when it connected, in the form in which servers tell each other.
public struct HandshakeRecord: Codable, Sendable, Hashable {
    /// Header fields; names in lower case.
    public var headers: [String: String]
    /// The items of the query.
    public var query: [String: String]
    /// The client's `auth` object.
    public var auth: JSONValue
    /// The client's numeric address.
    public var address: String
    /// Path and query of the request.
    public var url: String
    /// Whether the connection is encrypted up to the server.
    public var secure: Bool
    /// Whether a page of some origin made the request.
    public var xdomain: Bool
    /// When the client joined, in milliseconds since 1970.
    public var issued: Int
    /// When the client joined, in words as JavaScript has them.
    public var time: String

    /// Writes a handshake down.
    /// - Parameter handshake: of a socket of this server.
    public init(_ handshake: Handshake) {
        headers = [:]
        for (name, value) in handshake.request.allFields {
            headers[name.lowercased(), default: ""] +=
                headers[name.lowercased()] == nil ? value : ", " + value
        }
        query = [:]
        for (name, value) in handshake.request.queryItems where query[name] == nil { query[name] = value }
        auth = handshake.auth
        address = handshake.address
        url = handshake.url
        secure = handshake.isSecure
        xdomain = handshake.isCrossDomain
        issued = handshake.issued
        time = handshake.time
    }
}
