/// Compares what clients got with what the model has.
extension ModelDriver {
    /// What went wrong, for people; nil if nothing did.
    func report() -> String? {
        var lines = faults + server.faults
        for client in clients { lines += client.faults.map { "client \(client.index): \($0)" } }
        // What is missing after a fault follows from it.
        if lines.isEmpty { lines += firstDifference().map { [$0] } ?? [] }
        guard !lines.isEmpty else { return nil }
        let more = lines.count > 5 ? ["… and \(lines.count - 5) more"] : []
        return (["seed \(settings.seed), \(settings.clients) clients:"] + lines.prefix(5) + more)
            .joined(separator: "\n")
    }

    /// How much there was to compare.
    var summary: String {
        let lives = model.members.joined().flatMap(\.lives)
        let sent = lives.map(\.expected.count).reduce(0, +)
        let back = clients.map(\.recoveries).reduce(0, +)
        return """
            seed \(settings.seed): \(clients.count) clients, \(script.operations.count) steps, \(lives.count) lives of \
            sockets, \(back) recoveries, \(lives.count(where: \.mayLackEnd)) cut short, \(sent) events received
            """
    }

    private func firstDifference() -> String? {
        for client in clients {
            for (namespace, name) in settings.namespaces.enumerated() {
                let (got, lives) = (client.lives(namespace), model.members[client.index][namespace].lives)
                guard got.count == lives.count else {
                    return "client \(client.index) in \(name) has \(got.count) lives, not \(lives.count)"
                }
                for (number, (got, life)) in zip(got, lives).enumerated() {
                    guard let difference = difference(got, life) else { continue }
                    return "client \(client.index) in \(name), life \(number): \(difference)"
                }
            }
        }
        return nil
    }

    private func difference(_ got: [ModelDelivery], _ life: ModelLife) -> String? {
        if life.mayLackEnd, got.count < life.confirmed {
            return "\(got.count) events, although \(life.confirmed) had arrived before"
        }
        guard settings.phases > 0 else { return difference(got, life.expected, life.mayLackEnd, "") }
        // Each sender's own order.
        let senders = Set((got + life.expected).map(\.sender)).sorted { ($0 ?? 0) < ($1 ?? 0) }
        for sender in senders {
            var (got, expected) = (
                got.filter { $0.sender == sender }, life.expected.filter { $0.sender == sender }
            )
            // Questions of one phase come in any order.
            if sender == nil { (got, expected) = (got.sortedByText, expected.sortedByText) }
            let of = sender.map { " of sender \($0)" } ?? ""
            if let found = difference(got, expected, life.mayLackEnd, of) { return found }
        }
        return nil
    }

    private func difference(
        _ got: [ModelDelivery], _ expected: [ModelDelivery], _ mayLackEnd: Bool, _ whose: String
    ) -> String? {
        let same = zip(got, expected).prefix { $0 == $1 }.count
        if same == got.count, same == expected.count || mayLackEnd { return nil }
        func around(_ all: [ModelDelivery]) -> String {
            all[max(0, same - 3)..<min(all.count, same + 4)].map(\.description).joined(separator: " ")
        }
        let wanted = same < expected.count ? "\(expected[same])\(origin(expected[same]))" : "the end"
        let came = same < got.count ? "\(got[same])\(origin(got[same]))" : "the end"
        return """
            at place \(same)\(whose) came \(came) instead of \(wanted)
              got      … \(around(got)) … (\(got.count) in all)
              expected … \(around(expected)) … (\(expected.count) in all)
            """
    }

    /// The step that sends an event.
    private func origin(_ delivery: ModelDelivery) -> String {
        guard case .event(let stamp) = delivery else { return "" }
        let place = script.operations.firstIndex {
            "\($0)".contains("\(stamp),") || "\($0)".contains("\(stamp))")
        }
        return place.map { " (step \($0))" } ?? ""
    }
}

extension [ModelDelivery] {
    fileprivate var sortedByText: [ModelDelivery] { sorted { $0.description < $1.description } }
}
