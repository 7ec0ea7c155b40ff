import Testing

@testable import SocketIO

/// The checks of socket.io-msgpack-parser's decoder, and those of the default one where it has none.
@Suite struct `MessagePack packets` {
    private static let placeholders = #"["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#

    @Test func `of clients are read`() throws {
        let expected = [
            ReadMessagePack(.event, #"["hello","you"]"#, elements: [#""hello""#, #""you""#]),
            ReadMessagePack(.connect),
            ReadMessagePack(.connect, namespace: "/a", #"{"token":"x"}"#),
            ReadMessagePack(.disconnect),
            ReadMessagePack(
                .event, id: 200, Self.placeholders, attachments: [[1, 2], [3]],
                elements: [
                    #""e""#, #"{"_placeholder":true,"num":0}"#, #"{"_placeholder":true,"num":1}"#,
                ]),
            ReadMessagePack(.ack, id: 5, #"[{"a":1.5,"b":null}]"#, elements: [#"{"a":1.5,"b":null}"#]),
            ReadMessagePack(
                .event, #"["e","1970-01-01T00:00:00.005Z",[-32,-32768],{"k":18446744073709551615}]"#,
                elements: [
                    #""e""#, #""1970-01-01T00:00:00.005Z""#, "[-32,-32768]", #"{"k":18446744073709551615}"#,
                ]),
            ReadMessagePack(.connectError, #""no""#),
        ]
        #expect(try MessagePackSamples.all.map { try ReadMessagePack($0) } == expected)
    }

    @Test func `have their fields in any order, and of two alike the last counts`() throws {
        let mixed = packet("nsp /x, x {}, data ['a'], id 1, data ['b',1], type 2, type 3, id 7, nsp /")
        #expect(
            try ReadMessagePack(mixed) == ReadMessagePack(.ack, id: 7, #"["b",1]"#, elements: [#""b""#, "1"]))
        let attachments = bytes(
            "84 a4 64617461 92 a1 61 c4 00 a4 74797065 02 a4 64617461 91 a1 62 a3 6e7370 a1 2f")
        #expect(try ReadMessagePack(attachments) == ReadMessagePack(.event, #"["b"]"#, elements: [#""b""#]))
    }

    @Test func `may have fields that mean nothing, under keys of any kind`() throws {
        let more = "a1 78 93 01 81 a1 61 c4 01 00 c0  05 c0  91 01 80  80 01  c4 04 74797065 01  c0 c3".split(
            separator: "  "
        ).joined(separator: " ")
        let message = bytes("88 a4 74797065 01 \(more) a3 6e7370 a1 2f")
        #expect(try ReadMessagePack(message) == ReadMessagePack(.disconnect))
    }

    /// The Python client writes `None` for what a packet has not; `undefined` is what notepack writes.
    @Test(arguments: ["c0", "d4 00 00"])
    func `may say that a field is not there`(absent: String) throws {
        func read(_ type: String) throws -> ReadMessagePack {
            try ReadMessagePack(
                bytes("84 a4 74797065 \(type) a4 64617461 \(absent) a2 6964 \(absent) a3 6e7370 a1 2f"))
        }
        #expect(try read("00") == ReadMessagePack(.connect))
        #expect(try read("01") == ReadMessagePack(.disconnect))
        #expect(throws: PacketViolation.invalidPayload) { _ = try read("02") }
        #expect(throws: PacketViolation.illegalID) { _ = try read("03") }
        #expect(throws: PacketViolation.invalidPayload) { _ = try read("04") }
    }

    @Test func `may have numbers as JavaScript sees integers`() throws {
        let message = bytes(
            "84 a4 74797065 cb 4008000000000000 a4 64617461 90 a2 6964 ca 40e00000 a3 6e7370 a1 2f")
        #expect(try ReadMessagePack(message) == ReadMessagePack(.ack, id: 7, "[]"))
    }

    @Test(
        arguments: [
            ("", .malformedMessagePack), ("c1", .malformedMessagePack), ("c4 01 01", .unknownType),
            ("80", .unknownType), ("c0", .unknownType), ("90", .unknownType), ("02", .unknownType),
            ("81 a4 74797065 a1 32", .unknownType), ("81 a4 74797065 05", .unknownType),
            ("81 a4 74797065 06", .unknownType), ("81 a4 74797065 07", .unknownType),
            ("81 a4 74797065 ff", .unknownType), ("81 a4 74797065 cd 0100", .unknownType),
            ("81 a4 74797065 cb 3ff8000000000000", .unknownType), ("81 a4 74797065 c3", .unknownType),
            ("81 a4 74797065 cb 7ff8000000000000", .unknownType),
            ("81 a4 74797065 91 02", .unknownType), ("81 a4 74797065 02", .illegalNamespace),
            ("82 a4 74797065 02 a3 6e7370 02", .illegalNamespace),
            ("82 a4 74797065 01 a3 6e7370 c4 01 2f", .illegalNamespace),
            ("82 a4 74797065 01 a3 6e7370 a1 2f 00", .malformedMessagePack),
            ("82 a4 74797065 01 a3 6e7370 a1", .malformedMessagePack),
            ("83 a4 74797065 01 a3 6e7370 a1 2f", .malformedMessagePack),
        ] as [(String, PacketViolation)])
    func `that are none are refused`(hex: String, violation: PacketViolation) {
        #expect(throws: violation) { _ = try ReadMessagePack(bytes(hex)) }
    }

    @Test(
        arguments: [
            ("2", "4", .invalidPayload), ("2", "{}", .invalidPayload), ("2", "[]", .invalidPayload),
            ("2", "[null]", .invalidPayload), ("2", "[true]", .invalidPayload),
            ("2", "[['a']]", .invalidPayload),
            ("2", "[{}]", .invalidPayload), ("2", "'a'", .invalidPayload),
            ("2", "['connect']", .reservedEvent), ("2", "['disconnecting',1]", .reservedEvent),
            ("2", "['newListener']", .reservedEvent),
            ("0", "[]", .invalidPayload), ("0", "'a'", .invalidPayload), ("0", "1", .invalidPayload),
            ("1", "{}", .invalidPayload), ("1", "[]", .invalidPayload), ("1", "false", .invalidPayload),
            ("4", "[]", .invalidPayload), ("4", "1", .invalidPayload), ("3, id 1", "{}", .invalidPayload),
            ("3, id 1", "'a'", .invalidPayload), ("3", "[]", .illegalID), ("2, id 'a'", "['a']", .illegalID),
            ("2, id 1.5", "['a']", .illegalID), ("2, id 18446744073709551615", "['a']", .illegalID),
            ("2, id 1e300", "['a']", .illegalID), ("2, id []", "['a']", .illegalID),
            ("2, id true", "['a']", .illegalID),
        ] as [(String, String, PacketViolation)])
    func `with the wrong data or id are refused`(type: String, data: String, violation: PacketViolation) {
        #expect(throws: violation) { _ = try ReadMessagePack(packet("type \(type), data \(data), nsp /")) }
    }

    @Test(arguments: ["1", "-1", "1.5", "'connected'", "''", "'é'"])
    func `may have any other name`(name: String) throws {
        let text = name.replacing("'", with: "\"")
        #expect(
            try ReadMessagePack(packet("type 2, data [\(name)], nsp /"))
                == ReadMessagePack(.event, "[\(text)]", elements: [text]))
    }

    @Test func `are bounded in their attachments, and must not imitate them`() throws {
        let two = MessagePackSamples.all[4]
        #expect(try ReadMessagePack(two, attachments: 2).data.attachments.count == 2)
        #expect(throws: PacketViolation.tooManyAttachments) { _ = try ReadMessagePack(two, attachments: 1) }
        let lookalike = bytes(
            "83 a4 74797065 03 a2 6964 00 a4 64617461 92 c4 00 81 ac 5f706c616365686f6c646572 c3")
        #expect(throws: PacketViolation.illegalAttachments) { _ = try ReadMessagePack(lookalike) }
    }

    @Test func `give their arguments to handlers`() throws {
        let message = try MessagePackEncoder.event(
            "up", EncodedArguments(7, [UInt8]([1, 2])), namespace: "/")
        let packet = try MessagePackPacket(message.span, limits: SocketPacket.Limits(attachments: 10))
        #expect(packet.arguments.name == "up" && packet.arguments.count == 2)
        #expect(try packet.arguments.decode(Int.self) == 7)
        #expect(try packet.arguments.decode([Int].self, at: 1) == [1, 2])
    }

    /// A packet from fields such as `"type 2, data ['a'], nsp /"`: JSON with other quotes, and a text without any.
    private func packet(_ fields: String) -> [UInt8] {
        let all = fields.split(separator: ", ").map {
            $0.split(separator: " ", maxSplits: 1).map(String.init)
        }
        var message: [UInt8] = []
        MessagePackWriter.appendMapHead(all.count, to: &message)
        for field in all {
            MessagePackWriter.appendString(field[0], to: &message)
            let value = field[0] == "nsp" ? "\"\(field[1])\"" : field[1].replacing("'", with: "\"")
            message += (try? InnerForm(value).messagePack()) ?? []
        }
        return message
    }
}
