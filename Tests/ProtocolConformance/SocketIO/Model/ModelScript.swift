import EngineIO
import TestSupport

/// What a script is made of: its size, and what may happen in it.
struct ModelSettings: Sendable {
    var seed: UInt64
    var clients = 10
    var steps = 120
    /// Times at which many do something at once; with none, every client's events have one order.
    var phases = 0
    let namespaces = ["/", "/a", "/b"]

    var rooms: [String] { (0..<max(9, clients / 4)).map { "r\($0)" } }
    /// Whether clients stay away for longer than the server keeps them. Only where no phase needs that they come back.
    var hasOutstays: Bool { phases == 0 && seed % 2 == 0 }
}

/// Makes the script of a seed. It knows nothing of how the script goes: steps that make no sense by then are left out.
struct ModelScript {
    private let settings: ModelSettings
    private var random: SplitMix64
    private var numbers: [Int: Int] = [:]
    private(set) var operations: [ModelOperation] = []

    /// Senders on the server: the script itself, marks, and the threads of a phase.
    private enum Sender { static let (script, mark, firstThread) = (-1, -2, -3) }

    init(_ settings: ModelSettings) {
        self.settings = settings
        random = SplitMix64(seed: settings.seed)
        begin()
        for part in 0...settings.phases {
            for _ in 0..<(settings.steps / (settings.phases + 1)) { operations.append(step()) }
            guard part < settings.phases else { break }
            operations.append(.together(phase(part)))
            operations.append(mark())
        }
        end()
    }

    // MARK: Dice

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    private mutating func count(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &random) }
    private mutating func client() -> Int { .random(in: 0..<settings.clients, using: &random) }
    private mutating func namespace() -> Int {
        .random(in: 0..<settings.namespaces.count, using: &random)
    }
    private mutating func transport() -> Transport { chance(50) ? .polling : .webSocket }

    private mutating func pick(_ rooms: [String], _ range: ClosedRange<Int>) -> [String] {
        (0..<count(range)).map { _ in rooms[.random(in: 0..<rooms.count, using: &random)] }
    }

    private mutating func number(_ sender: Int) -> Int {
        numbers[sender, default: 0] += 1
        return numbers[sender, default: 0]
    }

    private mutating func stamp(_ sender: Int) -> ModelStamp {
        ModelStamp(sender: sender, number: number(sender))
    }

    private mutating func mark() -> ModelOperation { .mark(stamp(Sender.mark)) }

    private mutating func audience(_ rooms: [String]) -> ModelAudience {
        var audience = ModelAudience()
        if !chance(settings.clients > 100 ? 2 : 12) {
            audience.rooms = pick(rooms, 0...2)
            audience.members = (0..<count(audience.rooms.isEmpty ? 1...2 : 0...1)).map { _ in client() }
        }
        if chance(25) { audience.exceptedRooms = pick(rooms, 1...2) }
        if chance(25) { audience.exceptedMembers = [client()] }
        return audience
    }

    /// A few of the sockets.
    private mutating func few(_ rooms: [String]) -> ModelAudience {
        ModelAudience(rooms: chance(30) ? pick(rooms, 1...1) : [], members: [client(), client()])
    }

    // MARK: Beginning and end

    private mutating func begin() {
        for client in 0..<settings.clients {
            operations.append(.comeBack(client: client, transport()))
            for namespace in 0..<settings.namespaces.count {
                if namespace > 0 {
                    guard chance(50) else { continue }
                    operations.append(.joinNamespace(client: client, namespace))
                }
                let rooms = pick(settings.rooms, 1...4)
                operations.append(.plan(client: client, namespace: namespace, [.join(rooms)]))
            }
        }
    }

    private mutating func end() {
        for client in 0..<settings.clients {
            operations.append(.resume(client: client))
            operations.append(.comeBack(client: client, transport()))
        }
        operations.append(mark())
    }

    // MARK: One thing after the other

    private mutating func step() -> ModelOperation {
        let rooms = settings.rooms
        switch count(0...99) {
        case 0..<16: return .server(namespace: namespace(), .emit(stamp(Sender.script), audience(rooms)))
        case 16..<22: return .emitToOne(client: client(), namespace: namespace(), stamp(Sender.script))
        case 22..<46:
            let sender = client()
            return .plan(client: sender, namespace: namespace(), actions(sender, rooms))
        case 46..<50: return .ask(client: client(), namespace: namespace(), number(Sender.script))
        case 50..<53:
            return .askAll(namespace: namespace(), audience(rooms), number(Sender.script))
        case 53..<56: return .fetch(namespace: namespace(), audience(rooms))
        case 56..<59:
            return .server(namespace: namespace(), .socketsJoin(pick(rooms, 1...2), audience(rooms)))
        case 59..<61:
            return .server(namespace: namespace(), .socketsLeave(pick(rooms, 1...2), audience(rooms)))
        case 61..<63: return .server(namespace: namespace(), .disconnect(few(rooms), close: chance(40)))
        case 63..<65: return .leaveNamespace(client: client(), namespace())
        case 65..<71: return .joinNamespace(client: client(), namespace())
        case 71..<75: return .stall(client: client())
        case 75..<78: return .resume(client: client())
        case 78..<84: return .lose(client: client())
        case 84..<93: return .comeBack(client: client(), transport())
        case 93..<96: return .upgrade(client: client())
        case 96..<97: return .flood(namespace: namespace(), stamp(Sender.mark))
        case 97..<98: return settings.hasOutstays ? .outstay : mark()
        default: return mark()
        }
    }

    /// What a client asks its handler to do.
    private mutating func actions(_ sender: Int, _ rooms: [String]) -> [ModelAction] {
        var actions: [ModelAction] = []
        for _ in 0..<count(1...3) {
            switch count(0...15) {
            case 0..<4: actions.append(.emit(stamp(sender), audience(rooms)))
            case 4..<8: actions.append(.emitToOthers(stamp(sender), audience(rooms)))
            case 8..<10: actions.append(.reply(stamp(sender)))
            case 10..<12: actions.append(.join(pick(rooms, 1...2)))
            case 12..<13: actions.append(.leave(pick(rooms, 1...2)))
            case 13..<15: actions.append(.socketsJoin(pick(rooms, 1...1), audience(rooms)))
            default: actions.append(.socketsLeave(pick(rooms, 1...1), audience(rooms)))
            }
        }
        if chance(4) { actions.append(.disconnect(few(rooms), close: chance(40))) }
        return actions
    }

    // MARK: Many things at once

    private mutating func phase(_ part: Int) -> ModelPhase {
        /// Rooms that events go to, that clients join and leave by themselves, that a thread of the server fills.
        func rooms(_ role: Int) -> [String] {
            settings.rooms.enumerated().filter { ($0.offset + part) % 3 == role }.map(\.element)
        }
        var phase = ModelPhase(clients: [], threads: [], questions: [])
        for client in 0..<settings.clients { phase.clients.append(steps(client, rooms(0), own: rooms(1))) }
        let fallers = phase.clients.indices.filter { phase.falls($0) }
        for thread in 0..<2 {
            let sender = Sender.firstThread - thread
            phase.threads.append(
                (0..<max(8, settings.clients / 4)).map { _ in
                    (namespace(), .emit(stamp(sender), audience(rooms(0))))
                })
        }
        phase.threads.append(
            (0..<6).map { _ in
                // Those who fall may be away just then, or not.
                var audience = audience(rooms(0))
                audience.exceptedMembers += fallers
                let changed = pick(rooms(2), 1...2)
                return (
                    namespace(),
                    chance(70) ? .socketsJoin(changed, audience) : .socketsLeave(changed, audience)
                )
            })
        for client in 0..<settings.clients where !phase.falls(client) && chance(20) {
            phase.questions.append((client, namespace(), number(Sender.script)))
        }
        return phase
    }

    private mutating func steps(_ client: Int, _ rooms: [String], own: [String]) -> [ModelPhase.Step] {
        var steps: [ModelPhase.Step] = []
        func plan() {
            var actions: [ModelAction] = []
            for _ in 0..<count(1...2) {
                actions.append(
                    chance(50)
                        ? .emit(stamp(client), audience(rooms))
                        : .emitToOthers(stamp(client), audience(rooms)))
            }
            if chance(20) { actions.append(.reply(stamp(client))) }
            if chance(30) { actions.append(chance(70) ? .join(pick(own, 1...2)) : .leave(pick(own, 1...2))) }
            steps.append(.plan(namespace: namespace(), actions))
        }
        for _ in 0..<count(0...3) { plan() }
        switch count(0...9) {
        case 0..<3:
            for _ in 0..<count(1...2) {
                steps.append(
                    .fall(
                        after: count(0...12), isSilent: chance(50), hasty: chance(30) ? count(1...2) : 0,
                        transport()))
                for _ in 0..<count(0...2) { plan() }
            }
        case 3..<6: steps.append(.upgrade)
        default: break
        }
        for _ in 0..<count(0...3) { plan() }
        return steps
    }
}
