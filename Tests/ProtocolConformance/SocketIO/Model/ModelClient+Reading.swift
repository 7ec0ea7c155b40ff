import Synchronization
import TestSupport

/// What a client does with what it gets.
extension ModelClient {
    func read(_ line: Line) async {
        var isOpen = true
        while isOpen {
            do {
                for packet in try await line.connection.receive() {
                    await line.stall.withLock { $0 }?.pass()
                    if packet == "1" { isOpen = false } else { try take(packet, line) }
                }
            } catch let error as ModelPacket.Unreadable {
                fault("unreadable: \(error.text.prefix(200))")
                isOpen = false
            } catch {
                isOpen = false
            }
        }
        line.connection.readerEnded()
        // Nobody answers any more.
        let acks = state.withLock { state in
            guard state.line === line else { return [PendingAck]() }
            defer { state.acks = [:] }
            return Array(state.acks.values)
        }
        for ack in acks { ack.completion(nil) }
        line.ended.open()
    }

    /// Takes a packet, unless the client has lost the connection that it came over.
    private func take(_ message: TestMessage, _ line: Line) throws {
        if message == "2" { return post(["3"]) }
        let finish: (() -> Void)? = try state.withLock { state in
            guard state.line === line else { return nil }
            switch message {
            case .text(let text):
                let packet = try ModelPacket(text)
                if state.partial != nil { state.faults.append("a packet among attachments: \(text)") }
                guard packet.attachments == 0 else {
                    state.partial = (packet, [])
                    return nil
                }
                return handle(packet, [], &state)
            case .binary(let bytes):
                guard var partial = state.partial else {
                    state.faults.append("an attachment without a packet")
                    return nil
                }
                partial.attachments.append(bytes)
                let isWhole = partial.attachments.count == partial.packet.attachments
                state.partial = isWhole ? nil : partial
                return isWhole ? handle(partial.packet, partial.attachments, &state) : nil
            }
        }
        finish?()
    }

    /// - Returns: what is to be done outside the lock.
    private func handle(_ packet: ModelPacket, _ attachments: [[UInt8]], _ state: inout State) -> (
        () -> Void
    )? {
        guard let namespace = names.firstIndex(of: packet.namespace) else {
            state.faults.append("unknown namespace \(packet.namespace)")
            return nil
        }
        switch packet.type {
        case "0": connected(packet, namespace, &state)
        case "1":
            note(.disconnected, namespace, &state)
            let lost = state.acks.filter { $0.value.namespace == namespace }
            for id in lost.keys { state.acks[id] = nil }
            return { for ack in lost.values { ack.completion(nil) } }
        case "2", "5":
            let elements = packet.elements
            if elements.first == "\"q\"", elements.count == 2, let number = Int(elements[1]),
                let id = packet.id
            {
                note(.question(number), namespace, &state)
                state.line?.outbox.yield(.packets([.text("43\(prefix(namespace))\(id)[\(index),\(number)]")]))
            } else {
                event(elements, attachments, namespace, &state)
            }
        case "3", "6":
            guard let id = packet.id, let ack = state.acks.removeValue(forKey: id) else {
                state.faults.append("an ack that nobody waits for: \(packet.id ?? -1)")
                return nil
            }
            let elements = packet.elements
            return { ack.completion(elements) }
        default: state.faults.append("a packet of type \(packet.type): \(packet.json)")
        }
        return nil
    }

    private func note(_ delivery: ModelDelivery, _ namespace: Int, _ state: inout State) {
        guard let last = state.members[namespace].lives.indices.last else {
            return state.faults.append("\(delivery) before the first connection to \(names[namespace])")
        }
        state.members[namespace].lives[last].append(delivery)
        state.received += 1
    }

    private func connected(_ packet: ModelPacket, _ namespace: Int, _ state: inout State) {
        let parts = packet.json.split(separator: "\"").map(String.init)
        guard parts.count == 9, parts[1] == "sid", parts[5] == "pid" else {
            return state.faults.append("an odd CONNECT: \(packet.json)")
        }
        let isRecovered = state.members[namespace].pid == parts[7]
        if isRecovered != (state.members[namespace].sid == parts[3]) {
            state.faults.append("sid and pid do not go together: \(packet.json)")
        }
        state.members[namespace].isRecovered = isRecovered
        state.recoveries += isRecovered ? 1 : 0
        if !isRecovered {
            state.members[namespace].offset = nil
            state.members[namespace].lives.append([])
        }
        (state.members[namespace].sid, state.members[namespace].pid) = (parts[3], parts[7])
        state.members[namespace].isConnected = true
    }

    /// `["e",sender,number,"text",{"_placeholder":true,"num":0},"offset"]`.
    private func event(
        _ elements: [Substring], _ attachments: [[UInt8]], _ namespace: Int, _ state: inout State
    ) {
        guard elements.count == 5 + 2 * attachments.count, elements[0] == "\"e\"",
            let sender = Int(elements[1]), let number = Int(elements[2]), let offset = elements.last
        else {
            return state.faults.append("an odd event: \(elements.map { $0.prefix(40) })")
        }
        let stamp = ModelStamp(sender: sender, number: number)
        let payload = ModelPayload(stamp)
        if elements[3].dropFirst().dropLast() != payload.text || attachments.first != payload.attachment {
            state.faults.append("\(stamp) is not whole")
        }
        note(.event(stamp), namespace, &state)
        state.members[namespace].offset = String(offset.dropFirst().dropLast())
    }
}
