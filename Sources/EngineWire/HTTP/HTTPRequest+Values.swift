extension HTTPRequest {
    /// The values of all header fields of a name, whatever its case, in their order; empty when it is absent.
    public func fieldValues(_ name: StaticString) -> [String] {
        var values: [String] = []
        for field in fields {
            let fieldName = Int(field.name.lowerBound)..<Int(field.name.upperBound)
            guard head.span.extracting(fieldName).equalsIgnoringCase(name) else { continue }
            let value = Int(field.value.lowerBound)..<Int(field.value.upperBound)
            values.append(String(decoding: head[value], as: UTF8.self))
        }
        return values
    }

    /// All values of a list field as one list (RFC 9110 section 5.3): joined by a comma and a space, as Node's
    /// `headers` has them; nil when the field is absent.
    public func fieldList(_ name: StaticString) -> String? {
        let values = fieldValues(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
