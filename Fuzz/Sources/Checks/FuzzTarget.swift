/// A reader of what peers send, and what must hold for it whatever the bytes are.
///
/// The fuzzers look for bytes that break it; the unit tests replay the bytes that they found interesting.
struct FuzzTarget: Sendable {
    /// Also the name of its folder in `Fuzz/Corpus`.
    let name: String
    /// Throws what does not hold for these bytes. Traps are findings, too.
    let check: @Sendable (_ input: [UInt8]) throws(Finding) -> Void

    static let all = [
        FuzzTarget(name: "http-head", check: HTTPChecks.head),
        FuzzTarget(name: "http-body", check: HTTPChecks.body),
        FuzzTarget(name: "websocket-frames", check: WebSocketChecks.frames),
        FuzzTarget(name: "websocket-deflate", check: WebSocketChecks.compressedFrames),
        FuzzTarget(name: "deflate-messages", check: DeflateChecks.messages),
        FuzzTarget(name: "extension-offers", check: OfferChecks.offers),
        FuzzTarget(name: "accept-encoding", check: OfferChecks.acceptEncoding),
        FuzzTarget(name: "engine-payload", check: EngineChecks.payload),
        FuzzTarget(name: "forwarded", check: AddressChecks.forwarded),
        FuzzTarget(name: "ip-address", check: AddressChecks.address),
        FuzzTarget(name: "json", check: JSONChecks.value),
        FuzzTarget(name: "socket-packets", check: SocketPacketChecks.messages),
        FuzzTarget(name: "msgpack-packets", check: MessagePackChecks.packet),
        FuzzTarget(name: "msgpack-json", check: MessagePackChecks.json),
    ]

    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A property that does not hold, in words.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Throws unless `condition` holds.
func expect(_ condition: Bool, _ description: @autoclosure () -> String) throws(Finding) {
    guard condition else { throw Finding(description()) }
}

/// Throws unless both are the same.
func expectEqual<Value: Equatable>(
    _ one: Value, _ other: Value, _ what: @autoclosure () -> String
) throws(Finding) {
    guard one == other else { throw Finding("\(what())\n  one:   \(one)\n  other: \(other)") }
}

/// Bytes as a connection may get them.
enum Pieces {
    /// Cut at places that the bytes themselves determine and, if they are few, byte by byte.
    static func ways(_ bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        var random = InputRandom(bytes)
        let longest = [3, 40, 400][Int(random.next() % 3)]
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            pieces.append(rest.prefix(1 + Int(random.next() % UInt64(longest))))
            rest = rest.dropFirst(pieces.last?.count ?? 0)
        }
        return bytes.count <= 200 ? [pieces, bytes.indices.map { bytes[$0...$0] }] : [pieces]
    }
}

/// Numbers that look random and are the same whenever the input is (FNV-1a, then SplitMix64).
struct InputRandom: RandomNumberGenerator {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ input: [UInt8]) {
        for byte in input { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
