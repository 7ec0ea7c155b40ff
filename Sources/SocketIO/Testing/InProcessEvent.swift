/// An event that a client in this process got from the server.
public struct InProcessEvent: Sendable {
    /// What the server sent with it. Where the server has `SocketOptions.recovery`, a browser's handlers see one more
    /// text behind the arguments, the event's place; it is not among these.
    public let arguments: EventArguments
    private let client: InProcessClient
    private let ackID: Int?

    init(_ event: KeptEvent, of client: InProcessClient) {
        arguments = event.arguments
        ackID = event.ackID
        self.client = client
    }

    /// The event's name.
    public var name: String { arguments.name }

    /// Whether the server waits for an answer.
    public var wantsAnswer: Bool { ackID != nil }

    /// Answers the event, if the server waits for it. It takes the first answer.
    /// - Parameter values: the arguments of the answer.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func answer<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        let reply = try EncodedArguments(repeat each values)
        if let ackID { client.send(reply, as: ackID) }
    }
}

extension InProcessEvent: CustomStringConvertible {
    /// The event as JSON, e.g. `chat ["hello"]`.
    public var description: String {
        var json: [UInt8] = []
        arguments.append(to: &json)
        return "\(name) [\(String(decoding: json, as: UTF8.self))]"
    }
}
