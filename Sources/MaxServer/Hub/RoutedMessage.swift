import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A message from the bus, ready for clients. Pure: a route and bytes in, an event out.
struct RoutedMessage: Sendable {
    /// Why a message was dropped.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case tooLarge(Int)
        case notJSON(String)
        case notAnObject

        var description: String {
            switch self {
            case .tooLarge(let limit): "it is larger than \(limit) bytes"
            case .notJSON(let reason): "it is not JSON: \(reason)"
            case .notAnObject: "it is neither a JSON object nor an array of objects"
            }
        }
    }

    /// Largest message, in bytes: far above any that the channels are for.
    static let largest = 262_144

    var event: String
    var rooms: [String]
    /// The payload as it came, or with the fields that it lacked.
    var payload: RawJSON
    /// What it replaces in the history of its rooms.
    var historyKey: String?
    /// What a newer message replaces for clients that are slow, or that hear of it now and then.
    var conflationKey: String?

    /// Reads a message; an array of objects is as many messages.
    static func read(
        _ bytes: [UInt8], captures: [String: String], route: ChannelRoute, now: Date
    ) throws(Problem) -> [RoutedMessage] {
        guard bytes.count <= largest else { throw .tooLarge(largest) }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw .notJSON(error.description) }
        switch value {
        case .object(let object):
            return [make(object, bytes, captures, route, now)]
        case .array(let elements):
            var messages: [RoutedMessage] = []
            for element in elements {
                guard case .object(let object) = element else { throw .notAnObject }
                messages.append(make(object, nil, captures, route, now))
            }
            return messages
        default: throw .notAnObject
        }
    }

    private static func make(
        _ object: JSONObject, _ bytes: [UInt8]?, _ captures: [String: String], _ route: ChannelRoute,
        _ now: Date
    ) -> RoutedMessage {
        var object = object
        var isComplete = true
        for (name, template) in route.defaults where object[name] == nil {
            let text = template == "{now}" ? now.javaScriptText : filled(template, captures, object) ?? ""
            object[name] = .string(text)
            isComplete = false
        }
        let rooms = route.rooms.compactMap { filled($0, captures, object) }
        let key = route.historyKey.reduce(JSONValue.object(object) as JSONValue?) { $0?[$1] }
        // What came is passed on byte for byte when nothing is missing: numbers stay as they were written.
        let payload =
            if isComplete, let bytes, let raw = try? RawJSON(validating: bytes) {
                raw
            } else {
                (try? RawJSON(validating: JSONValue.object(object).description)) ?? RawJSON.emptyObject
            }
        return RoutedMessage(
            event: route.event, rooms: rooms, payload: payload,
            historyKey: route.history > 0 ? key?.description : nil,
            conflationKey: route.conflation.flatMap { filled($0.key, captures, object) })
    }

    /// A template with its names replaced; nil when one has no value.
    private static func filled(_ template: String, _ captures: [String: String], _ object: JSONObject)
        -> String?
    {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            guard
                let value = captures[name] ?? object[name]?.stringValue
                    ?? object[name]?.intValue.map(String.init)
            else { return nil }
            result += value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension RawJSON {
    static let emptyObject: RawJSON = {
        guard let json = try? RawJSON(validating: "{}") else { preconditionFailure("{} is JSON") }
        return json
    }()
}
