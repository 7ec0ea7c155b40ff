/// Reading tokens as values.
extension JSONTape {
    /// The value at `index` as a tree.
    func value(at index: Int) -> JSONValue {
        tree(at: index) { _ in nil }
    }

    /// The value at `index` as a tree, except for objects that `special` turns into something else.
    ///
    /// It calls itself for each level; the scanner has limited how many there are.
    func tree<Failure: Error>(
        at index: Int, special: (_ object: Int) throws(Failure) -> JSONValue?
    ) throws(Failure) -> JSONValue {
        switch self[index].kind {
        case .null: return .null
        case .false: return .bool(false)
        case .true: return .bool(true)
        case .number:
            return .number(JSONNumber(unchecked: number(at: index)))
        case .string: return .string(string(at: index))
        case .array:
            var elements: [JSONValue] = []
            elements.reserveCapacity(Int(self[index].count))
            var at = index + 1
            for _ in 0..<self[index].count {
                elements.append(try tree(at: at, special: special))
                at = next(after: at)
            }
            return .array(elements)
        case .object:
            if let value = try special(index) { return value }
            var members: [JSONObject.Member] = []
            for (key, value) in self.members(of: index) {
                members.append(JSONObject.Member(key: key, value: try tree(at: value, special: special)))
            }
            return .object(JSONObject(unique: members))
        }
    }

    /// The digits of the number at `index`.
    func number(at index: Int) -> String {
        JSONScanner.plainText(bytes.span.extracting(range(of: index)))
    }

    /// The number at `index`, if it is an integer that fits.
    @inline(__always)
    func integer<Integer: FixedWidthInteger>(at index: Int) -> Integer? {
        JSONNumberText.integer(bytes.span.extracting(range(of: index)))
    }

    /// The number at `index` as the nearest double, if it is not beyond the greatest one.
    @inline(__always)
    func double(at index: Int) -> Double? {
        JSONNumberText.double(bytes.span.extracting(range(of: index)))
    }

    /// The number at `index` as the nearest float, if it is not beyond the greatest one.
    func float(at index: Int) -> Float? {
        JSONNumberText.float(bytes.span.extracting(range(of: index)))
    }

    /// The string at `index` as milliseconds since 1970, if it is a date.
    func milliseconds(at index: Int) -> Double? {
        let range = range(of: index)
        return ISODate.milliseconds(bytes.span.extracting(range.lowerBound + 1..<range.upperBound - 1))
    }
}
