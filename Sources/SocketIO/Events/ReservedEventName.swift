/// An event that was not sent, because clients take its name for one of Socket.IO's own.
///
/// Names that come from clients or data are best sent with a prefix, or as an argument of an event.
public struct ReservedEventName: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name: `connect`, `connect_error`, `disconnect`, `disconnecting`, `newListener` or `removeListener`.
    public let name: String

    package init(name: String) { self.name = name }

    /// What happened, and what to do, in words.
    public var description: String {
        "the event was not sent: \"\(name)\" is a reserved name; choose another, or put a prefix before it"
    }

    /// - Throws: when the library itself sends events of this name.
    package static func check(_ name: String) throws(ReservedEventName) {
        switch name {
        case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
            throw ReservedEventName(name: name)
        default: break
        }
    }
}
