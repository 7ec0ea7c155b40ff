import SocketIO
import TestSupport

/// What the server asks, of clients and of itself.
extension ModelDriver {
    mutating func ask(_ client: Int, _ namespace: Int, _ number: Int) async {
        guard model.isActive(client, namespace), let sid = clients[client].sid(namespace),
            let socket = server.socket(sid)
        else { return }
        do {
            let answer = try await socket.emitWithAck("q", number)
            let said = try [answer.decode(Int.self), answer.decode(Int.self, at: 1)]
            if said != [client, number] {
                fault("client \(client) answers the question \(number) with \(said)")
            }
        } catch { fault("the question \(number) to client \(client) in \(name(namespace)): \(error)") }
        model.deliver(.question(number), to: [client], namespace)
        model.confirm(client)
    }

    mutating func ask(_ audience: ModelAudience, _ namespace: Int, _ number: Int) async {
        let asked = model.connected(audience, namespace)
        // Who does not read does not answer.
        guard asked.allSatisfy({ model.clients[$0] == .up }) else { return }
        let broadcast = server.namespaces[namespace].everyone
            .to(audience.rooms + audience.members.map(id(namespace)))
            .except(audience.exceptedRooms + audience.exceptedMembers.map(id(namespace)))
        do {
            let replies = try await broadcast.emitWithAck("q", number)
            let answered = try replies.map { try $0.arguments.decode(Int.self) }.sorted()
            if answered != asked { fault("question \(number): \(answered) answer, not \(asked)") }
        } catch { fault("the question \(number) to \(asked) in \(name(namespace)): \(error)") }
        model.deliver(.question(number), to: asked, namespace)
        for client in asked { model.confirm(client) }
    }

    mutating func fetch(_ namespace: Int, _ audience: ModelAudience) async {
        let broadcast = server.namespaces[namespace].everyone
            .to(audience.rooms + audience.members.map(id(namespace)))
            .except(audience.exceptedRooms + audience.exceptedMembers.map(id(namespace)))
        var found: [String: Set<String>] = [:]
        do {
            for socket in try await broadcast.fetchSockets() {
                found[socket.id] = socket.rooms.subtracting([socket.id])
            }
        } catch { fault("fetchSockets: \(error)") }
        for client in model.connected(audience, namespace) {
            guard let sid = clients[client].sid(namespace) else { continue }
            let (rooms, expected) = (found.removeValue(forKey: sid), model.members[client][namespace].rooms)
            guard rooms != expected else { continue }
            let was = rooms.map { "\($0.sorted())" } ?? "not there"
            fault("client \(client) in \(name(namespace)) is \(was), not in \(expected.sorted())")
        }
        if !found.isEmpty { fault("\(found.count) sockets too many in \(name(namespace))") }
    }
}
