import Testing

@testable import SocketIO

/// What JSON has no form for: binary values, dates, and limits on both.
@Suite struct `MessagePack beyond JSON` {
    private static let first = #"{"_placeholder":true,"num":0}"#

    @Test(arguments: [
        (0, "c4 00"), (1, "c4 01"), (255, "c4 ff"), (256, "c5 0100"), (65_535, "c5 ffff"),
        (65_536, "c6 00010000"),
    ])
    func `binary values become attachments`(size: Int, head: String) throws {
        let form = InnerForm(Self.first, [bytes("01*\(size)")])
        #expect(try InnerForm(messagePack: bytes("\(head) 01*\(size)")) == form)
        #expect(try form.messagePack() == bytes("\(head) 01*\(size)"))
    }

    /// notepack on Node writes `Buffer` as binary and typed arrays as extension 0 with a size.
    @Test(arguments: [
        (0, "c7 00 00"), (1, "c7 01 00"), (8, "c7 08 00"), (300, "c8 012c 00"), (300, "c9 0000012c 00"),
        (1, "c5 0001"), (1, "c6 00000001"),
    ])
    func `typed arrays are binary, too`(size: Int, head: String) throws {
        #expect(
            try InnerForm(messagePack: bytes("\(head) 01*\(size)"))
                == InnerForm(Self.first, [bytes("01*\(size)")]))
    }

    @Test func `attachments are numbered in the order of the text`() throws {
        let form = try InnerForm(messagePack: bytes("82 a1 61 c4 01 07 a1 62 92 c4 00 c7 01 00 08"))
        let second = #"{"_placeholder":true,"num":1}"#
        let third = #"{"_placeholder":true,"num":2}"#
        #expect(form == InnerForm(#"{"a":\#(Self.first),"b":[\#(second),\#(third)]}"#, [[7], [], [8]]))
        #expect(try form.messagePack() == bytes("82 a1 61 c4 01 07 a1 62 92 c4 00 c4 01 08"))
    }

    @Test func `placeholders are found however they are spelt`() throws {
        let spelling =
            #"[{"num":1,"\u005fplaceholder": true,"x":[]},{"_placeholder":true,"num":0},{"num":0}]"#
        #expect(
            try InnerForm(spelling, [[7], [8]]).messagePack() == bytes("93 c4 01 08 c4 01 07 81 a3 6e756d 00")
        )
    }

    @Test(arguments: [
        (#"{"_placeholder":true,"num":1}"#, "82 ac 5f706c616365686f6c646572 c3 a3 6e756d 01"),
        (#"{"_placeholder":true,"num":-1}"#, "82 ac 5f706c616365686f6c646572 c3 a3 6e756d ff"),
        (#"{"_placeholder":true}"#, "81 ac 5f706c616365686f6c646572 c3"),
        (#"{"_placeholder":1,"num":0}"#, "82 ac 5f706c616365686f6c646572 01 a3 6e756d 00"),
    ])
    func `objects that only resemble placeholders are written as they stand`(json: String, hex: String) throws
    {
        #expect(try InnerForm(json, [[7]]).messagePack() == bytes(hex))
    }

    @Test func `a map that looks like a placeholder is taken for what it is, unless something is binary`()
        throws
    {
        let lookalike = "82 ac 5f706c616365686f6c646572 c3 a3 6e756d 00"
        #expect(try InnerForm(messagePack: bytes(lookalike)) == InnerForm(Self.first))
        #expect(try InnerForm(Self.first).messagePack() == bytes(lookalike))
        for hex in [
            "92 \(lookalike) c4 00", "92 c4 00 \(lookalike)", "92 81 ac 5f706c616365686f6c646572 c3 c4 00",
        ] {
            #expect(throws: MessagePackError.ambiguousPlaceholder) {
                _ = try InnerForm(messagePack: bytes(hex))
            }
        }
        let harmless = "92 81 ac 5f706c616365686f6c646572 c2 c4 00"
        #expect(
            try InnerForm(messagePack: bytes(harmless))
                == InnerForm(#"[{"_placeholder":false},\#(Self.first)]"#, [[]]))
    }

    @Test(arguments: [
        ("d7 00 0000000000000000", "1970-01-01T00:00:00.000Z"),
        ("d7 00 0000010883436bff", "2005-12-31T23:59:59.999Z"),
        ("d7 00 ffffff9c80e28800", "1956-06-17T00:00:00.000Z"),
        ("d7 00 000004e111a31efe", "2140-01-01T13:14:15.678Z"),
        ("d7 00 001eb208c2dc0000", "+275760-09-13T00:00:00.000Z"),
        ("d6 ff ffffffff", "2106-02-07T06:28:15.000Z"),
        ("d7 ff ee6b27fc 00000001", "1970-01-01T00:00:01.999Z"),
        ("d7 ff 00000003 ffffffff", "2514-05-30T01:53:03.000Z"),
        ("c7 0c ff 3b9ac9ff ffffffffffffffff", "1969-12-31T23:59:59.999Z"),
        ("c7 04 ff 00000001", "1970-01-01T00:00:01.000Z"),
    ])
    func `dates are their text in JSON`(hex: String, text: String) throws {
        #expect(try InnerForm(messagePack: bytes(hex)) == InnerForm("\"\(text)\""))
    }

    @Test(arguments: [
        "d7 00 001eb208c2dc0001", "d7 00 8000000000000000", "c7 0c ff 00000000 7fffffffffffffff",
        "c7 0c ff 00000000 8000000000000000",
    ])
    func `dates beyond JavaScript's are null`(hex: String) throws {
        #expect(try InnerForm(messagePack: bytes(hex)) == InnerForm("null"))
    }

    @Test(
        arguments: [
            ("c1", .unusedFormat), ("d4 01 00", .unknownExtension), ("d5 00 0000", .unknownExtension),
            ("d6 00 00000000", .unknownExtension), ("d8 00 00*16", .unknownExtension),
            ("d8 ff 00*16", .unknownExtension),
            ("d7 01 00*8", .unknownExtension), ("c7 05 7f 00*5", .unknownExtension),
            ("c8 0001 01 00", .unknownExtension),
            ("c7 00 ff", .unknownExtension), ("d4 ff 00", .unknownExtension),
            ("d7 ff ee6b2800 00000000", .illegalTimestamp), ("c7 0c ff 3b9aca00 00*8", .illegalTimestamp),
        ] as [(String, MessagePackError)])
    func `what has no meaning is refused`(hex: String, error: MessagePackError) {
        #expect(throws: error) { _ = try InnerForm(messagePack: bytes(hex)) }
        #expect(throws: error) { _ = try InnerForm(messagePack: bytes("91 \(hex)")) }
    }

    @Test func `depth is limited on both sides, and an attachment is a level`() throws {
        #expect(try InnerForm(messagePack: bytes("91 91 00"), depth: 2) == InnerForm("[[0]]"))
        #expect(throws: MessagePackError.tooDeep) {
            _ = try InnerForm(messagePack: bytes("91 91 90"), depth: 2)
        }
        #expect(try InnerForm(messagePack: bytes("81 00 c4 00"), depth: 2).attachments == [[]])
        #expect(throws: MessagePackError.tooDeep) {
            _ = try InnerForm(messagePack: bytes("91 91 c4 00"), depth: 2)
        }
        #expect(try InnerForm(messagePack: bytes("91*511 90")).json.utf8.count == 1_024)
        #expect(throws: MessagePackError.tooDeep) { _ = try InnerForm(messagePack: bytes("91*512 90")) }
        #expect(throws: MessagePackError.tooDeep) { _ = try InnerForm(messagePack: bytes("91*512 c4 00")) }
    }

    @Test func `attachments are limited on both sides`() throws {
        #expect(try InnerForm(messagePack: bytes("93 c400*3"), attachments: 3).attachments.count == 3)
        #expect(throws: MessagePackError.tooManyAttachments) {
            _ = try InnerForm(messagePack: bytes("94 c400*4"), attachments: 3)
        }
        #expect(throws: MessagePackError.tooManyAttachments) {
            _ = try InnerForm(messagePack: bytes("c4 00"), attachments: 0)
        }
    }

    /// Nothing of that size is ever asked of memory: the error comes from the sizes alone.
    @Test(arguments: [
        "c6 ffffffff 00", "db ffffffff 00", "dd ffffffff 00", "df ffffffff 00", "c9 ffffffff 00 00",
        "dc 0002 00",
        "de 0001 00", "dd ffffffff*64", "91 dd ffffffff", "df 7fffffff 00", "c5 0002 00", "a2 61", "93 00 00",
    ])
    func `sizes beyond the end are refused at once`(hex: String) {
        #expect(throws: MessagePackError.truncated) { _ = try InnerForm(messagePack: bytes(hex)) }
        #expect(throws: MessagePackError.truncated) {
            var reader = MessagePackReader()
            _ = try reader.skipValue(bytes(hex).span)
        }
    }

    /// Nobody reads four billion elements to find that one is missing.
    @Test(arguments: [
        ("93 00 00", 1), ("82 00 00 00", 1), ("dd 00000005 00 00 00 00", 5), ("df 00000002 00 00 00", 5),
        ("92 93 00 00 00", 2), ("92 81 00 00", 2),
    ])
    func `what cannot be complete is refused at its head`(hex: String, end: Int) {
        var reader = MessagePackReader()
        #expect(throws: MessagePackError.truncated) { _ = try reader.skipValue(bytes(hex).span) }
        #expect(reader.at == end)
    }
}
