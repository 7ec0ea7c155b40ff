import EngineWire
import Testing

@testable import SocketIO

@Suite struct `Packets with attachments` {
    @Test func `are whole with their last attachment, in the order of arrival`() throws {
        var assembler = try waiting(
            "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]")
        #expect(assembler.isWaiting)
        #expect(try assembler.add([1].span) == nil)
        #expect(assembler.isWaiting)
        let packet = try #require(try assembler.add([2, 3].span))
        #expect(packet.attachments == [[1], [2, 3]])
        #expect(String(decoding: packet.text, as: UTF8.self).hasPrefix("52-[\"a\","))
        #expect(!assembler.isWaiting)
    }

    @Test func `an attachment may be empty`() throws {
        var assembler = try waiting("51-[\"a\",{\"_placeholder\":true,\"num\":0}]")
        #expect(try assembler.add([UInt8]().span)?.attachments == [[]])
    }

    @Test func `an attachment without a packet is refused, before and after one`() throws {
        var idle = PacketAssembler()
        #expect(!idle.isWaiting)
        #expect(throws: PacketViolation.unexpectedBinary) { _ = try idle.add([1].span) }
        var done = try waiting("51-[\"a\",{\"_placeholder\":true,\"num\":0}]")
        _ = try done.add([1].span)
        #expect(throws: PacketViolation.unexpectedBinary) { _ = try done.add([1].span) }
    }

    @Test func `one follows the other`() throws {
        var assembler = PacketAssembler()
        for byte: UInt8 in 1...3 {
            assembler = try waiting("61-7[{\"_placeholder\":true,\"num\":0}]", assembler)
            #expect(try assembler.add([byte].span)?.attachments == [[byte]])
        }
    }

    @Test(arguments: [
        "{P,N:0}", "{P,N:1}", "[{P,N:0}]", "{\"a\":{\"b\":[1,{P,N:1}]}}", "{N:0,P}", "{P,N:0,\"extra\":1}",
        "{\"_placeholder\":false,N:9}", "{\"_placeholder\":1,N:9}", "{N:9}", "\"P N:9\"", "null", "{}",
        "{\"_pl\\u0061ceholder\":true,\"n\\u0075m\":1}",
    ])
    func `may name each attachment anywhere`(argument: String) throws {
        var assembler = try waiting("52-[\"a\",\(Self.spelt(argument))]")
        _ = try assembler.add([1].span)
        #expect(try assembler.add([2].span) != nil)
    }

    @Test(arguments: [
        "{P}", "{P,N:2}", "{P,N:-1}", "{P,N:-0.5}", "{P,N:0.5}", "{P,N:1e9}", "{P,N:99999999999999999999}",
        "{P,N:\"0\"}",
        "{P,N:null}", "{P,N:true}", "{P,N:[0]}", "{P,N:{}}", "[[{P,N:2}]]", "{\"a\":{\"b\":[1,{P,N:2}]}}",
        "{P,N:0},{P,N:2}", "{\"_pl\\u0061ceholder\":true,\"num\":2}", "{P,N:0,N:2}",
        "{\"_placeholder\":false,P,N:2}",
    ])
    func `that name an attachment which is not there are refused`(argument: String) throws {
        var assembler = try waiting("52-[\"a\",\(Self.spelt(argument))]")
        _ = try assembler.add([1].span)
        #expect(throws: PacketViolation.illegalAttachments) { _ = try assembler.add([2].span) }
        #expect(!assembler.isWaiting)
    }

    /// `P` and `N` stand for the members of a placeholder.
    private static func spelt(_ argument: String) -> String {
        guard !argument.hasPrefix("\"") else { return argument }
        return argument.replacing("P", with: "\"_placeholder\":true").replacing("N", with: "\"num\"")
    }

    private func waiting(_ text: String, _ assembler: PacketAssembler = PacketAssembler()) throws
        -> PacketAssembler
    {
        var assembler = assembler
        let bytes = Array(text.utf8)
        assembler.begin(
            try SocketPacket(bytes.span, limits: SocketPacket.Limits(attachments: 10)), bytes.span)
        return assembler
    }
}
