import Database
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Series of bars over REST` {
    /// Stores bars of one series, the close of each being its time.
    private func store(_ api: APIScene, _ symbol: String, _ resolution: String, _ times: [Int64]) async throws
    {
        let closes = times.map(Double.init)
        try await api.database.upsert(
            UpsertBatch(
                UpsertTable(
                    "bars", key: ["symbol", "resolution", "time"],
                    others: ["open", "high", "low", "close", "volume"]),
                [
                    .text(times.map { _ in symbol }), .text(times.map { _ in resolution }), .timestamp(times),
                    .real(closes), .real(closes), .real(closes), .real(closes),
                    .optionalReal(times.map { _ in nil }),
                ]))
    }

    private func names(_ answer: APIScene.Answer) -> [String] {
        (answer.data.arrayValue ?? []).map {
            "\($0["symbol"]?.stringValue ?? "") \($0["resolution"]?.stringValue ?? "")"
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are listed with where they begin, where they end and their last close`(kind: StoreKind) async throws
    {
        try await APIScene.run(kind) { api in
            #expect(try await api.get("/api/bars").data.arrayValue?.isEmpty == true)
            try await store(api, "B", "5", [7])
            try await store(api, "A", "D", Array(1...50))
            try await store(api, "A", "1", [1_000, 3_000, 2_000])
            let answer = try await api.get("/api/bars")
            #expect(names(answer) == ["A 1", "A D", "B 5"])
            #expect(
                answer.data[0] == [
                    "symbol": "A", "resolution": "1", "from": 1_000, "to": 3_000, "last": 3_000,
                ])
            #expect(answer.data[2]?["from"] == 7 && answer.data[2]?["to"] == 7)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are read by any resolution that is stored`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            let long = String(repeating: "x", count: 400)
            for (time, resolution) in ["7", "W", "M", "20 ticks", long, "D"].enumerated() {
                try await store(api, "A", resolution, [Int64(time)])
            }
            let names = ["7", "W", "M", "20%20ticks", long, "D", "1D", "1440", "8", "w"]
            var times: [Int?] = []
            for name in names {
                let answer = try await api.get("/api/bars/A?resolution=\(name)")
                #expect(answer.status == 200)
                times.append(answer.data[0]?["time"]?.intValue)
            }
            #expect(times == [0, 1, 2, 3, 4, 5, 5, 5, nil, nil])
            #expect(try await api.get("/api/bars/A").faults == ["resolution required"])
            #expect(try await api.get("/api/bars/A?resolution=").faults == ["resolution length"])
            #expect(try await api.get("/api/bars/A?resolution=\(long)x").faults == ["resolution length"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are as many as asked for`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            for symbol in ["A", "B", "C"] { try await store(api, symbol, "1", [1, 2]) }
            #expect(names(try await api.get("/api/bars?limit=1")) == ["A 1"])
            #expect(names(try await api.get("/api/bars?limit=2")) == ["A 1", "B 1"])
            #expect(names(try await api.get("/api/bars?limit=3")) == ["A 1", "B 1", "C 1"])
            #expect(names(try await api.get("/api/bars?limit=5000")).count == 3)
            #expect(try await api.get("/api/bars?limit=0").faults == ["limit range"])
            #expect(try await api.get("/api/bars?limit=5001").faults == ["limit range"])
        }
    }
}
