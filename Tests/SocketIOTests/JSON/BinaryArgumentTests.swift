import Foundation
import SocketIO
import Testing

/// Attachments and their placeholders (Socket.IO protocol, binary events).
@Suite struct `Binary arguments` {
    @Test func `data becomes a placeholder at any depth, numbered in the order of encoding`() throws {
        let upload = Upload(name: "a", whole: Data([1, 2]), parts: [[Data([3])], []], byName: ["x": Data()])
        let (json, attachments) = try ArgumentCoding.encodeWithAttachments(upload)
        let expected =
            #"{"name":"a","whole":{"_placeholder":true,"num":0},"parts":[[{"_placeholder":true,"num":1}],[]],"#
            + #""byName":{"x":{"_placeholder":true,"num":2}}}"#
        #expect(json == expected)
        #expect(attachments == [[1, 2], [3], []])
        #expect(try ArgumentCoding.decode(Upload.self, json, attachments: attachments) == upload)
    }

    @Test func `numbers go on from the attachments that are there`() throws {
        var bytes: [UInt8] = []
        var attachments: [[UInt8]] = [[0]]
        try ArgumentEncoder().encode(Data([1]), into: &bytes, attachments: &attachments)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"_placeholder":true,"num":1}"#)
        #expect(attachments == [[0], [1]])
    }

    @Test(arguments: [
        #"{"_placeholder":true,"num":1}"#, #"{"_placeholder":true,"num":-1}"#,
        #"{"_placeholder":true,"num":1e300}"#,
        #"{"_placeholder":true,"num":9223372036854775808}"#, #"{"_placeholder":true,"num":0.5}"#,
        #"{"_placeholder":true,"num":"0"}"#, #"{"_placeholder":true}"#, #"{"_placeholder":false,"num":0}"#,
        #"{"_placeholder":1,"num":0}"#, "[1]", #""AQ==""#, "null", "{}",
    ])
    func `only the placeholder of a sent attachment is data`(json: String) {
        #expect(throws: DecodingError.self) {
            _ = try ArgumentCoding.decode(Data.self, json, attachments: [[1]])
        }
    }

    @Test func `members of a placeholder may stand in any order`() throws {
        let json = #"{"x":0,"num":0,"_placeholder":false,"_placeholder":true}"#
        #expect(try ArgumentCoding.decode(Data.self, json, attachments: [[1]]) == Data([1]))
    }

    @Test func `a missing attachment is named`() {
        let error = #expect(throws: DecodingError.self) {
            _ = try ArgumentCoding.decode(
                [Data].self, #"[{"_placeholder":true,"num":3}]"#, attachments: [[1]])
        }
        #expect(error?.context.debugDescription == "attachment 3 was not sent; the packet has 1")
        #expect(error?.context.codingPath.map(\.intValue) == [0])
    }

    @Test func `trees carry attachments both ways`() throws {
        let json = #"["a",{"file":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]"#
        let value = try ArgumentCoding.decode(JSONValue.self, json, attachments: [[1], [2]])
        #expect(value[1]?["file"]?.dataValue == Data([1]))
        #expect(value[2] == .binary(Data([2])))
        let (text, attachments) = try ArgumentCoding.encodeWithAttachments(value)
        #expect(text == json)
        #expect(attachments == [[1], [2]])
    }

    @Test func `a thousand placeholders share one attachment`() throws {
        let placeholder = #"{"_placeholder":true,"num":0}"#
        let json = "[" + Array(repeating: placeholder, count: 1000).joined(separator: ",") + "]"
        let copies = try ArgumentCoding.decode(
            [Data].self, json, attachments: [Array(repeating: 7, count: 1_000_000)])
        let addresses = Set(copies.map { unsafe $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } })
        #expect(addresses.count == 1)
    }

    @Test func `raw JSON keeps placeholders`() throws {
        let json = #"{"a": {"_placeholder":true,"num":0}}"#
        #expect(try ArgumentCoding.decode(RawJSON.self, json, attachments: [[1]]).text == json)
    }
}

private struct Upload: Codable, Equatable {
    var name: String
    var whole: Data
    var parts: [[Data]]
    var byName: [String: Data]
}
