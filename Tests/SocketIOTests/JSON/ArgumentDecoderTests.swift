import Foundation
import SocketIO
import Testing

/// `Decodable` values from the bytes of a packet.
@Suite struct `Argument decoder` {
    @Test func `an argument is decoded where it stands in the packet`() throws {
        let packet = Array("42[\"sector:candle_update\",\(JSONSamples.candle)]".utf8)
        let ranges = try JSONScanner.scanArray(packet.span, from: 2)
        let candle = try ArgumentDecoder().decode(Candle.self, from: packet, range: ranges[1])
        #expect(candle.sectorId == "technology")
        #expect(candle.open == 1245.5)
        #expect(candle.low == 1244)
        #expect(candle.volume == 1_250_000)
        #expect(candle.timestamp == Date(timeIntervalSince1970: 1_736_937_000))
    }

    @Test func `of equal keys the last counts`() throws {
        #expect(try decode([String: Int].self, #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
        #expect(try decode(Point.self, #"{"x":1,"y":2,"x":3}"#) == Point(x: 3, y: 2))
        #expect(try decode(Point.self, #"{"x":"no","y":2,"\u0078":3}"#) == Point(x: 3, y: 2))
    }

    @Test(arguments: [
        #"{"x":1,"line":{"y":9,"x":8},"y":2,"ab":3,"ba":4}"#,
        #"{"ba":4,"ab":3,"y":2,"line":{"x":8,"y":9},"x":1}"#,
        #"{"y":0,"line":{"x":0,"y":9,"x":8},"ba":4,"x":1,"y":2,"ab":3}"#,
        #"{"ab":3,"\u0062a":4,"x":1,"z":[{"x":5}],"line":{"y":9,"z":0,"x":8},"y":2}"#,
    ])
    func `members are found in any order, between those that nobody asks for`(json: String) throws {
        struct Shape: Decodable, Equatable { var x: Int, line: Point, y: Int, ab: Int, ba: Int, none: Int? }
        let expected = Shape(x: 1, line: Point(x: 8, y: 9), y: 2, ab: 3, ba: 4, none: nil)
        #expect(try decode(Shape.self, json) == expected)
    }

    @Test func `keys that Unicode calls equivalent are different keys`() throws {
        let value = try decode(JSONValue.self, #"{"\u00e9":1,"e\u0301":2}"#)
        #expect(value.objectValue?.members.count == 2)
    }

    @Test func `large objects are decoded in linear time and with the last of equal keys`() throws {
        let members = (0..<20_000).map { #""key\#($0)":\#($0)"# }
        let json = "{" + (members + [#""key7":-7"#]).joined(separator: ",") + "}"
        let value = try decode([String: Int].self, json)
        #expect(value.count == 20_000)
        #expect(value["key7"] == -7)
        #expect(value["key19999"] == 19_999)
    }

    @Test func `optional members may be absent or null`() throws {
        struct Options: Decodable, Equatable {
            var a: Int?, b: String?, c: [Int]?, d: Point?, e: Bool?, f: UInt8?
        }
        let none = Options(a: nil, b: nil, c: nil, d: nil, e: nil, f: nil)
        let all = Options(a: 1, b: "b", c: [1], d: Point(x: 1, y: 2), e: false, f: 255)
        #expect(try decode(Options.self, "{}") == none)
        #expect(try decode(Options.self, #"{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null}"#) == none)
        #expect(
            try decode(Options.self, #"{"a":1,"b":"b","c":[1],"d":{"x":1,"y":2},"e":false,"f":255}"#) == all)
    }

    @Test func `every width of integer is exact at its bounds`() throws {
        #expect(try decode([Int64].self, "[-9223372036854775808,9223372036854775807]") == [.min, .max])
        #expect(try decode([UInt64].self, "[0,18446744073709551615]") == [.min, .max])
        #expect(try decode([Int8].self, "[-128,127]") == [.min, .max])
        #expect(try decode([UInt8].self, "[0,255]") == [.min, .max])
        #expect(try decode([Int].self, "[9007199254740993]") == [9_007_199_254_740_993])
        #expect(throws: DecodingError.self) { try decode([Int8].self, "[128]") }
        #expect(throws: DecodingError.self) { try decode([UInt16].self, "[-1]") }
        #expect(throws: DecodingError.self) { try decode(UInt64.self, "18446744073709551616") }
        #expect(throws: DecodingError.self) { try decode(Int.self, "1.5") }
    }

    @Test func `scalars and arrays are arguments too`() throws {
        #expect(try decode(String.self, #""a\n""#) == "a\n")
        #expect(try decode(Bool.self, "true"))
        #expect(try decode(Double.self, "1e3") == 1000)
        #expect(try decode(Float.self, "0.1") == 0.1)
        #expect(try decode([[Double]].self, "[[1,2.5],[]]") == [[1, 2.5], []])
        #expect(try decode([String?].self, #"["a",null]"#) == ["a", nil])
        #expect(try decode(Int?.self, "null") == nil)
        #expect(try decode([Int: String].self, #"{"1":"a"}"#) == [1: "a"])
        #expect(try decode(Decimal.self, "1250.10") == Decimal(string: "1250.1"))
        #expect(try decode(Decimal.self, #""0.1""#) == Decimal(string: "0.1"))
        #expect(try decode(URL.self, #""https://example.org/a""#) == URL(string: "https://example.org/a"))
    }

    @Test func `superclasses decode from the same object or from super`() throws {
        let derived = try decode(Derived.self, #"{"name":"n","extra":1,"super":{"name":"s"}}"#)
        #expect(derived.name == "n")
        #expect(derived.extra == 1)
        #expect(derived.other.name == "s")
    }

    @Test func `nested containers are read by hand`() throws {
        struct ByHand: Decodable {
            var sum = 0
            init(from decoder: any Decoder) throws {
                let object = try decoder.container(keyedBy: Name.self)
                var array = try object.nestedUnkeyedContainer(forKey: "list")
                #expect(array.count == 4)
                sum += try array.decode(Int.self)
                #expect(try array.decodeNil())
                #expect(try !array.decodeNil())
                var inner = try array.nestedUnkeyedContainer()
                while !inner.isAtEnd { sum += try inner.decode(Int.self) }
                let last = try array.nestedContainer(keyedBy: Name.self)
                sum += try last.decode(Int.self, forKey: "x")
                #expect(array.isAtEnd)
                #expect(throws: DecodingError.self) { try array.decode(Int.self) }
            }
        }
        #expect(try decode(ByHand.self, #"{"list":[1,null,[2,3],{"x":4}]}"#).sum == 10)
    }

    @Test func `a decoder that was kept can be used later`() throws {
        struct Keeper: Decodable {
            let decoder: any Decoder
            init(from decoder: any Decoder) throws { self.decoder = decoder }
        }
        let keeper = try decode([Keeper].self, #"[{"x":1,"y":2}]"#)[0]
        #expect(try Point(from: keeper.decoder) == Point(x: 1, y: 2))
        #expect(keeper.decoder.codingPath.map(\.intValue) == [0])
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
        try ArgumentCoding.decode(type, json)
    }
}

/// What decoding says when it fails.
@Suite struct `Decoding errors` {
    @Test(arguments: [
        (#"{"points":[{"x":1,"y":2},{"x":1,"y":"2"}]}"#, "points.1.y", "expected an integer, found a string"),
        (#"{"points":[{"x":1}]}"#, "points.0", "the object has no member \"y\""),
        (#"{"points":{}}"#, "points", "expected an array, found an object"),
        (#"{"points":[{"x":1,"y":2},null]}"#, "points.1", "expected an object, found null"),
        (
            #"{"points":[{"x":1,"y":1e99}]}"#, "points.0.y",
            "expected an integer that fits into Int, found another number"
        ),
        (#"{"a":{"b":[1]},"points":[[]]}"#, "points.0", "expected an object, found an array"),
        ("true", "", "expected an object, found a boolean"),
    ])
    func `name the place, what was expected and what was found`(json: String, path: String, problem: String) {
        struct Shape: Decodable { var points: [Point] }
        let error = #expect(throws: DecodingError.self) { _ = try ArgumentCoding.decode(Shape.self, json) }
        let context = error?.context
        #expect(
            context?.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
                == path)
        #expect(context?.debugDescription == problem)
    }

    @Test func `text that is not JSON is a decoding error with the byte`() {
        let error = #expect(throws: DecodingError.self) { _ = try ArgumentCoding.decode(Point.self, "[1,]") }
        #expect(error?.context.debugDescription == "byte 3: no JSON value begins here")
    }

    @Test(arguments: [-1..<2, 0..<99, 3..<4, 0..<5])
    func `a range that is not one value is an error`(range: Range<Int>) {
        #expect(throws: DecodingError.self) {
            _ = try ArgumentDecoder().decode(JSONValue.self, from: Array("[1] 2 ".utf8), range: range)
        }
    }

    @Test func `a double beyond the range is an error`() {
        let error = #expect(throws: DecodingError.self) {
            _ = try ArgumentCoding.decode([Double].self, "[1e999]")
        }
        #expect(error?.context.debugDescription == "the number does not fit into Double")
    }
}

/// Types that nest as deep as a client pleases.
@Suite(.disabled(if: hasAddressSanitizer, "which makes frames several times larger"))
struct `Deep arguments` {
    @Test func `a recursive type of the greatest depth fits on a stack of 512 KB`() throws {
        // Each level calls init(from:) twice, for the array and for the element.
        let json = nested(ArgumentDecoder.greatestDepth / 2)
        let tree = try onThread(stackSize: 512 * 1024) { try ArgumentCoding.decode(Tree.self, json) }
        #expect(tree.depth == ArgumentDecoder.greatestDepth / 2)
    }

    @Test func `deeper types are refused`() {
        let json = nested(ArgumentDecoder.greatestDepth / 2 + 1)
        #expect(throws: DecodingError.self) { _ = try ArgumentCoding.decode(Tree.self, json) }
        #expect(throws: DecodingError.self) { _ = try ArgumentCoding.decode(Tree.self, nested(513)) }
    }

    @Test func `trees and raw JSON reach the depth of the scanner`() throws {
        let json = nested(JSONScanner.greatestDepth)
        // A quarter of this stack with optimisation.
        let value = try onThread(stackSize: 1024 * 1024) { try ArgumentCoding.decode(JSONValue.self, json) }
        #expect(value.description == json)
        #expect(try ArgumentCoding.decode(RawJSON.self, json).text == json)
    }

    private func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    private func onThread<Value: Sendable>(
        stackSize: Int, _ work: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let result = Outcome<Value>()
        let thread = Thread { result.set(Result { try work() }) }
        thread.stackSize = stackSize
        thread.start()
        return try result.wait()
    }
}

/// Whether the program was built with the address sanitizer.
private let hasAddressSanitizer = {
    // Only asks whether the symbol exists.
    unsafe dlsym(dlopen(nil, RTLD_NOW), "__asan_init") != nil
}()

/// Hands a result from one thread to another.
private final class Outcome<Value: Sendable>: Sendable {
    private let condition = NSCondition()
    // Only touched while the condition is locked.
    nonisolated(unsafe) private var result: Result<Value, any Error>?

    func set(_ value: Result<Value, any Error>) {
        condition.lock()
        unsafe result = value
        condition.signal()
        condition.unlock()
    }

    func wait() throws -> Value {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = unsafe result { return try result.get() }
            condition.wait()
        }
    }
}

extension DecodingError {
    /// The place and problem of any kind of decoding error.
    var context: Context {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: Context(codingPath: [], debugDescription: "")
        }
    }
}
