internal import EngineWire

/// An event from a client: its name, its arguments, and the way to answer it.
public struct Event: Sendable {
    public let arguments: EventArguments
    /// Answers the client's callback; nil when the client passed none.
    public let ack: Ack?

    /// The event's name.
    public var name: String { arguments.name }
}

/// A client's callback for one event. It is called at most once: answers after the first are ignored.
public final class Ack: @unchecked Sendable {
    // Proof of sendability: `isSent` is touched on the socket's loop only.

    private let socket: Socket
    private let id: Int
    private var isSent = false

    init(_ socket: Socket, id: Int) {
        self.socket = socket
        self.id = id
    }

    /// Answers with values. From any thread.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        send(try EncodedArguments(repeat each values))
    }

    private func send(_ arguments: EncodedArguments) {
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&isSent, with: true) else { return }
        socket.acknowledge(id, arguments.attachments) { $0.append(contentsOf: arguments.json) }
    }

    /// Answers with arguments as they came. From any thread.
    public func send(_ arguments: EventArguments) {
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&isSent, with: true) else { return }
        socket.acknowledge(id, arguments.attachments) { arguments.append(to: &$0) }
    }
}

/// What runs for an event.
enum EventHandler: Sendable {
    case sync(@Sendable (Event) throws -> Void)
    case async(@Sendable (Event) async throws -> Void)
}

/// The handlers of one socket, found by the bytes of an event's name: no text is made for a look-up.
struct HandlerTable {
    private struct Entry {
        var quotedName: [UInt8]
        var handler: EventHandler
    }

    private var entries: [Entry] = []

    /// Sets the handler of a name. A second one for the same name runs after the first.
    mutating func add(_ name: String, _ handler: EventHandler) {
        entries.append(Entry(quotedName: Self.quoted(name), handler: handler))
    }

    mutating func removeAll(_ name: String) {
        let quotedName = Self.quoted(name)
        entries.removeAll { $0.quotedName == quotedName }
    }

    mutating func removeAll() { entries = [] }

    /// Calls `body` with each handler of the event, in the order in which they were added.
    @inline(__always)
    func forEach(_ arguments: EventArguments, _ body: (EventHandler) -> Void) {
        if arguments.hasEscapedName {
            let quotedName = Self.quoted(arguments.name)
            for entry in entries where entry.quotedName == quotedName { body(entry.handler) }
        } else {
            for entry in entries where arguments.isNamed(entry.quotedName) { body(entry.handler) }
        }
    }

    private static func quoted(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONWriter.appendString(name, to: &bytes)
        return bytes
    }
}
