import EngineWire
import TestSupport
import Testing

@testable import SocketIO

/// "Packet encoding" of the Socket.IO protocol, version 5.
@Suite struct `Socket packets` {
    @Test(arguments: [
        ("0", ReadPacket(.connect)),
        ("0/admin,", ReadPacket(.connect, namespace: "/admin")),
        ("0/admin", ReadPacket(.connect, namespace: "/admin")),
        ("0/,", ReadPacket(.connect)),
        ("0{\"token\":\"1\"}", ReadPacket(.connect, data: "{\"token\":\"1\"}")),
        ("0/a?b=c,{}", ReadPacket(.connect, namespace: "/a?b=c", data: "{}")),
        ("1/admin,", ReadPacket(.disconnect, namespace: "/admin")),
        ("2[\"hello\",1]", ReadPacket(.event, data: "[\"hello\",1]", elements: ["\"hello\"", "1"])),
        ("212[\"a\"]", ReadPacket(.event, id: 12, data: "[\"a\"]", elements: ["\"a\""])),
        (
            "2/admin,456[\"a\", {\"b\": 1} ]",
            ReadPacket(
                .event, namespace: "/admin", id: 456, data: "[\"a\", {\"b\": 1} ]",
                elements: ["\"a\"", "{\"b\": 1}"])
        ),
        ("2/,0[\"a\"]", ReadPacket(.event, id: 0, data: "[\"a\"]", elements: ["\"a\""])),
        ("3456[]", ReadPacket(.ack, id: 456, data: "[]")),
        ("3/é,1[null]", ReadPacket(.ack, namespace: "/é", id: 1, data: "[null]", elements: ["null"])),
        ("4{\"message\":\"no\"}", ReadPacket(.connectError, data: "{\"message\":\"no\"}")),
        ("4\"no\"", ReadPacket(.connectError, data: "\"no\"")),
        ("51-[\"a\"]", ReadPacket(.binaryEvent, attachments: 1, data: "[\"a\"]", elements: ["\"a\""])),
        ("50-[\"a\"]", ReadPacket(.binaryEvent, data: "[\"a\"]", elements: ["\"a\""])),
        (
            "610-/admin,7[1]",
            ReadPacket(.binaryAck, attachments: 10, namespace: "/admin", id: 7, data: "[1]", elements: ["1"])
        ),
    ])
    func `are taken apart`(text: String, expected: ReadPacket) throws {
        #expect(try ReadPacket(text) == expected)
    }

    @Test(
        arguments: [
            ("", .unknownType), ("7", .unknownType), ("9[\"a\"]", .unknownType), ("/", .unknownType),
            ("[\"a\"]", .unknownType),
            ("é", .unknownType), (" 2[\"a\"]", .unknownType),
            ("5", .illegalAttachments), ("5-", .illegalAttachments), ("5-[\"a\"]", .illegalAttachments),
            ("51", .illegalAttachments), ("51[\"a\"]", .illegalAttachments),
            ("5[\"a\"]", .illegalAttachments),
            ("5/a,1-[\"a\"]", .illegalAttachments), ("5-1-[\"a\"]", .illegalAttachments),
            ("5+1-[\"a\"]", .illegalAttachments),
            ("51.0-[\"a\"]", .illegalAttachments), ("51 -[\"a\"]", .illegalAttachments),
            ("6-[\"a\"]", .illegalAttachments),
            ("59999999999999999999-[\"a\"]", .illegalAttachments),
            ("51-", .invalidPayload), ("51-/a,", .invalidPayload), ("61-", .invalidPayload),
            ("3[]", .illegalID), ("60-[]", .illegalID), ("2999999999999999999999[\"a\"]", .illegalID),
            ("3999999999999999999999[]", .illegalID), ("21000000000000000[\"a\"]", .illegalID),
            ("2", .invalidPayload), ("2/admin", .invalidPayload), ("2/admin,", .invalidPayload),
            ("212", .invalidPayload),
            ("2[]", .invalidPayload), ("2{}", .invalidPayload), ("2\"a\"", .invalidPayload),
            ("2[\"a\"", .invalidPayload),
            ("2[\"a\"]x", .invalidPayload), ("2[\"a\",]", .invalidPayload), ("2[null]", .invalidPayload),
            ("2[true]", .invalidPayload), ("2[[\"a\"]]", .invalidPayload), ("2[{}]", .invalidPayload),
            ("2-1[\"a\"]", .invalidPayload),
            ("2[\"a\\x\"]", .invalidPayload), ("2 [\"a\"] x", .invalidPayload), ("3{}", .invalidPayload),
            ("31", .invalidPayload),
            ("0[]", .invalidPayload), ("0\"a\"", .invalidPayload), ("0null", .invalidPayload),
            ("0{", .invalidPayload),
            ("0{}x", .invalidPayload), ("0{\"a\":}", .invalidPayload), ("0/a,[]", .invalidPayload),
            ("1{}", .invalidPayload), ("1[]", .invalidPayload), ("1/a,{}", .invalidPayload),
            ("1 ", .invalidPayload),
            ("4", .invalidPayload), ("4[]", .invalidPayload), ("41", .invalidPayload),
            ("4{\"a\"}", .invalidPayload),
        ] as [(String, PacketViolation)])
    func `that break the protocol are refused`(text: String, violation: PacketViolation) {
        #expect(throws: violation) { _ = try ReadPacket(text) }
    }

    @Test(arguments: [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ])
    func `with a reserved name are refused, however it is spelt`(name: String) {
        let escaped = name.unicodeScalars.map { "\\u00" + String($0.value, radix: 16) }.joined()
        let halfEscaped = "\\u00" + String(name.utf8.first ?? 0, radix: 16).uppercased() + name.dropFirst()
        for spelling in [name, escaped, halfEscaped] {
            #expect(throws: PacketViolation.reservedEvent) { _ = try ReadPacket("2[\"\(spelling)\"]") }
            #expect(throws: PacketViolation.reservedEvent) { _ = try ReadPacket("2[ \"\(spelling)\" ,1]") }
            #expect(throws: PacketViolation.reservedEvent) {
                _ = try ReadPacket("51-/a,1[\"\(spelling)\",1]")
            }
        }
    }

    @Test(arguments: [
        "connected", "Connect", "connect ", "_connect", "connec", "", "disconnecte", "error", "newlistener",
        "conn\\u0065ct2",
        "\\\"connect\\\"", "connect\\u0000", "ping",
    ])
    func `with a name that only resembles a reserved one are events`(name: String) throws {
        #expect(try ReadPacket("2[\"\(name)\"]").elements == ["\"\(name)\""])
    }

    @Test(arguments: ["1", "-1", "0", "1.5", "1e3"])
    func `may have a number as name`(name: String) throws {
        #expect(try ReadPacket("2[\(name),true]").elements == [name, "true"])
    }

    @Test func `an ack may begin with what would be a reserved name`() throws {
        #expect(try ReadPacket("31[\"connect\"]").elements == ["\"connect\""])
    }

    @Test func `ids have at most 15 digits`() throws {
        #expect(try ReadPacket("2999999999999999[\"a\"]").id == 999_999_999_999_999)
        #expect(try ReadPacket("2000000000000001[\"a\"]").id == 1)
        #expect(throws: PacketViolation.illegalID) { _ = try ReadPacket("20000000000000001[\"a\"]") }
    }

    @Test func `attachments are limited on both sides`() throws {
        #expect(try ReadPacket("53-[\"a\"]", attachments: 3).attachments == 3)
        #expect(throws: PacketViolation.tooManyAttachments) {
            _ = try ReadPacket("54-[\"a\"]", attachments: 3)
        }
        #expect(throws: PacketViolation.tooManyAttachments) {
            _ = try ReadPacket("51-[\"a\"]", attachments: 0)
        }
        #expect(throws: PacketViolation.tooManyAttachments) { _ = try ReadPacket("6999999999999999-1[]") }
    }

    @Test func `that are not UTF-8 in their JSON are refused`() {
        #expect(throws: PacketViolation.invalidPayload) {
            _ = try ReadPacket(Array("2[\"a".utf8) + [0xC3, 0x22, 0x5D])
        }
    }

    @Test func `cut anywhere trap nothing, and events and acks are refused`() {
        for text in PacketSamples.all {
            let bytes = Array(text.utf8)
            for length in 0..<bytes.count {
                let packet = try? ReadPacket(Array(bytes[..<length]))
                let isWhole = packet.map { [.connect, .disconnect].contains($0.type) } ?? true
                #expect(isWhole, "\(text) cut at \(length)")
            }
        }
    }

    @Test func `that are damaged trap nothing, and what is accepted has its parts in the text`() throws {
        var random = SplitMix64(seed: 21)
        var accepted = 0
        for _ in 0..<30_000 {
            let text = damaged(Array((PacketSamples.all.randomElement(using: &random) ?? "").utf8), &random)
            guard let packet = try? SocketPacket(text.span, limits: SocketPacket.Limits(attachments: 3))
            else { continue }
            accepted += 1
            #expect(packet.attachmentCount <= 3 && packet.data.upperBound == text.count)
            for i in 0..<packet.elements.count {
                _ = try JSONValue(parsing: Array(text[packet.elements[i]]))
            }
        }
        #expect(accepted > 1_000, "the damage left too little valid to tell anything")
    }

    private func damaged(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0..<max(1, bytes.count), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where !bytes.isEmpty: bytes.remove(at: at)
            case 1 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2:
                bytes.insert(
                    Array(#"0123456/,-[]{}:"\u "#.utf8).randomElement(using: &random) ?? 0,
                    at: min(at, bytes.count))
            default: bytes += bytes[min(at, bytes.count)...].prefix(4)
            }
        }
        return bytes
    }
}
