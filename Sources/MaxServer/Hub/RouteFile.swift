import SocketIO

/// Routes from a file: a new channel needs no code. They go before the built-in ones.
///
///     [{"channel": "orders:{desk}", "event": "order:update", "rooms": ["topic:orders-{desk}"],
///       "namespace": "/", "history": 100, "historyKey": "order.id",
///       "conflate": {"key": "{desk}:{symbol}", "milliseconds": 200}}]
enum RouteFile {
    /// - Parameter path: where the file is.
    static func read(_ path: String) throws(SettingsError) -> [ChannelRoute] {
        let bytes: [UInt8]
        do throws(InputFile.Failure) { bytes = try InputFile(path).rest() } catch {
            throw SettingsError(description: "ROUTES_FILE: \(error)")
        }
        do throws(RouteFault) { return try routes(bytes) } catch {
            throw SettingsError(description: "ROUTES_FILE: \(path): \(error.description)")
        }
    }

    struct RouteFault: Error, CustomStringConvertible { var description: String }

    static func routes(_ bytes: [UInt8]) throws(RouteFault) -> [ChannelRoute] {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw RouteFault(description: "it is not JSON: \(error)")
        }
        guard let list = value.arrayValue else { throw RouteFault(description: "it is not a list of routes") }
        var routes: [ChannelRoute] = []
        var numbers: [String: Int] = [:]
        for (index, element) in list.enumerated() {
            guard let object = element.objectValue else {
                throw RouteFault(description: "route \(index + 1) is not an object")
            }
            do throws(APIFailure) { routes.append(try route(FieldReader(object))) } catch {
                let faults = error.faults.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
                throw RouteFault(description: "route \(index + 1): \(faults)")
            }
            // A message goes to the first route that knows its channel: the other would never hear of one.
            let shape = routes[index].channel.shape
            if let first = numbers.updateValue(index, forKey: shape) {
                throw RouteFault(
                    description:
                        "routes \(first + 1) and \(index + 1) have the same channel: \(routes[first].channel) and \(routes[index].channel)"
                )
            }
        }
        return routes
    }

    private static func route(_ reader: FieldReader) throws(APIFailure) -> ChannelRoute {
        var reader = reader
        let channel = reader.text("channel", 1...200, isRequired: true) ?? ""
        if !channel.isEmpty, let problem = problem(ofChannel: channel) {
            reader.fail("channel", "format", problem)
        }
        let event = reader.text("event", 1...200, isRequired: true) ?? ""
        do { try ReservedEventName.check(event) } catch {
            reader.fail("event", "reserved", "Socket.IO itself has events of this name")
        }
        let rooms = reader.texts("rooms", 1...20, isRequired: true) ?? []
        for room in rooms where !Subscriptions.isKnown(room) {
            reader.fail(
                "rooms", "kind", "clients can join none like \(room): topic:… is for rooms of your own")
        }
        var route = ChannelRoute(
            channel: ChannelPattern(stringLiteral: channel), event: event, rooms: rooms.map { Template($0) })
        route.namespace = reader.text("namespace", 1...200) ?? "/"
        if !route.namespace.hasPrefix("/") { reader.fail("namespace", "format", "it begins with /") }
        route.history = reader.integer("history", 0...5_000) ?? 0
        route.historyKey =
            reader.text("historyKey", 1...200).map { $0.split(separator: ".").map(String.init) } ?? []
        if route.history == 0, !route.historyKey.isEmpty {
            reader.fail("historyKey", "use", "it means nothing without a history")
        }
        if let conflate = reader.object("conflate") {
            var fields = FieldReader(conflate)
            let key = fields.text("key", 1...200, isRequired: true)
            let interval = fields.integer("milliseconds", 1...3_600_000, isRequired: true)
            try fields.finish()
            route.conflation = ChannelRoute.Conflation(
                key: Template(key ?? ""), interval: .milliseconds(interval ?? 0))
        }
        try reader.finish()
        return route
    }

    /// What keeps a channel's name from being subscribed to; nil when nothing does.
    private static func problem(ofChannel name: String) -> String? {
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            !name.contains(where: { "*?[]\\".contains($0) })
        else { return "it has no spaces and none of * ? [ ] \\" }
        var names = Set<Substring>()
        for (index, part) in name.split(separator: ":", omittingEmptySubsequences: false).enumerated() {
            guard part.contains(where: { "{}".contains($0) }) else { continue }
            let inner = part.dropFirst().dropLast()
            guard part.first == "{", part.last == "}", !inner.isEmpty,
                !inner.contains(where: { "{}".contains($0) })
            else { return "a name in braces is a whole part between colons" }
            guard index > 0 else { return "its first part is fixed" }
            guard names.insert(inner).inserted else { return "each of its names stands there once" }
        }
        return nil
    }
}
