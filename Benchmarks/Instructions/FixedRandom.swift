internal import Synchronization

/// Stands in for the runtime's source of random numbers: the ids of sockets have to be the same in each run, because they
/// decide where else in a table a room is looked for.
@_cdecl("swift_stdlib_random")
func fixedRandom(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
    for i in 0..<count {
        // SplitMix64's way from a counter to bits that look random.
        var number = drawn.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
        number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
        unsafe bytes.storeBytes(of: UInt8(truncatingIfNeeded: number >> 40), toByteOffset: i, as: UInt8.self)
    }
}

private let drawn = Atomic<UInt64>(0)
