internal import Synchronization

/// Names a value that an application keeps with a socket, and its type:
///
/// ```swift
/// extension SocketKey where Value == String { static var userName: Self { Self("userName") } }
/// ```
/// ```swift
/// socket[.userName] = "Ada"
/// ```
///
/// Values are `Codable`, so that other servers of a cluster can read them too.
public struct SocketKey<Value: Codable & Sendable>: Sendable {
    /// What distinguishes the value from the socket's others.
    public let name: String

    /// Names a value.
    /// - Parameter name: distinguishes it from the socket's others.
    public init(_ name: String) { self.name = name }
}

extension Socket {
    /// A value that the application keeps with the socket; from any thread. It survives a recovered connection.
    /// - Parameter key: names the value and its type.
    public subscript<Value>(key: SocketKey<Value>) -> Value? {
        get { storage.withLock { $0[key.name] as? Value } }
        set { storage.withLock { $0[key.name] = newValue } }
    }
}
