import EngineIO
import TestSupport
import Testing

/// Row S4 for clients that read slowly: heartbeats are not behind bulk, and who reads and answers is not timed out.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO heartbeat under bulk` {
    /// Bytes a second of a client's line, and how many messages of 64 KB wait for it.
    struct Line: Sendable, CustomTestStringConvertible {
        var rate: Int?
        var messages: Int

        var testDescription: String { rate.map { "\($0) bytes/s" } ?? "fast" }
    }

    static let lines = [
        Line(rate: nil, messages: 100), Line(rate: 4_000_000, messages: 100),
        Line(rate: 2_000_000, messages: 60),
        Line(rate: 1_200_000, messages: 30),
    ]

    private static let interval = Duration.milliseconds(200)
    /// With the interval shorter than any line but the fast one is busy.
    private static let timeout = Duration.milliseconds(1_200)
    private static let size = 65_536

    private let closes = Journal<CloseReason>()

    /// Sends so many numbered messages at once when it is told to.
    private func withServer(
        _ line: Line, timeout: Duration = timeout, _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let closes = closes
        let options = EngineOptions.test {
            $0.pingInterval = Self.interval
            $0.pingTimeout = timeout
        }
        try await withEngineServer(
            options,
            onConnection: { session in
                session.onMessage { _ in
                    for number in 0..<line.messages { session.send(Self.message(number)) }
                }
                session.onClose { closes.append($0) }
            }, test: body)
    }

    private static func message(_ number: Int) -> String {
        "\(number) " + String(repeating: "x", count: size)
    }

    private func number(_ packet: String) -> Int? {
        packet.hasPrefix("4") ? Int(packet.dropFirst().prefix { $0 != " " }) : nil
    }

    /// Measures how much bulk comes between the moment when a ping is due and the ping.
    private struct PingWatch {
        private var due: ContinuousClock.Instant
        private var countWhenDue: Int?
        private(set) var pings = 0
        private(set) var mostBehind = 0

        init() { due = .now + interval }

        mutating func read(_ count: Int) {
            // Some slack: the server counts from when it hears the pong.
            if countWhenDue == nil, .now > due + .milliseconds(30) { countWhenDue = count }
        }

        mutating func ping(at count: Int) {
            pings += 1
            if let countWhenDue { mostBehind = max(mostBehind, count - countWhenDue) }
            countWhenDue = nil
            due = .now + interval
        }
    }

    @Test(arguments: lines)
    func `a WebSocket that is read is not timed out, and pings overtake its messages`(line: Line) async throws
    {
        try await withServer(line) { _, port in
            let client = try await EngineTestClient.connect(port: port, receiveBuffer: 32_768)
            let webSocket = try #require(client.webSocket)
            try await webSocket.send("4go")
            var reader = PacedReader(webSocket.connection, rate: line.rate)
            var (watch, numbers) = (PingWatch(), [Int]())
            while numbers.count < line.messages {
                let packet = String(decoding: try await reader.frame().payload, as: UTF8.self)
                watch.read(reader.count)
                if packet == "2" {
                    watch.ping(at: reader.count)
                    try await webSocket.send("3")
                } else if let number = number(packet) {
                    numbers.append(number)
                }
            }
            #expect(numbers == Array(0..<line.messages))
            #expect(closes.all == [])
            // Who reads at once gets all before a ping is due.
            guard line.rate != nil else { return }
            #expect(watch.pings >= 3)
            #expect(watch.mostBehind < 400_000)
        }
    }

    @Test(arguments: lines)
    func `a client that polls is not timed out either, and its pings come in short answers`(
        line: Line
    ) async throws {
        try await withServer(line) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let connection = try await TCPTestClient.connect(port: port, receiveBuffer: 32_768)
            _ = try await client.post("4go")
            var reader = PacedReader(connection, rate: line.rate)
            var (watch, numbers) = (PingWatch(), [Int]())
            while numbers.count < line.messages, closes.count == 0 {
                try await connection.send(HTTPTestClient.bytes("GET", client.target()))
                let body = try await reader.body()
                watch.read(reader.count)
                for packet in TestMessage.packets(of: String(decoding: body, as: UTF8.self)) {
                    if packet == "2" {
                        watch.ping(at: reader.count)
                        #expect(try await client.post("3").text == "ok")
                    } else if let number = number(packet.text) {
                        numbers.append(number)
                    }
                }
            }
            #expect(numbers == Array(0..<line.messages))
            #expect(closes.all == [])
            guard line.rate != nil else { return }
            #expect(watch.pings >= 3)
            #expect(watch.mostBehind < 500_000, "an answer that is on its way")
        }
    }

    @Test func `one message that takes longer than pingTimeout is no reason either`() async throws {
        // Of 1.5 MB, at 1 MB/s.
        let closes = closes
        let options = EngineOptions.test {
            ($0.pingInterval, $0.pingTimeout) = (Self.interval, Self.timeout)
        }
        try await withEngineServer(options) { session in
            session.onClose { closes.append($0) }
            session.onMessage { _ in session.send(String(repeating: "x", count: 1_500_000)) }
        } test: { _, port in
            let polling = try await EngineTestClient.connect(port: port, .polling)
            let webSocket = try await EngineTestClient.connect(port: port, receiveBuffer: 32_768)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let connection = try await TCPTestClient.connect(port: port, receiveBuffer: 32_768)
                    _ = try await polling.post("4go")
                    var reader = PacedReader(connection, rate: 1_000_000)
                    var packets: [TestMessage] = []
                    // To the ping behind the message.
                    while packets.last != "2" || packets.allSatisfy({ $0 == "2" }) {
                        try await connection.send(HTTPTestClient.bytes("GET", polling.target()))
                        let body = String(decoding: try await reader.body(), as: UTF8.self)
                        packets += TestMessage.packets(of: body)
                        if packets.last == "2" { try #require(try await polling.post("3").text == "ok") }
                    }
                }
                group.addTask {
                    try await webSocket.send("4go")
                    let connection = try #require(webSocket.webSocket).connection
                    var reader = PacedReader(connection, rate: 1_000_000)
                    var sizes: [Int] = []
                    while sizes.last != 1 || sizes.allSatisfy({ $0 == 1 }) {
                        sizes.append(try await reader.frame().payload.count)
                        if sizes.last == 1 { try await webSocket.send("3") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(closes.all == [])
        }
    }

    // MARK: Who does not read

    @Test(arguments: Transport.allCases)
    func `a client that reads nothing is closed by the ping timeout, and what waited is freed`(
        transport: Transport
    ) async throws {
        try await withServer(Line(messages: 100), timeout: .milliseconds(300)) { server, port in
            let client = try await EngineTestClient.connect(port: port, transport, receiveBuffer: 32_768)
            try await client.send("4go")
            #expect(await eventually { await server.metrics().queuedBytes > 5_000_000 })
            #expect(await closes.waitFor(1) == [.pingTimeout])
            let metrics = await server.metrics()
            #expect(metrics.queuedBytes == 0)
            #expect(metrics.sessions.values.reduce(0, +) == 0)
            // The connection does not wait for ever, either.
            #expect(await eventually { await server.http.metrics().connections <= 2 })
            client.close()
        }
    }

    // MARK: Pings of the WebSocket itself

    @Test(arguments: [nil, 2_000_000] as [Int?])
    func `pings of the WebSocket are answered between messages`(rate: Int?) async throws {
        try await withServer(Line(messages: 40), timeout: .seconds(30)) { server, port in
            let client = try await EngineTestClient.connect(port: port, receiveBuffer: 32_768)
            let webSocket = try #require(client.webSocket)
            try await webSocket.send("4go")
            await server.settle()
            try await webSocket.send(frames: .ping([7, 7]))
            await server.settle()
            var reader = PacedReader(webSocket.connection, rate: rate)
            var (bulk, frame) = (0, try await reader.frame())
            while frame.opcode != 0xA, bulk < 2_000_000 {
                bulk += frame.payload.count
                if frame.payload == Array("2".utf8) { try await webSocket.send("3") }
                frame = try await reader.frame()
            }
            #expect(frame.payload == [7, 7])
            #expect(bulk < 700_000)
        }
    }

    @Test func `of many pings to a WebSocket that is not read only the last is answered`() async throws {
        try await withServer(Line(messages: 40), timeout: .seconds(30)) { server, port in
            let client = try await EngineTestClient.connect(port: port, receiveBuffer: 32_768)
            let webSocket = try #require(client.webSocket)
            try await webSocket.send("4go")
            await server.settle()
            let before = await server.metrics().queuedBytes
            for number in 0..<2_000 {
                let payload = Array(repeating: UInt8(number & 0xFF), count: 125)
                try await webSocket.send(frames: .ping(payload))
            }
            await server.settle()
            #expect(await server.metrics().queuedBytes <= before, "they take no room")
            var (pongs, numbers) = ([[UInt8]](), 0)
            while numbers < 40 {
                let frame = try await webSocket.frame()
                if frame.opcode == 0xA {
                    pongs.append(frame.payload)
                } else if frame.payload.count > 1 {
                    numbers += 1
                }
            }
            #expect(pongs.last == Array(repeating: UInt8(1_999 & 0xFF), count: 125))
            #expect(pongs.count < 50)
        }
    }
}
