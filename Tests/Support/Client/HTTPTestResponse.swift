import Foundation

/// A response as it came: every field, in order.
package struct HTTPTestResponse: Sendable {
    /// E.g. `HTTP/1.1 200 OK`.
    package var statusLine: String
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package struct NotHTTP: Error {
        package var line: String
    }

    package var status: Int { Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// A field's value, whatever the case of its name.
    package subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The fields as they stand on the wire: `Content-Length: 2`.
    package var lines: [String] { fields.map { "\($0.name): \($0.value)" } }

    /// The response as it came, with bare line ends so that tests can write it down.
    package var whole: String { ([statusLine] + lines + ["", text]).joined(separator: "\n") }

    /// Takes a whole response from the front; nil when more must come.
    /// - Parameter hasBody: false for the answer to HEAD.
    package static func take(from queue: inout ByteQueue, hasBody: Bool = true) throws -> HTTPTestResponse? {
        guard let headEnd = queue.place(of: "\r\n\r\n") else { return nil }
        var copy = queue
        let lines = String(decoding: copy.take(headEnd + 4), as: UTF8.self)
            .split(separator: "\r\n", omittingEmptySubsequences: true)
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 ") else {
            throw NotHTTP(line: lines.first.map(String.init) ?? "")
        }
        var response = HTTPTestResponse(statusLine: String(first), fields: [], body: [])
        for line in lines.dropFirst() {
            guard let colon = line.range(of: ": ") else { throw NotHTTP(line: String(line)) }
            response.fields.append((String(line[..<colon.lowerBound]), String(line[colon.upperBound...])))
        }
        if hasBody {
            if response["Transfer-Encoding"] == "chunked" {
                guard let body = takeChunks(from: &copy) else { return nil }
                response.body = body
            } else if let length = response["Content-Length"].flatMap({ Int($0) }) {
                guard copy.count >= length else { return nil }
                response.body = copy.take(length)
            }
        }
        queue = copy
        return response
    }

    private static func takeChunks(from queue: inout ByteQueue) -> [UInt8]? {
        var body: [UInt8] = []
        while let lineEnd = queue.place(of: "\r\n") {
            let line = String(decoding: queue.take(lineEnd + 2), as: UTF8.self)
            guard let size = Int(line.prefix(while: \.isHexDigit), radix: 16), queue.count >= size + 2 else {
                return nil
            }
            body += queue.take(size)
            _ = queue.take(2)
            if size == 0 { return body }
        }
        return nil
    }
}
