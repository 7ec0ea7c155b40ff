import TestSupport

/// Reads a connection no faster than a line of some width would.
struct PacedReader {
    /// Bytes a second; nil for as fast as they come.
    let rate: Int?
    private let connection: TCPTestClient
    /// When the line has carried all that was read.
    private var isFree = ContinuousClock.now
    private var queue = ByteQueue()
    /// Bytes read so far.
    private(set) var count = 0

    init(_ connection: TCPTestClient, rate: Int?) {
        self.connection = connection
        self.rate = rate
    }

    /// Takes what `take` finds at the front, and reads until it does.
    mutating func next<Value>(_ take: (inout ByteQueue) throws -> Value?) async throws -> Value {
        while true {
            if let value = try take(&queue) { return value }
            let part = try await connection.next("a part") {
                $0.isEmpty ? nil : $0.take(min($0.count, 16_384))
            }
            queue.append(part)
            count += part.count
            if let rate {
                isFree = max(isFree, .now) + .seconds(Double(part.count) / Double(rate))
                try await Task.sleep(until: isFree, clock: .continuous)
            }
        }
    }

    mutating func frame() async throws -> WebSocketTestFrame {
        try await next { WebSocketTestFrame.take(from: &$0) }
    }

    /// The body of an HTTP response.
    mutating func body() async throws -> [UInt8] {
        let length = try await next { queue -> Int? in
            guard let end = queue.place(of: "\r\n\r\n") else { return nil }
            let head = String(decoding: queue.take(end + 4), as: UTF8.self).lowercased()
            return head.firstRange(of: "content-length: ").flatMap {
                Int(head[$0.upperBound...].prefix { $0.isNumber })
            } ?? 0
        }
        return try await next { $0.count >= length ? $0.take(length) : nil }
    }
}
