import Foundation
import SocketIO
import Synchronization
import TestSupport

/// The server's side of a script: handlers that do what plans say, and who is connected.
final class ModelServer: Sendable {
    private struct State {
        var sockets: [String: Socket] = [:]
        var faults: [String] = []
    }

    let server: SocketServer
    let namespaces: [Namespace]
    private let state = Mutex(State())

    init(_ server: SocketServer, namespaces names: [String]) {
        self.server = server
        namespaces = names.map { server.of($0) }
        for namespace in namespaces {
            namespace.onConnection { [weak self] in self?.connected($0) }
        }
    }

    var faults: [String] { state.withLock { $0.faults } }

    /// The connected socket of an id.
    func socket(_ id: String) -> Socket? { state.withLock { $0.sockets[id] } }

    private func connected(_ socket: Socket) {
        let old = state.withLock { $0.sockets.updateValue(socket, forKey: socket.id) }
        if old != nil { fault("\(socket.id) is connected twice") }
        socket.onDisconnect { [weak self, weak socket] _ in
            self?.state.withLock { state in
                guard let socket, state.sockets[socket.id] === socket else { return }
                state.sockets[socket.id] = nil
            }
        }
        socket.on("do") { [weak self, unowned socket] event in
            do {
                for step in try event.arguments.decode([ModelPlan.Step].self) {
                    try Self.perform(step, socket, event.arguments)
                }
                try event.ack?.send(socket.rooms.subtracting([socket.id]).sorted())
            } catch { self?.fault("a handler failed: \(error)") }
        }
    }

    private func fault(_ text: String) { state.withLock { $0.faults.append(text) } }

    private static func perform(_ step: ModelPlan.Step, _ socket: Socket, _ arguments: EventArguments) throws
    {
        let namespace = socket.namespace
        let chosen = namespace.everyone.to(step.to).except(step.except)
        let attachment = step.attachment.map { Data(arguments.attachments[$0]) }
        switch step.kind {
        case .emit: try emit(step, attachment, chosen)
        case .emitToOthers: try emit(step, attachment, socket.broadcast.to(step.to).except(step.except))
        case .reply:
            if let attachment {
                try socket.emit("e", step.sender, step.number, step.text, attachment)
            } else {
                try socket.emit("e", step.sender, step.number, step.text)
            }
        case .join: socket.join(step.rooms)
        case .leave: socket.leave(step.rooms)
        case .socketsJoin: chosen.socketsJoin(step.rooms)
        case .socketsLeave: chosen.socketsLeave(step.rooms)
        case .disconnect: chosen.disconnectSockets(close: step.close)
        }
    }

    private static func emit(_ step: ModelPlan.Step, _ attachment: Data?, _ broadcast: Broadcast) throws {
        if let attachment {
            try broadcast.emit("e", step.sender, step.number, step.text, attachment)
        } else {
            try broadcast.emit("e", step.sender, step.number, step.text)
        }
    }

    // MARK: From threads that are no loops

    /// Performs an action of the server's own.
    func perform(_ action: ModelAction, _ namespace: Int, id: (Int) -> String) throws {
        let plan = ModelPlan([action], id: id)
        for step in plan.steps {
            let chosen = namespaces[namespace].everyone.to(step.to).except(step.except)
            switch step.kind {
            case .emit:
                let attachment = step.attachment.map { Data(plan.attachments[$0]) }
                try Self.emit(step, attachment, chosen)
            case .socketsJoin: chosen.socketsJoin(step.rooms)
            case .socketsLeave: chosen.socketsLeave(step.rooms)
            case .disconnect: chosen.disconnectSockets(close: step.close)
            case .emitToOthers, .reply, .join, .leave: preconditionFailure("an action of a client")
            }
        }
    }

    /// Sends much to a room that has no members.
    func flood(_ bulk: [UInt8], _ namespace: Int) throws {
        try namespaces[namespace].to("nobody").emit("e", Data(bulk))
    }

    /// Sends an event to one socket.
    func emit(_ stamp: ModelStamp, to id: String) throws {
        guard let socket = socket(id) else { return fault("\(id) is not connected for \(stamp)") }
        let payload = ModelPayload(stamp)
        if let attachment = payload.attachment {
            try socket.emit("e", stamp.sender, stamp.number, payload.text, Data(attachment))
        } else {
            try socket.emit("e", stamp.sender, stamp.number, payload.text)
        }
    }

    /// Waits until every loop has done what it was told before, and what follows from it.
    func settle() async {
        for _ in 0..<2 { _ = await namespaces[0].socketCount() }
    }
}
