import Foundation
import SocketIO
import TestSupport

/// What a client asks its handler to do: actions with the names of rooms and sockets as the server knows them.
struct ModelPlan: Sendable {
    struct Step: Codable, Sendable {
        enum Kind: String, Codable {
            case emit, emitToOthers, reply, join, leave, socketsJoin, socketsLeave, disconnect
        }

        var kind: Kind
        var sender = 0
        var number = 0
        var text = ""
        /// Which of the attachments the event carries.
        var attachment: Int?
        var to: [String] = []
        var except: [String] = []
        var rooms: [String] = []
        var close = false
    }

    private(set) var steps: [Step] = []
    private(set) var attachments: [[UInt8]] = []

    /// - Parameter id: a client's socket id; an unknown one is no room's name.
    init(_ actions: [ModelAction], id: (Int) -> String) {
        for action in actions {
            switch action {
            case .emit(let stamp, let audience): append(.emit, stamp, audience, id)
            case .emitToOthers(let stamp, let audience): append(.emitToOthers, stamp, audience, id)
            case .reply(let stamp): append(.reply, stamp, ModelAudience(), id)
            case .join(let rooms): steps.append(Step(kind: .join, rooms: rooms))
            case .leave(let rooms): steps.append(Step(kind: .leave, rooms: rooms))
            case .socketsJoin(let rooms, let audience):
                append(Step(kind: .socketsJoin, rooms: rooms), audience, id)
            case .socketsLeave(let rooms, let audience):
                append(Step(kind: .socketsLeave, rooms: rooms), audience, id)
            case .disconnect(let audience, let close):
                append(Step(kind: .disconnect, close: close), audience, id)
            }
        }
    }

    private mutating func append(_ step: Step, _ audience: ModelAudience, _ id: (Int) -> String) {
        var step = step
        step.to = audience.rooms + audience.members.map(id)
        step.except = audience.exceptedRooms + audience.exceptedMembers.map(id)
        steps.append(step)
    }

    private mutating func append(
        _ kind: Step.Kind, _ stamp: ModelStamp, _ audience: ModelAudience, _ id: (Int) -> String
    ) {
        let payload = ModelPayload(stamp)
        var step = Step(kind: kind, sender: stamp.sender, number: stamp.number, text: payload.text)
        if let attachment = payload.attachment {
            step.attachment = attachments.count
            attachments.append(attachment)
        }
        append(step, audience, id)
    }

    /// The event `do` as the client sends it: the steps, then the attachments.
    func packets(_ prefix: String, ack: Int) -> [TestMessage] {
        let json = (try? JSONEncoder().encode(steps)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
        let places = attachments.indices.map { ",{\"_placeholder\":true,\"num\":\($0)}" }.joined()
        let head = attachments.isEmpty ? "42" : "45\(attachments.count)-"
        return [.text("\(head)\(prefix)\(ack)[\"do\",\(json)\(places)]")] + attachments.map { .binary($0) }
    }
}
