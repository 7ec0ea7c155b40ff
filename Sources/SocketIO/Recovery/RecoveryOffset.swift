internal import EngineWire

/// A place in a loop's log of events. Clients get it as the last argument of each event, and hand back the last that
/// they saw: `"0.1a"` is event 46 of loop 0.
struct RecoveryOffset: Sendable, Equatable {
    var loop: Int
    var number: UInt64

    init(loop: Int, number: UInt64) {
        self.loop = loop
        self.number = number
    }

    /// Nil for what is none: clients take any text that ends an event for one.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let loop = Int(parts[0], radix: 36), let number = UInt64(parts[1], radix: 36)
        else { return nil }
        self.init(loop: loop, number: number)
    }

    var text: String { String(loop, radix: 36) + "." + String(number, radix: 36) }

    /// Appends it as one more argument.
    func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: ",\"".utf8)
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }
}
