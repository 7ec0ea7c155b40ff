@testable import SocketIO

/// A second reader of the packets of socket.io-msgpack-parser, written for comparison.
struct SlowMessagePackPacket: Equatable {
    private var type: UInt8
    private var namespace: [UInt8]
    private var id: Int?
    /// As we write the value; nil if there is none.
    private var data: String?
    private var attachments: [[UInt8]] = []

    /// What our reader made of a message.
    init(_ packet: MessagePackPacket) {
        type = packet.type.rawValue
        namespace = Array((packet.namespace ?? "/").utf8)
        id = packet.id
        data = packet.text.isEmpty ? nil : SlowJSON.read(packet.text)?.description ?? "no JSON"
        attachments = packet.attachments
    }

    /// Nil for what breaks the protocol.
    static func read(_ message: [UInt8], attachments limit: Int) -> SlowMessagePackPacket? {
        guard case .map(let members) = SlowMessagePack.read(message) else { return nil }
        func values(_ name: String) -> [SlowMessagePack] {
            members.filter { member in
                guard case .text(let key) = member.key else { return false }
                return key == Array(name.utf8)
            }.map(\.value)
        }
        /// Of fields of one name the last counts, if it says anything.
        func field(_ name: String) -> SlowMessagePack? {
            switch values(name).last {
            case .null, .undefined: nil
            case let value: value
            }
        }
        // Each `data` has to have a form, though only the last one counts.
        let forms = values("data").map { SlowInnerForm($0, attachments: limit) }
        guard forms.allSatisfy({ $0 != nil }), let type = field("type").flatMap(integer),
            (0...4).contains(type),
            case .text(let namespace) = field("nsp")
        else { return nil }
        let id = field("id").map(integer)
        if case .some(nil) = id { return nil }
        let form = field("data") == nil ? nil : forms.last ?? nil
        guard isValid(type, field("data"), form?.value, hasID: id != nil) else { return nil }
        return SlowMessagePackPacket(
            type: UInt8(type), namespace: Array(String(decoding: namespace, as: UTF8.self).utf8),
            id: id ?? nil, data: form?.value.description, attachments: form?.attachments ?? [])
    }

    private init(type: UInt8, namespace: [UInt8], id: Int?, data: String?, attachments: [[UInt8]]) {
        self.type = type
        self.namespace = namespace
        self.id = id
        self.data = data
        self.attachments = attachments
    }

    private static func integer(_ value: SlowMessagePack) -> Int? {
        switch value {
        case .integer(let text): Int(text)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    private static func isValid(
        _ type: Int, _ data: SlowMessagePack?, _ value: JSONValue?, hasID: Bool
    ) -> Bool {
        switch (type, data) {
        case (0, nil), (0, .map), (1, nil), (4, .map), (4, .text): return true
        case (3, .array): return hasID
        case (2, .array):
            let reserved = [
                "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
            ]
            switch value?.arrayValue?.first {
            case .number: return true
            case .string(let name): return !reserved.contains(name)
            default: return false
            }
        default: return false
        }
    }
}

/// A value in our inner form: JSON with placeholders.
struct SlowInnerForm {
    private(set) var value = JSONValue.null
    private(set) var attachments: [[UInt8]] = []
    private var hasLookalike = false

    /// Nil for what has no such form, or is beyond a limit.
    init?(_ source: SlowMessagePack, attachments limit: Int) {
        guard let value = convert(source, depth: 0) else { return nil }
        self.value = value
        if attachments.count > limit || hasLookalike && !attachments.isEmpty { return nil }
    }

    private mutating func convert(_ source: SlowMessagePack, depth: Int) -> JSONValue? {
        switch source {
        case .null, .undefined: return .null
        case .bool(let value): return .bool(value)
        case .integer(let text): return .number(JSONNumber(unchecked: text))
        case .double(let value): return JSONNumber(value).map { .number($0) } ?? .null
        case .text(let bytes): return .string(String(decoding: bytes, as: UTF8.self))
        case .date(let milliseconds):
            var text: [UInt8] = []
            let isDate = ISODate.append(milliseconds, to: &text)
            return isDate ? .string(String(decoding: text, as: UTF8.self)) : .null
        case .binary(let bytes):
            attachments.append(bytes)
            let members: [(String, JSONValue)] = [
                ("_placeholder", true), ("num", .number(JSONNumber(attachments.count - 1))),
            ]
            return depth < 512 ? Self.object(members) : .none
        case .array(let elements):
            guard depth < 512 else { return .none }
            var values: [JSONValue] = []
            for element in elements {
                guard let value = convert(element, depth: depth + 1) else { return .none }
                values.append(value)
            }
            return .array(values)
        case .map(let members):
            guard depth < 512 else { return .none }
            var values: [(String, JSONValue)] = []
            for member in members {
                guard let key = Self.key(member.key), let value = convert(member.value, depth: depth + 1)
                else { return .none }
                values.append((key, value))
                if key == "_placeholder", case .bool(true) = member.value { hasLookalike = true }
            }
            return Self.object(values)
        }
    }

    private static func key(_ source: SlowMessagePack) -> String? {
        switch source {
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let text): text
        case .double(let value):
            JSONNumber(value)?.text ?? (value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        case .bool(let value): "\(value)"
        case .null: "null"
        case .undefined: "undefined"
        case .binary, .date, .array, .map: nil
        }
    }

    /// Of equal keys the last counts, in the place of the first.
    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        var unique: [JSONObject.Member] = []
        for (key, value) in members {
            if let place = unique.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) {
                unique[place].value = value
            } else {
                unique.append(JSONObject.Member(key: key, value: value))
            }
        }
        return .object(JSONObject(unique: unique))
    }
}
