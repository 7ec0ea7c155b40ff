import Foundation
import SocketIO
import Testing

/// `Encodable` values as bytes of a packet.
@Suite struct `Argument encoder` {
    @Test func `members stand in the order of encoding and numbers as in JavaScript`() throws {
        let candle = try ArgumentCoding.decode(Candle.self, JSONSamples.candle)
        #expect(try encode(candle) == JSONSamples.candle)
    }

    @Test func `the value is appended to what is there`() throws {
        var bytes = Array(#"42["point","#.utf8)
        var attachments: [[UInt8]] = []
        try ArgumentEncoder().encode(Point(x: 1, y: -2), into: &bytes, attachments: &attachments)
        #expect(String(decoding: bytes, as: UTF8.self) == #"42["point",{"x":1,"y":-2}"#)
    }

    @Test func `values of every kind are written`() throws {
        #expect(try encode("a\"") == #""a\"""#)
        #expect(try encode(true) == "true")
        #expect(try encode([1.5, 2, -0.0]) == "[1.5,2,0]")
        #expect(try encode(["a", "b"]) == #"["a","b"]"#)
        #expect(try encode([Int]()) == "[]")
        #expect(try encode([Int8.min, 127]) == "[-128,127]")
        #expect(try encode([UInt64.max]) == "[18446744073709551615]")
        #expect(try encode(Float(0.1)) == "0.1")
        #expect(try encode([Int?.none, 1]) == "[null,1]")
        #expect(try encode(Int?.none) == "null")
        #expect(try encode(["k": [Point(x: 1, y: 2)]]) == #"{"k":[{"x":1,"y":2}]}"#)
        #expect(try encode([[Int?]]()) == "[]")
        #expect(try encode([[[1]], []]) == "[[[1]],[]]")
        #expect(try encode(Decimal(string: "1250.10")) == "1250.1")
        #expect(try encode(URL(string: "https://example.org/ä")) == #""https://example.org/%C3%A4""#)
        #expect(try encode([String: Int]()) == "{}")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a number that is not finite is refused with its place`(value: Double) throws {
        let error = #expect(throws: EncodingError.self) {
            try encode(["a": [Wrapped(value: 1), Wrapped(value: value)]])
        }
        guard case .invalidValue(_, let context)? = error else { return }
        #expect(
            context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue } == ["a", "1", "value"])
    }

    @Test func `a failed encoding leaves the buffers as they were`() throws {
        var bytes = Array("42[".utf8)
        var attachments: [[UInt8]] = [[1]]
        let value: [String: JSONValue] = ["a": .binary(Data([2]))]
        #expect(throws: EncodingError.self) {
            try ArgumentEncoder().encode(
                Pair(first: value, second: Double.nan), into: &bytes, attachments: &attachments)
        }
        #expect(bytes == Array("42[".utf8))
        #expect(attachments == [[1]])
    }

    @Test func `a value that failed inside another leaves no trace`() throws {
        struct Tolerant: Encodable {
            func encode(to encoder: any Encoder) throws {
                var object = encoder.container(keyedBy: Name.self)
                try? object.encode([1, Double.nan], forKey: "bad")
                try object.encode(1, forKey: "good")
                try? object.encode(Pair(first: Data([1]), second: Double.nan), forKey: "worse")
                try object.encode([Data([2])], forKey: "data")
            }
        }
        let (json, attachments) = try ArgumentCoding.encodeWithAttachments(Tolerant())
        #expect(json == #"{"good":1,"data":[{"_placeholder":true,"num":0}]}"#)
        #expect(attachments == [[2]])
    }

    @Test func `a value that encodes nothing is an empty object, or an error as the argument`() throws {
        struct Nothing: Encodable { func encode(to encoder: any Encoder) throws {} }
        #expect(try encode([Nothing(), Nothing()]) == "[{},{}]")
        #expect(try encode(["a": Nothing()]) == #"{"a":{}}"#)
        #expect(throws: EncodingError.self) { try encode(Nothing()) }
    }

    @Test func `superclasses encode into the same object and under super`() throws {
        let derived = Derived(name: "n", extra: 1, other: Base(name: "s"))
        #expect(try encode(derived) == #"{"name":"n","extra":1,"super":{"name":"s"}}"#)
        #expect(try encode([derived, derived]).hasSuffix(#""super":{"name":"s"}}]"#))
    }

    @Test func `nested containers may be filled in any order`() throws {
        struct ByHand: Encodable {
            func encode(to encoder: any Encoder) throws {
                var object = encoder.container(keyedBy: Name.self)
                var first = object.nestedContainer(keyedBy: Name.self, forKey: "first")
                try object.encode(Point(x: 0, y: 0), forKey: "point")
                var second = object.nestedUnkeyedContainer(forKey: "second")
                try first.encode(1, forKey: "a")
                try second.encode("x")
                var inner = second.nestedUnkeyedContainer()
                try first.encode([2], forKey: "b")
                try second.encodeNil()
                try inner.encode(Data([7]))
                _ = second.superEncoder()
                #expect(second.count == 4)
                try object.encode(true, forKey: "last")
                try first.encode(3, forKey: "c")
            }
        }
        let expected =
            #"{"first":{"a":1,"b":[2],"c":3},"point":{"x":0,"y":0},"#
            + #""second":["x",[{"_placeholder":true,"num":0}],null,{}],"last":true}"#
        #expect(try encode(ByHand()) == expected)
        #expect(try encode([[ByHand()]]) == "[[\(expected)]]")
    }

    @Test func `a container asked for twice is the same container`() throws {
        struct Twice: Encodable {
            func encode(to encoder: any Encoder) throws {
                var one = encoder.container(keyedBy: Name.self)
                try one.encode(1, forKey: "a")
                var other = encoder.container(keyedBy: Name.self)
                try other.encode(2, forKey: "b")
                try one.encode(3, forKey: "c")
            }
        }
        #expect(try encode([Twice()]) == #"[{"a":1,"b":2,"c":3}]"#)
    }

    @Test func `misusing an encoder throws and never spoils the text`() throws {
        struct Misuse: Encodable {
            func encode(to encoder: any Encoder) throws {
                var list = encoder.unkeyedContainer()
                try list.encode(1)
                var object = encoder.container(keyedBy: Name.self)
                #expect(throws: EncodingError.self) { try object.encode(1, forKey: "a") }
                var single = encoder.singleValueContainer()
                #expect(throws: EncodingError.self) { try single.encode(2) }
                var same = encoder.unkeyedContainer()
                try list.encode(Late { #expect(throws: EncodingError.self) { try same.encode(3) } })
                try list.encode(4)
            }
        }
        struct Late: Encodable {
            let action: () -> Void
            func encode(to encoder: any Encoder) throws {
                var inner = encoder.unkeyedContainer()
                action()
                try inner.encode(0)
            }
        }
        #expect(try encode(Misuse()) == "[1,[0],4]")
    }

    @Test func `the coding path is known while encoding`() throws {
        struct Spy: Encodable {
            func encode(to encoder: any Encoder) throws {
                #expect(encoder.codingPath.map(\.stringValue) == ["a\"b", "Index 1"])
                var object = encoder.container(keyedBy: Name.self)
                #expect(object.codingPath.map(\.stringValue) == ["a\"b", "Index 1"])
                try object.encode(0, forKey: "before")
                #expect(object.codingPath.map(\.stringValue) == ["a\"b", "Index 1"])
                let nested = object.nestedUnkeyedContainer(forKey: "c")
                #expect(nested.codingPath.map(\.stringValue) == ["a\"b", "Index 1", "c"])
            }
        }
        _ = try encode(["a\"b": Pair(first: 0, second: Spy()).list])
    }

    @Test func `values nested too deeply are refused`() throws {
        var tree = Tree.leaf(1)
        for _ in 0..<512 { tree = .branches([tree]) }
        let json = try encode(tree)
        try JSONScanner.validateValue(Array(json.utf8).span)
        #expect(throws: EncodingError.self) { _ = try encode(Tree.branches([tree])) }
    }

    private func encode(_ value: some Encodable) throws -> String {
        try ArgumentCoding.encode(value)
    }
}

private struct Wrapped: Encodable {
    var value: Double
}

private struct Pair<First: Encodable, Second: Encodable>: Encodable {
    var first: First
    var second: Second

    var list: List { List(pair: self) }

    struct List: Encodable {
        var pair: Pair

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(pair.first)
            try list.encode(pair.second)
        }
    }
}
