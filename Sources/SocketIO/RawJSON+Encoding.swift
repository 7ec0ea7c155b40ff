extension RawJSON {
    /// The JSON of a value, encoded once to be sent many times.
    /// - Throws: `EncodingError` for what JSON cannot say, and for binary parts, which need attachments.
    public init(encoding value: some Encodable) throws {
        let encoded = try EncodedArguments(value)
        guard encoded.attachments.isEmpty else {
            throw EncodingError.invalidValue(
                value,
                EncodingError.Context(
                    codingPath: [], debugDescription: "binary data has no place in plain JSON"))
        }
        self.init(unchecked: encoded.json)
    }
}
