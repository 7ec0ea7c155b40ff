import Foundation
import Testing

@testable import SocketIO

/// Messages as Node's server with socket.io-msgpack-parser writes them.
@Suite struct `Encoded MessagePack packets` {
    @Test func `of events have type, data and namespace`() throws {
        #expect(
            try MessagePackEncoder.event("hello", EncodedArguments("you"), namespace: "/")
                == bytes("83 a4 74797065 02 a4 64617461 92 a5 68656c6c6f a3 796f75 a3 6e7370 a1 2f"))
        #expect(
            try MessagePackEncoder.event("a\n", EncodedArguments(), namespace: "/é")
                == bytes("83 a4 74797065 02 a4 64617461 91 a2 61 0a a3 6e7370 a3 2f c3a9"))
    }

    @Test func `of events have the id before the namespace`() throws {
        #expect(
            try MessagePackEncoder.event("a", EncodedArguments(1), namespace: "/", id: 300)
                == bytes("84 a4 74797065 02 a4 64617461 92 a1 61 01 a2 6964 cd 012c a3 6e7370 a1 2f"))
    }

    @Test func `of acks begin with the id`() throws {
        #expect(
            try MessagePackEncoder.ack(7, EncodedArguments(true), namespace: "/")
                == bytes("84 a2 6964 07 a4 74797065 03 a4 64617461 91 c3 a3 6e7370 a1 2f"))
        #expect(
            try MessagePackEncoder.ack(0, EncodedArguments(), namespace: "/")
                == bytes("84 a2 6964 00 a4 74797065 03 a4 64617461 90 a3 6e7370 a1 2f"))
    }

    @Test func `have what is binary in its place`() throws {
        let arguments = try EncodedArguments(Data([1]), ["x": Data([2, 3])])
        #expect(
            try MessagePackEncoder.event("e", arguments, namespace: "/")
                == bytes(
                    "83 a4 74797065 02 a4 64617461 93 a1 65 c4 01 01 81 a1 78 c4 02 0203 a3 6e7370 a1 2f"))
    }

    @Test func `of other types have their data, if any`() throws {
        #expect(
            try MessagePackEncoder.packet(.connect, namespace: "/", json: Array(#"{"sid":"x"}"#.utf8))
                == bytes("83 a4 74797065 00 a4 64617461 81 a3 736964 a1 78 a3 6e7370 a1 2f"))
        #expect(
            try MessagePackEncoder.packet(.disconnect, namespace: "/n")
                == bytes("82 a4 74797065 01 a3 6e7370 a2 2f6e"))
        #expect(
            try MessagePackEncoder.packet(
                .connectError, namespace: "/", json: Array(#"{"message":"no"}"#.utf8))
                == bytes("83 a4 74797065 04 a4 64617461 81 a7 6d657373616765 a2 6e6f a3 6e7370 a1 2f"))
    }

    @Test(arguments: [(PacketKind.binaryEvent, PacketKind.event), (.binaryAck, .ack)])
    func `have no binary types`(type: PacketKind, plain: PacketKind) throws {
        let (json, id) = (Array("[1]".utf8), 1)
        #expect(
            try MessagePackEncoder.packet(type, namespace: "/", id: id, json: json)
                == MessagePackEncoder.packet(plain, namespace: "/", id: id, json: json))
    }

    /// An event that is passed on in a value of the application's may be deeper than one that is received.
    @Test(arguments: [513, 577, 5_000])
    func `are written however deep their data are`(depth: Int) throws {
        let json = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(
            try MessagePackEncoder.packet(.event, namespace: "/", json: Array(json.utf8))
                == bytes("83 a4 74797065 02 a4 64617461 91*\(depth - 1) 90 a3 6e7370 a1 2f"))
    }

    @Test func `are none of what is no JSON`() {
        let packet = ParserPacket(kind: .event, namespace: "/", json: Array("[1,".utf8))
        #expect(MessagePackParser().encode(packet).isEmpty)
    }

    @Test func `are as large as MessagePack can say, and no larger`() throws {
        func size(limit: Int) throws -> Int {
            try MessagePackEncoder.packet(
                .event, namespace: "/", json: Array("[1]".utf8), attachments: [[1, 2]], sizeLimit: limit
            ).count
        }
        #expect(try size(limit: 46) == 20)
        #expect(throws: JSONError(.tooLong, at: 45)) { _ = try size(limit: 45) }
    }

    @Test(arguments: JSONSamples.arrays, [nil, 0, 1 << 40])
    func `are read as they were meant`(json: String, id: Int?) throws {
        var arguments = EncodedArguments()
        arguments.json = Array(json.utf8)
        arguments.attachments = json.contains("_placeholder") ? [[1], []] : []
        let message = try MessagePackEncoder.event("é\"", arguments, namespace: "/n", id: id)
        let packet = try ReadMessagePack(message)
        #expect(packet.type == .event && packet.namespace == "/n" && packet.id == id)
        #expect(packet.data.attachments == arguments.attachments)
        #expect(packet.elements.first == #""é\"""#)
        #expect(try sameValue(packet.elements[1], json))
    }

    /// Whether two texts mean the same but for the spelling of numbers and dates.
    private func sameValue(_ one: String, _ other: String) throws -> Bool {
        func object(_ text: String) throws -> NSArray? {
            let value = try JSONValue(parsing: text).description
            return try JSONSerialization.jsonObject(with: Data(value.utf8)) as? NSArray
        }
        return try object(one) == object(other)
    }
}
