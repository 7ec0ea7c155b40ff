extension DebugLog {
    /// What a line is about, named as in Node's `DEBUG` where it has the name.
    public struct Scope: Sendable, Hashable, CaseIterable, CustomStringConvertible {
        /// The scope's bit in a log's mask.
        @usableFromInline let bit: UInt32
        /// The name that patterns match, and that stands in a line, e.g. `engine:socket`.
        public let name: String

        @inlinable
        init(_ place: UInt32, _ name: String) {
            bit = 1 << place
            self.name = name
        }

        public var description: String { name }

        /// Requests, handshakes and refusals.
        @inlinable public static var engine: Scope { Scope(0, "engine") }
        /// Sessions: packets, heartbeat, upgrade, end.
        @inlinable public static var engineSocket: Scope { Scope(1, "engine:socket") }
        /// Long-polling alone.
        @inlinable public static var enginePolling: Scope { Scope(3, "engine:polling") }
        /// WebSockets alone.
        @inlinable public static var engineWebSocket: Scope { Scope(4, "engine:ws") }
        /// Connections and requests that break HTTP.
        @inlinable public static var engineHTTP: Scope { Scope(5, "engine:http") }
        /// TLS.
        @inlinable public static var engineTLS: Scope { Scope(6, "engine:tls") }

        /// The Socket.IO server as a whole.
        @inlinable public static var ioServer: Scope { Scope(16, "socket.io:server") }
        /// Clients of Socket.IO, each with all its sockets.
        @inlinable public static var ioClient: Scope { Scope(17, "socket.io:client") }
        /// Namespaces of Socket.IO.
        @inlinable public static var ioNamespace: Scope { Scope(18, "socket.io:namespace") }
        /// Sockets of Socket.IO.
        @inlinable public static var ioSocket: Scope { Scope(19, "socket.io:socket") }

        /// All scopes.
        public static let allCases: [Scope] = [
            engine, engineSocket, enginePolling, engineWebSocket, engineHTTP, engineTLS,
            ioServer, ioClient, ioNamespace, ioSocket,
        ]
    }
}
