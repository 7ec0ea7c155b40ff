import EngineWire
import Foundation
import Testing

@testable import SocketIO

@Suite struct `Encoded packets` {
    @Test func `an event has its name and its arguments`() throws {
        #expect(event("tick", try EncodedArguments(1, "a")) == "42[\"tick\",1,\"a\"]")
        #expect(event("tick", EncodedArguments()) == "42[\"tick\"]")
        #expect(event("a\"b\n", EncodedArguments()) == #"42["a\"b\n"]"#)
    }

    @Test func `namespace and id stand in front of the JSON, the main namespace is left out`() throws {
        #expect(event("a", try EncodedArguments(1), namespace: "/admin", id: 7) == "42/admin,7[\"a\",1]")
        #expect(event("a", try EncodedArguments(1), id: 0) == "420[\"a\",1]")
    }

    @Test func `binary arguments are attachments`() throws {
        let arguments = try EncodedArguments(Data([1]), "x", Data([2, 3]))
        #expect(arguments.attachments == [[1], [2, 3]])
        #expect(
            event("up", arguments, namespace: "/n", id: 3)
                == "452-/n,3[\"up\",{\"_placeholder\":true,\"num\":0},\"x\",{\"_placeholder\":true,\"num\":1}]"
        )
    }

    @Test func `acks have an id and an open bracket`() {
        #expect(ackHead(7, attachments: 0, namespace: "/") == "437[")
        #expect(ackHead(7, attachments: 2, namespace: "/n") == "462-/n,7[")
    }

    @Test func `other packets have their JSON`() {
        #expect(
            PacketEncoder.packet(.connect, namespace: "/", json: "{\"sid\":\"x\"}")
                == Array("40{\"sid\":\"x\"}".utf8))
        #expect(PacketEncoder.packet(.disconnect, namespace: "/n") == Array("41/n,".utf8))
        #expect(PacketEncoder.packet(.connectError, namespace: "/n", json: "{}") == Array("44/n,{}".utf8))
    }

    @Test(arguments: ["/", "/admin", "/é"], [nil, 0, 999_999_999_999_999])
    func `are read as they were meant`(namespace: String, id: Int?) throws {
        let arguments = try EncodedArguments(["k": 1.5], Data([1]))
        let packet = try ReadPacket(
            String(event("n\u{E9}w", arguments, namespace: namespace, id: id).dropFirst()))
        #expect(packet.type == .binaryEvent && packet.attachments == 1 && packet.id == id)
        #expect(packet.namespace == (namespace == "/" ? nil : namespace))
        #expect(packet.elements == ["\"n\u{E9}w\"", "{\"k\":1.5}", "{\"_placeholder\":true,\"num\":0}"])
    }

    private func event(
        _ name: String, _ arguments: EncodedArguments, namespace: String = "/", id: Int? = nil
    ) -> String {
        var bytes: [UInt8] = []
        PacketEncoder.appendEvent(name, arguments, namespace: namespace, id: id, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func ackHead(_ id: Int, attachments: Int, namespace: String) -> String {
        var bytes: [UInt8] = []
        PacketEncoder.appendAckHead(id, attachments: attachments, namespace: namespace, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
