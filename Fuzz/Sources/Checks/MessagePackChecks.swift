@testable import SocketIO

/// Packets of socket.io-msgpack-parser, and JSON on its way to them.
enum MessagePackChecks {
    /// One binary message of a client.
    static func packet(_ input: [UInt8]) throws(Finding) {
        let packet = try read(input)
        try checkPassed(input)
        guard let packet else { return }
        try checkData(packet)
        try checkWritten(packet)
        // What is whole has no beginning that is whole, too.
        var random = InputRandom(input)
        for _ in 0..<4 where !input.isEmpty {
            let cut = Array(input.prefix(Int(random.next() % UInt64(input.count))))
            try expect(try read(cut) == nil, "a packet that ends after \(cut.count) bytes is read")
        }
    }

    /// An array in JSON, which an event carries to a client.
    static func json(_ input: [UInt8]) throws(Finding) {
        guard let value = SlowJSON.read(input), value.arrayValue != nil else { return }
        guard let message = try? MessagePackEncoder.packet(.event, namespace: "/", id: 1, json: input) else {
            throw Finding("an array cannot be written")
        }
        guard case .map(let members) = SlowMessagePack.read(message), members.count == 4 else {
            throw Finding("what is written is no packet")
        }
        let data = SlowInnerForm(members[1].value, attachments: 0)?.value
        try expectEqual(
            data?.description, JavaScriptNumbers.spelt(value).description, "the reference reads another value"
        )
    }

    private static func read(_ message: [UInt8]) throws(Finding) -> MessagePackPacket? {
        let limits = SocketPacket.Limits(attachments: 3)
        let packet = try? MessagePackPacket(message.span, limits: limits)
        try expectEqual(
            packet.map(SlowMessagePackPacket.init),
            SlowMessagePackPacket.read(message, attachments: limits.attachments),
            "the reference reads another packet")
        return packet
    }

    /// A value is passed over exactly if it can be read.
    private static func checkPassed(_ input: [UInt8]) throws(Finding) {
        var reader = MessagePackReader()
        let isPassed = (try? reader.skipValue(input.span)) != nil && reader.at == input.count
        try expect(isPassed == (SlowMessagePack.read(input) != nil), "the reference passes another value")
    }

    private static func checkData(_ packet: MessagePackPacket) throws(Finding) {
        guard packet.type == .event || packet.type == .ack else {
            let isValid = packet.text.isEmpty || (try? JSONScanner.validateValue(packet.text.span)) != nil
            return try expect(isValid, "data are no JSON")
        }
        guard let elements = try? JSONScanner.scanArray(packet.text.span) else {
            throw Finding("data are no array")
        }
        try expectEqual(
            (0..<elements.count).map { elements[$0] },
            (0..<packet.elements.count).map { packet.elements[$0] }, "elements stand elsewhere")
        let arguments = packet.arguments
        for i in 0..<arguments.count {
            let value = try? arguments.decode(JSONValue.self, at: i)
            try expect(
                value != nil || arguments.attachments.isEmpty,
                "argument \(i) was let through and cannot be decoded")
        }
    }

    /// A packet that is passed on is the same.
    private static func checkWritten(_ packet: MessagePackPacket) throws(Finding) {
        let message = try? MessagePackEncoder.packet(
            packet.type, namespace: packet.namespace ?? "/", id: packet.id, json: packet.text,
            attachments: packet.attachments)
        guard let message, let again = try read(message) else {
            throw Finding("a packet that is passed on is refused")
        }
        try expectEqual(again.text, packet.text, "data change")
        try expectEqual(
            SlowMessagePackPacket(again), SlowMessagePackPacket(packet), "the packet changes")
    }
}

/// JSON's numbers as they look after a way through MessagePack: integers keep their digits, others become doubles.
private enum JavaScriptNumbers {
    static func spelt(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let number): spelt(number)
        case .array(let elements): .array(elements.map(spelt))
        case .object(let object):
            .object(
                JSONObject(
                    unique: object.members.map { JSONObject.Member(key: $0.key, value: spelt($0.value)) }))
        case .null, .bool, .string, .binary: value
        }
    }

    private static func spelt(_ number: JSONNumber) -> JSONValue {
        if let integer = UInt64(number.text) { return .number(JSONNumber(integer)) }
        if let integer = Int64(number.text) { return .number(JSONNumber(integer)) }
        return Double(number.text).flatMap(JSONNumber.init).map { .number($0) } ?? .null
    }
}
