import Foundation
import SocketIO
import Testing

/// Trees of any shape.
@Suite struct `JSON value` {
    @Test func `literals build trees and subscripts walk them`() {
        let value: JSONValue = ["name": "a", "list": [1, 2.5, nil, true], "deep": ["x": ["y": -7]]]
        #expect(value["name"]?.stringValue == "a")
        #expect(value["list"]?[0]?.intValue == 1)
        #expect(value["list"]?[1]?.doubleValue == 2.5)
        #expect(value["list"]?[2]?.isNull == true)
        #expect(value["list"]?[3]?.boolValue == true)
        #expect(value["list"]?[4] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["deep"]?["x"]?["y"]?.intValue == -7)
        #expect(value["deep"]?["z"] == nil)
        #expect(value.description == #"{"name":"a","list":[1,2.5,null,true],"deep":{"x":{"y":-7}}}"#)
    }

    @Test func `objects keep the order of their members`() throws {
        var object: JSONObject = ["b": 1, "a": 2, "b": 3]
        #expect(object.keys == ["b", "a"])
        object["c"] = 4
        object["b"] = nil
        #expect(object.keys == ["a", "c"])
        #expect(object["c"] == 4)
        #expect(try JSONValue(parsing: #"{"z":1,"a":2}"#).description == #"{"z":1,"a":2}"#)
    }

    @Test(
        arguments: JSONSamples.arrays + [
            "1e999", "[123456789012345678901234567890]", "-0", "1.0", "null", #""""#,
        ])
    func `numbers and order survive a round trip`(json: String) throws {
        let value = try JSONValue(parsing: json)
        let text = try ArgumentCoding.encode(value)
        #expect(try JSONValue(parsing: text) == value)
        #expect(text == value.description)
    }

    @Test func `number text is kept as it was sent`() throws {
        #expect(try ArgumentCoding.decode(JSONValue.self, "[1.0,1e3,-0]").description == "[1.0,1e3,-0]")
    }

    @Test func `other coders read and write it too`() throws {
        let json = #"{"a":[1,2.5,null,true,"x",18446744073709551615,{"b":[]}]}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
        #expect(value.description == json)
        #expect(String(decoding: try JSONEncoder().encode(value), as: UTF8.self) == json)
    }

    @Test func `values are decoded inside of other types`() throws {
        struct Envelope: Codable, Equatable { var id: Int, body: JSONValue, rest: [JSONValue]? }
        let json = #"{"id":1,"body":{"x":[1.50]},"rest":[null]}"#
        let envelope = try ArgumentCoding.decode(Envelope.self, json)
        #expect(envelope.body["x"]?[0]?.description == "1.50")
        #expect(try ArgumentCoding.encode(envelope) == json)
    }
}

/// Text that is passed on unread.
@Suite struct `Raw JSON` {
    @Test func `bytes pass through both ways`() throws {
        let json = #"{"id":1,"body":{ "a" : 1.50e0, "a":"\ud83d" }}"#
        struct Envelope: Codable { var id: Int, body: RawJSON }
        let envelope = try ArgumentCoding.decode(Envelope.self, json)
        #expect(envelope.body.text == #"{ "a" : 1.50e0, "a":"\ud83d" }"#)
        #expect(try ArgumentCoding.encode(envelope) == json)
        #expect(try ArgumentCoding.encode([envelope.body]) == "[\(envelope.body.text)]")
    }

    @Test(arguments: ["", "[1,]", "{} x", "nope", "\u{FEFF}1"])
    func `text that is not JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { _ = try RawJSON(validating: text) }
    }

    @Test func `other coders read and write an equal value`() throws {
        let raw = try RawJSON(validating: #"{"a":[1,2.50]}"#)
        #expect(String(decoding: try JSONEncoder().encode(raw), as: UTF8.self) == #"{"a":[1,2.5]}"#)
        #expect(try JSONDecoder().decode(RawJSON.self, from: Data(#"{ "a": 1 }"#.utf8)).text == #"{"a":1}"#)
    }
}
