public import EngineIO
internal import EngineWire

/// What a client said when it connected.
public struct Handshake: Sendable {
    /// The request that opened the connection: header fields, query, path.
    public let request: HTTPRequest
    /// The client's numeric address, behind the proxies that are trusted.
    public let address: String
    /// Whether the connection is encrypted up to this server.
    public let isSecure: Bool
    /// When the client joined the namespace, in milliseconds since 1970.
    public let issued: Int
    let authObject: PacketObject

    /// When the client joined the namespace, in words as JavaScript has them, in UTC.
    public var time: String {
        CivilTime(secondsSince1970: issued / 1_000).dateText
    }
    /// Path and query of the request.
    public var url: String { request.target }
    /// Whether a page of some origin made the request.
    public var isCrossDomain: Bool { request.field("origin") != nil }

    /// The client's `auth` object; empty if it sent none.
    public var auth: JSONValue { authObject.value ?? [:] }

    /// The client's `auth` object as a value of a type.
    /// - Parameter type: what to make of it.
    /// - Throws: `DecodingError`.
    public func auth<Value: Decodable>(as type: Value.Type) throws -> Value {
        try authObject.decode(type)
    }
}

extension Socket {
    /// What the client said when it connected.
    public var handshake: Handshake {
        Handshake(
            request: session.request, address: session.address, isSecure: session.isSecure, issued: issued,
            authObject: auth)
    }

    /// The client's `auth` object; empty if it sent none.
    public var authentication: JSONValue { auth.value ?? [:] }

    /// A header field of the request that opened the connection.
    /// - Parameter name: in any case.
    public func header(_ name: StaticString) -> String? { session.request.field(name) }

    /// A query item of the request that opened the connection.
    /// - Parameter name: the item's name.
    public func query(_ name: String) -> String? { session.request.queryValue(name) }

    /// The client's numeric address, behind the proxies that are trusted.
    public var address: String { session.address }
}
