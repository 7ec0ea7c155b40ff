import SocketIO

/// Shorthand for the suites of the decoder and the encoder.
enum ArgumentCoding {
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ json: String, attachments: [[UInt8]] = []
    ) throws -> Value {
        try ArgumentDecoder().decode(type, from: Array(json.utf8), attachments: attachments)
    }

    static func encode(_ value: some Encodable) throws -> String {
        try encodeWithAttachments(value).json
    }

    static func encodeWithAttachments(_ value: some Encodable) throws -> (
        json: String, attachments: [[UInt8]]
    ) {
        var bytes: [UInt8] = []
        var attachments: [[UInt8]] = []
        try ArgumentEncoder().encode(value, into: &bytes, attachments: &attachments)
        return (String(decoding: bytes, as: UTF8.self), attachments)
    }
}
