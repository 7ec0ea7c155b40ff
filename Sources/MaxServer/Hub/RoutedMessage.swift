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
        case inflatesTooLarge(Int)
        case damagedGzip
        /// It is compressed, with what is called so.
        case unknownCoding(String)
        case notJSON(String)
        case notAnObject
        case tooMany(Int)

        var description: String {
            switch self {
            case .tooLarge(let limit): "it is larger than \(limit) bytes"
            case .inflatesTooLarge(let limit): "it is larger than \(limit) bytes when inflated"
            case .damagedGzip: "it begins like gzip, and is damaged or cut off"
            case .unknownCoding(let name):
                "it is compressed with \(name); what is understood is JSON, plain or compressed with gzip"
            case .notJSON(let reason): "it is not JSON, plain or compressed with gzip: \(reason)"
            case .notAnObject: "it is neither a JSON object nor an array of objects"
            case .tooMany(let limit): "it is an array of more than \(limit) objects"
            }
        }
    }

    /// Largest message, in bytes, as it came and also inflated: far above any that the channels are for.
    static let largest = 262_144
    /// Objects of an array: each becomes an event for many clients, in one go.
    static let most = 5_000

    var event: String
    var rooms: [String]
    /// The variable parts of its channel.
    var captures: [String: String]
    /// The payload as it came, or with the fields that it lacked.
    var payload: RawJSON
    /// What it replaces in the history of its rooms.
    var historyKey: String?
    /// What a newer message replaces for clients that are slow, or that hear of it now and then.
    var conflationKey: String?

    /// Reads a message, which may be compressed; an array of objects is as many messages.
    static func read(
        _ bytes: [UInt8], captures: [String: String], route: ChannelRoute, now: Date
    ) throws(Problem) -> [RoutedMessage] {
        guard bytes.count <= largest else { throw .tooLarge(largest) }
        let document: JSONDocument
        let plain = try PayloadCoding.plain(bytes, limit: largest)
        do { document = try JSONDocument(plain) } catch { throw .notJSON(error.description) }
        if document.isObject(document.root) { return [make(document, document.root, captures, route, now)] }
        guard let elements = document.elements(of: document.root) else { throw .notAnObject }
        guard elements.count <= most else { throw .tooMany(most) }
        var messages: [RoutedMessage] = []
        messages.reserveCapacity(elements.count)
        for element in elements {
            guard document.isObject(element) else { throw .notAnObject }
            messages.append(make(document, element, captures, route, now))
        }
        return messages
    }

    private static func make(
        _ document: JSONDocument, _ object: JSONDocument.Value, _ captures: [String: String],
        _ route: ChannelRoute, _ now: Date
    ) -> RoutedMessage {
        // What came is passed on byte for byte: numbers stay as they were written. What it lacks goes behind.
        var added = AddedMembers(document, object)
        func value(_ name: String) -> String? {
            if let value = captures[name] { return value }
            guard let member = document.member(name, of: object) ?? document.member(at: name, of: object)
            else { return added.text(name) }
            return document.string(member) ?? document.wholeNumber(member)
        }
        for member in route.defaults {
            switch member.value {
            case .now: added.add(member, text: now.javaScriptText)
            case .text(let template): added.add(member, text: template.filled(value) ?? "")
            case .copy(let name): added.add(member, copyOf: name)
            }
        }
        let key = document.member(at: route.historyKey, of: object)
        return RoutedMessage(
            event: route.event, rooms: route.rooms.compactMap { $0.filled(value) }, captures: captures,
            payload: added.payload,
            historyKey: route.history > 0 && !route.historyKey.isEmpty
                ? key.map { HistoryKey.text(of: $0, in: document) } : nil,
            conflationKey: route.conflation.flatMap { $0.key.filled(value) })
    }
}

extension JSONDocument {
    /// A member of an object, or of an object in it: `order.id`. Nil for a name without a dot.
    fileprivate func member(at path: String, of object: Value) -> Value? {
        guard path.utf8.contains(UInt8(ascii: ".")) else { return nil }
        return member(at: path.split(separator: ".").map(String.init), of: object)
    }

    /// The object itself for no name.
    fileprivate func member(at path: [String], of object: Value) -> Value? {
        path.reduce(object as Value?) { parent, name in parent.flatMap { member(name, of: $0) } }
    }
}

extension RawJSON {
    static let emptyObject: RawJSON = {
        guard let json = try? RawJSON(validating: "{}") else { preconditionFailure("{} is JSON") }
        return json
    }()
}
