/// A second reader of what RFC 1951 compresses, written for comparison: bit by bit, with all that it ever wrote as its
/// window.
struct SlowInflater {
    enum Result: Equatable {
        case bytes([UInt8])
        case tooLarge
        case corrupt
    }

    let keepsContext: Bool
    /// At the end of the last message, which is between two blocks.
    private var last = BlockReader()

    init(keepsContext: Bool) { self.keepsContext = keepsContext }

    /// The message of a whole payload (RFC 7692 section 7.2.2). Nothing may follow a refusal.
    mutating func message(_ payload: [UInt8], limit: Int) -> Result {
        guard !payload.isEmpty else { return .bytes([]) }
        if !keepsContext { last = BlockReader() }
        var reader = last
        do throws(BlockReader.Stop) {
            try reader.readAll(payload, limit: limit)
            if !reader.isAtStreamEnd {
                reader = last
                try reader.readAll(payload + [0, 0, 0xFF, 0xFF], limit: limit)
            }
        } catch {
            return error == .tooLarge ? .tooLarge : .corrupt
        }
        guard reader.isAtBoundary else { return .corrupt }
        defer { last = reader }
        return .bytes(Array(reader.output.dropFirst(last.output.count)))
    }
}

/// Reads blocks (RFC 1951 section 3.2.3) as long as there are bits.
private struct BlockReader {
    enum Stop: Error {
        case corrupt, tooLarge
        /// The bits end inside a block: no mistake yet.
        case end
    }

    private var input: [UInt8] = []
    /// In bits.
    private var at = 0
    private(set) var output: [UInt8] = []
    private var room = 0
    /// Where the current stream began in `output`: nothing before it may be referred to.
    private var start = 0
    /// Whether the bits ended between two blocks.
    private(set) var isAtBoundary = true
    /// Whether they ended behind a final block.
    private(set) var isAtStreamEnd = true

    /// Reads what follows the last boundary.
    /// - Parameter limit: bytes that may be written now.
    mutating func readAll(_ more: [UInt8], limit: Int) throws(Stop) {
        input = input.dropFirst(at / 8) + more
        at %= 8
        room = output.count + limit
        do throws(Stop) {
            // Fewer than the three bits that begin a block can be padding.
            while input.count * 8 - at >= 3 {
                isAtBoundary = false
                isAtStreamEnd = false
                try readBlock()
                isAtBoundary = true
            }
        } catch {
            if error != .end { throw error }
        }
    }

    private mutating func readBlock() throws(Stop) {
        let isFinal = try bits(1) == 1
        switch try bits(2) {
        case 0: try readStored()
        case 1: try readSymbols(literals: Self.fixedLiterals, distances: Self.fixedDistances)
        case 2: try readDynamic()
        default: throw .corrupt
        }
        guard isFinal else { return }
        at = (at + 7) / 8 * 8
        start = output.count
        isAtStreamEnd = at == input.count * 8
    }

    private mutating func bits(_ count: Int) throws(Stop) -> Int {
        guard at + count <= input.count * 8 else { throw .end }
        var value = 0
        for place in 0..<count {
            value |= Int(input[at / 8] >> UInt8(at % 8) & 1) << place
            at += 1
        }
        return value
    }

    private mutating func emit(_ byte: UInt8) throws(Stop) {
        guard output.count < room else { throw .tooLarge }
        output.append(byte)
    }

    private mutating func readStored() throws(Stop) {
        at = (at + 7) / 8 * 8
        let length = try bits(16)
        // Told only when both are there, as zlib does.
        guard try bits(16) == 0xFFFF - length else { throw .corrupt }
        for _ in 0..<length { try emit(UInt8(try bits(8))) }
    }

    private static let fixedLiterals = PrefixCode(
        (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    private static let fixedDistances = PrefixCode([Int](repeating: 5, count: 30))

    private mutating func readDynamic() throws(Stop) {
        let (literals, distances, lengths) = (try bits(5) + 257, try bits(5) + 1, try bits(4) + 4)
        guard literals <= 286, distances <= 30 else { throw .corrupt }
        var codeLengths = [Int](repeating: 0, count: 19)
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        for place in order.prefix(lengths) { codeLengths[place] = try bits(3) }
        let code = PrefixCode(codeLengths)
        guard code.spare == 0 else { throw .corrupt }
        var all: [Int] = []
        while all.count < literals + distances {
            let symbol = try self.symbol(code)
            if symbol < 16 {
                all.append(symbol)
                continue
            }
            if symbol == 16, all.isEmpty { throw .corrupt }
            let value = symbol == 16 ? all[all.count - 1] : 0
            let count =
                symbol == 16 ? 3 + (try bits(2)) : symbol == 17 ? 3 + (try bits(3)) : 11 + (try bits(7))
            all += [Int](repeating: value, count: count)
            guard all.count <= literals + distances else { throw .corrupt }
        }
        let (first, second) = (PrefixCode(Array(all[..<literals])), PrefixCode(Array(all[literals...])))
        // Section 3.2.7: one code of one bit may stand alone; zlib lets distances be none at all.
        guard all[256] != 0, first.isUsable, second.isUsable || second.isEmpty else { throw .corrupt }
        try readSymbols(literals: first, distances: second)
    }

    private mutating func symbol(_ code: PrefixCode) throws(Stop) -> Int {
        var (word, first, place) = (0, 0, 0)
        for length in 1...15 {
            word = word << 1 | (try bits(1))
            // The codes of a length follow each other.
            if word - first < code.counts[length] { return code.symbols[place + word - first] }
            place += code.counts[length]
            first = (first + code.counts[length]) << 1
        }
        throw .corrupt
    }

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163,
        195, 227,
        258,
    ]

    private mutating func readSymbols(literals: PrefixCode, distances: PrefixCode) throws(Stop) {
        while true {
            let symbol = try self.symbol(literals)
            if symbol == 256 { return }
            if symbol < 256 {
                try emit(UInt8(symbol))
                continue
            }
            guard symbol <= 285 else { throw .corrupt }
            let extra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
            let length = Self.lengthBases[symbol - 257] + (try bits(extra))
            let code = try self.symbol(distances)
            guard code < 30 else { throw .corrupt }
            let width = max(0, code / 2 - 1)
            let distance = (code < 4 ? code : (2 + code % 2) << width) + 1 + (try bits(width))
            guard distance <= output.count - start else { throw .corrupt }
            for _ in 0..<length { try emit(output[output.count - distance]) }
        }
    }
}

/// A canonical prefix code (section 3.2.2).
private struct PrefixCode {
    /// In the order of their codes.
    private(set) var symbols: [Int] = []
    /// How many codes there are of each length.
    private(set) var counts = [Int](repeating: 0, count: 16)
    /// Codes of 15 bits that no symbol has; negative when there are too many symbols.
    private(set) var spare = 1 << 15

    init(_ lengths: [Int]) {
        for length in 1...15 {
            for symbol in lengths.indices where lengths[symbol] == length { symbols.append(symbol) }
            counts[length] = lengths.count { $0 == length }
            spare -= counts[length] << (15 - length)
        }
    }

    var isEmpty: Bool { symbols.isEmpty }
    var isUsable: Bool { spare == 0 || spare > 0 && symbols.count == counts[1] }
}
