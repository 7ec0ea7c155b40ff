internal import CHiredis

/// A command and its arguments, as bytes.
package struct RedisCommand: Sendable, Hashable {
    package var arguments: [[UInt8]]

    package init(_ arguments: [[UInt8]]) {
        precondition(!arguments.isEmpty, "a command has a name")
        self.arguments = arguments
    }

    package init(_ name: String, _ arguments: [String] = []) {
        self.arguments = [Array(name.utf8)] + arguments.map { Array($0.utf8) }
    }

    /// The name in upper case, and for `CLIENT` also the name of what it does.
    package var name: String {
        let name = String(decoding: arguments[0], as: UTF8.self).uppercased()
        guard name == "CLIENT", arguments.count > 1 else { return name }
        return name + " " + String(decoding: arguments[1], as: UTF8.self).uppercased()
    }

    /// The command as it goes to Redis: an array of bulk strings, which hiredis formats.
    package func encoded() -> [UInt8] {
        var lengths: [Int] = []
        var bytes: [UInt8] = []
        lengths.reserveCapacity(arguments.count)
        bytes.reserveCapacity(arguments.reduce(0) { $0 + $1.count } + 1)
        for argument in arguments {
            lengths.append(argument.count)
            bytes.append(contentsOf: argument)
        }
        // hiredis copies from every pointer, so each must be valid, that of an empty last argument too.
        bytes.append(0)
        return unsafe bytes.withUnsafeBytes { raw in unsafe Self.format(raw, lengths) }
    }

    /// - Parameter bytes: the arguments one behind the other, and at least one byte behind them.
    private static func format(_ bytes: UnsafeRawBufferPointer, _ lengths: [Int]) -> [UInt8] {
        var arguments: [UnsafePointer<CChar>?] = unsafe []
        unsafe arguments.reserveCapacity(lengths.count)
        var start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        for length in lengths {
            unsafe arguments.append(start)
            unsafe start = start?.advanced(by: length)
        }
        var target: UnsafeMutablePointer<CChar>?
        // Long long in hiredis 1, int in 0.14.
        let count = Int(
            unsafe redisFormatCommandArgv(&target, Int32(arguments.count), &arguments, lengths))
        guard count >= 0, let formatted = unsafe target else {
            preconditionFailure("there is memory for a command")
        }
        defer { unsafe redisFreeCommand(formatted) }
        return unsafe Array(UnsafeRawBufferPointer(start: formatted, count: count))
    }
}
