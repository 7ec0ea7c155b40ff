import Database
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Sectors over REST` {
    @Test(arguments: StoreKind.allCases)
    func `are made, listed by name, shown, changed and removed`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            let made = try await api.post(
                "/api/sectors", ["id": "tech-001", "name": "Tech", "symbol": "TECH"])
            #expect(made.status == 201 && made.response["Location"] == "/api/sectors/tech-001")
            _ = try await api.post("/api/sectors", ["id": "a", "name": "Arts", "symbol": "ART"])
            let names = try await api.get("/api/sectors").data.arrayValue?.map { $0["name"]?.stringValue }
            #expect(names == ["Arts", "Tech"])
            let changed = try await api.send(
                "PATCH", "/api/sectors/a", ["name": "Art", "description": "old"])
            #expect(changed.data["name"] == "Art" && changed.data["symbol"] == "ART")
            #expect(changed.data["description"] == "old")
            #expect(try await api.send("DELETE", "/api/sectors/a").status == 200)
            #expect(try await api.get("/api/sectors/a").status == 404)
        }
    }

    @Test func `get ids of their own where none is given, and one id once`() async throws {
        try await APIScene.run { api in
            let sector: JSONValue = ["name": "Tech", "symbol": "TECH"]
            let id = try #require(try await api.post("/api/sectors", sector).data["id"]?.stringValue)
            #expect(id.hasPrefix("sector-"))
            let again = try await api.post("/api/sectors", ["id": .string(id), "name": "x", "symbol": "x"])
            #expect(again.status == 409 && again.code == "EXISTS")
        }
    }

    @Test func `say of each field what is wrong with it`() async throws {
        try await APIScene.run { api in
            let answer = try await api.post(
                "/api/sectors", ["id": "a b", "name": 5, "description": "", "colour": "red"])
            #expect(answer.status == 400)
            #expect(
                answer.faults == [
                    "id format", "name type", "symbol required", "description length", "colour unknown",
                ])
            #expect(try await api.send("POST", "/api/sectors", .string("text")).code == "NOT_JSON")
        }
    }

    /// Browsers and curl take them out of paths (RFC 3986 section 5.2.4).
    @Test func `are not called as steps of a path`() async throws {
        try await APIScene.run { api in
            for id in [".", ".."] {
                let answer = try await api.post(
                    "/api/sectors", ["id": .string(id), "name": "S", "symbol": "S"])
                #expect(answer.faults == ["id format"])
            }
            for id in ["...", ".a", "a."] {
                _ = try await api.post("/api/sectors", ["id": .string(id), "name": "S", "symbol": "S"])
                #expect(try await api.get("/api/sectors/\(id)").status == 200)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are listed in pages`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            let names = ["b", "Ä 1", "b", "a", "b"]
            for (number, name) in names.enumerated() {
                _ = try await api.post(
                    "/api/sectors", ["id": .string("s\(number)"), "name": .string(name), "symbol": "S"])
            }
            let all = try await api.get("/api/sectors")
            #expect(all.ids.count == 5 && all.body["next"] == .null)
            #expect(try await api.pages("/api/sectors?limit=2").flatMap { $0 } == all.ids)
            #expect(try await api.pages("/api/sectors?limit=5") == [all.ids])
            let wrong = try await api.get("/api/sectors?limit=1001&after=x&before=y")
            #expect(wrong.faults == ["after format", "limit range", "before unknown"])
        }
    }

    @Test(arguments: ["GET", "PATCH", "DELETE"])
    func `that are not there are not found`(method: String) async throws {
        try await APIScene.run { api in
            let answer = try await api.send(method, "/api/sectors/x", method == "PATCH" ? [:] : nil)
            #expect(answer.status == 404 && answer.code == "NOT_FOUND")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `tell their day from their candles`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "t", "name": "T", "symbol": "T"])
            let now = Moment.now.milliseconds
            try await api.store(
                "t", (0..<4).map { (now - Int64(3 - $0) * 36_000_000, 100 + 10 * Double($0)) })
            let sector = try await api.get("/api/sectors").data[0]
            #expect(sector?["currentPrice"]?.doubleValue == 130)
            // A day ago the first of the four was the last.
            #expect(sector?["change"]?.doubleValue == 30 && sector?["changePercent"]?.doubleValue == 30)
            #expect(sector?["volume"]?.doubleValue == 30)
            #expect(try await api.get("/api/sectors/t").data["candleData"]?.arrayValue?.count == 4)
        }
    }
}

@Suite struct `Candles over REST` {
    /// A minute's candles from 2025-01-15T10:00 on.
    private static let start: Int64 = 1_736_935_200_000

    private func withCandles(_ kind: StoreKind = .memory, _ test: (APIScene) async throws -> Void)
        async throws
    {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "t", "name": "T", "symbol": "T"])
            try await api.store("t", (0..<20).map { (Self.start + Int64($0) * 60_000, Double($0)) })
            try await test(api)
        }
    }

    private func values(_ answer: APIScene.Answer) -> [Double] {
        answer.data.arrayValue?.compactMap { $0["value"]?.doubleValue } ?? []
    }

    @Test(arguments: StoreKind.allCases)
    func `are the last ones of the time asked for, oldest first`(kind: StoreKind) async throws {
        try await withCandles(kind) { api in
            let path = "/api/sectors/t/candles"
            #expect(values(try await api.get(path)) == (0..<20).map(Double.init))
            #expect(values(try await api.get(path + "?limit=3")) == [17, 18, 19])
            let range = "?from=2025-01-15T10:05:00Z&to=2025-01-15T10:08:00.000Z"
            #expect(values(try await api.get(path + range)) == [5, 6, 7, 8])
            #expect(values(try await api.get(path + "?to=\(Self.start)")) == [0])
            let first = try await api.get(path + "?limit=1").data[0]
            #expect(first?["timestamp"] == "2025-01-15T10:19:00.000Z")
        }
    }

    @Test func `are merged to a coarser resolution`() async throws {
        try await withCandles { api in
            let answer = try await api.get("/api/sectors/t/candles?resolution=5&limit=2")
            #expect(values(answer) == [14, 19])
            let last = try #require(answer.data[1])
            #expect(last["timestamp"] == "2025-01-15T10:15:00.000Z")
            #expect(last["open"]?.doubleValue == 15 && last["high"]?.doubleValue == 20)
            #expect(last["low"]?.doubleValue == 14 && last["close"]?.doubleValue == 19)
            #expect(last["volume"]?.doubleValue == 50)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are merged from all that a bucket has, however many there are`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "t", "name": "T", "symbol": "T"])
            // 40 days of minutes; the first day begins at noon.
            let noon: Int64 = 1_735_732_800_000
            for day in 0..<40 {
                let minutes = (day * 1_440)..<((day + 1) * 1_440)
                try await api.store("t", minutes.map { (noon + Int64($0) * 60_000, Double($0)) })
            }
            let days = try await api.get("/api/sectors/t/candles?resolution=D&limit=500").data
            let all = try #require(days.arrayValue)
            try #require(all.count == 41)
            #expect(all[0]["open"]?.doubleValue == 0 && all[0]["close"]?.doubleValue == 719)
            #expect(all[1]["open"]?.doubleValue == 720 && all[1]["value"]?.doubleValue == 2_159)
            #expect(all[1]["timestamp"] == "2025-01-02T00:00:00.000Z")
            #expect(all[1]["volume"]?.doubleValue == 14_400)
            #expect(all[40]["high"]?.doubleValue == 57_600 && all[40]["low"]?.doubleValue == 56_879)
            let last = try await api.get("/api/sectors/t/candles?resolution=D&limit=2").data
            #expect(last.arrayValue == Array(all[39...]))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are as many buckets as asked for, with gaps of any length between them`(kind: StoreKind)
        async throws
    {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "t", "name": "T", "symbol": "T"])
            let year: Int64 = 31_536_000_000
            try await api.store(
                "t",
                (0..<100).map { number in
                    let time = Self.start + Int64(number / 10 - 60) * year + Int64(number % 10) * 60_000
                    return (time: time, value: Double(number))
                })
            let path = "/api/sectors/t/candles?resolution=5"
            #expect(values(try await api.get(path)) == (0..<20).map { Double($0 * 5 + 4) })
            #expect(values(try await api.get(path + "&limit=3")) == [89, 94, 99])
            let first = try await api.get(path).data[0]
            // Before 1970 buckets begin at whole minutes of the clock, too.
            #expect(first?["timestamp"] == "1965-01-30T10:00:00.000Z")
            let to = Self.start - 52 * year
            #expect(values(try await api.get(path + "&limit=2&to=\(to)")) == [79, 80])
            let from = Self.start - 51 * year + 60_000
            let part = try await api.get(path + "&from=\(from)").data[0]
            #expect(part?["open"]?.doubleValue == 91)
        }
    }

    @Test(arguments: StoreKind.allCases, [(7, [19.0]), (10, [19]), (11, [14, 19]), (20, [9, 14, 19])])
    func `are merged as far as the bound of what is read allows whole ones`(
        kind: StoreKind, bound: (rows: Int, values: [Double])
    ) async throws {
        try await withCandles(kind) { api in
            let five = try #require(Resolution("5"))
            let merged = try await SectorStore(database: api.database).merged(
                of: "t", to: five, from: nil, to: nil, limit: 10, reading: bound.rows)
            #expect(merged.map(\.value) == bound.values)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are merged where they have a value alone`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "t", "name": "T", "symbol": "T"])
            for (minute, value) in [(0, 3), (1, 1), (2, 2)] {
                try await api.database.write(
                    SQLCommand(
                        #"INSERT INTO sector_candles (sector_id, "timestamp", value) VALUES ('t', $1, $2)"#,
                        [.timestamp(Self.start + Int64(minute) * 60_000), .real(Double(value))]))
            }
            let answer = try await api.get("/api/sectors/t/candles?resolution=5").data
            #expect(
                answer.description
                    == #"[{"timestamp":"2025-01-15T10:00:00.000Z","value":2,"open":3,"high":3,"low":1,"close":2}]"#
            )
        }
    }

    @Test func `say what is wrong with the question`() async throws {
        try await withCandles { api in
            let answer = try await api.get("/api/sectors/t/candles?from=now&limit=0&resolution=7&x=1")
            #expect(answer.faults == ["from format", "limit range", "resolution format", "x unknown"])
            #expect(try await api.get("/api/sectors/none/candles").status == 404)
        }
    }

    @Test func `are not sent to who has them, and compressed for who takes that`() async throws {
        try await withCandles { api in
            let path = "/api/sectors/t/candles"
            let tag = try #require(try await api.get(path).response["ETag"])
            // One that stands for both codings is weak.
            #expect(tag.hasPrefix("W/\""))
            let known = try await api.send("GET", path, fields: ["If-None-Match: \(tag)"])
            #expect(known.status == 304 && known.response["ETag"] == tag)
            #expect(known.response["Vary"] == "Accept-Encoding")
            let http = try await HTTPTestClient.connect(port: api.port)
            let packed = try await http.get(path, fields: ["Accept-Encoding: gzip"])
            #expect(packed["Content-Encoding"] == "gzip" && packed["Vary"] == "Accept-Encoding")
            http.close()
        }
    }
}

extension APIScene {
    /// Stores candles as they come from a feed: 1 above and below their value, a volume of 10.
    func store(_ sector: String, _ candles: [(time: Int64, value: Double)]) async throws {
        let table = UpsertTable(
            "sector_candles", key: ["sector_id", "timestamp"],
            others: ["value", "open", "high", "low", "close", "volume"])
        let values = candles.map(\.value)
        try await database.upsert(
            UpsertBatch(
                table,
                [
                    .text(candles.map { _ in sector }), .timestamp(candles.map(\.time)), .real(values),
                    .optionalReal(values), .optionalReal(values.map { $0 + 1 }),
                    .optionalReal(values.map { $0 - 1 }), .optionalReal(values),
                    .optionalReal(values.map { _ in 10 }),
                ]))
    }
}
