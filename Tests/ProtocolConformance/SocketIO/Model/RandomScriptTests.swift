import Foundation
import Testing

/// Everything at once: clients of all transports in several namespaces on several loops, who join and leave, send, ask,
/// upgrade, stall, lose their connection and come back. A model foresees who gets what, in which order.
///
/// The environment repeats and lengthens: `MODEL_SEED` is the first seed, `MODEL_RUNS` how many follow, `MODEL_CLIENTS`
/// and `MODEL_STEPS` the size.
@Suite(.serialized, .timeLimit(.minutes(ModelRuns.isLong ? 120 : 5))) struct `Random scripts` {
    @Test(arguments: ModelRuns.seeds([1, 2, 3]))
    func `one thing after the other: every client gets all of it in the order of the script`(seed: UInt64)
        async throws
    {
        let settings = ModelRuns.settings(ModelSettings(seed: seed))
        let report = try await ModelDriver.run(settings, loops: 2 + Int(seed % 2))
        #expect(report == nil, "\(report ?? "")")
    }

    @Test(arguments: ModelRuns.seeds([4, 5]))
    func `many things at once: every client gets all of it, each sender's in its order`(seed: UInt64)
        async throws
    {
        let settings = ModelRuns.settings(ModelSettings(seed: seed, clients: 24, steps: 90, phases: 2))
        let report = try await ModelDriver.run(settings, loops: 2 + Int(seed % 2))
        #expect(report == nil, "\(report ?? "")")
    }
}

/// Which scripts are run.
enum ModelRuns {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    static let isLong = ["MODEL_RUNS", "MODEL_CLIENTS", "MODEL_STEPS"].contains { number($0) != nil }

    /// A seed that is new in every run.
    private static let fresh = UInt64.random(in: 1_000...999_999_999)

    static func seeds(_ fixed: [UInt64]) -> [UInt64] {
        let (first, count) = (number("MODEL_SEED"), number("MODEL_RUNS"))
        guard first != nil || count != nil else {
            print("Random scripts: seeds \(fixed), and \(fresh); MODEL_SEED=\(fresh) repeats the last")
            return fixed + [fresh]
        }
        let start = first ?? fresh
        return (0..<(count ?? 1)).map { start + $0 }
    }

    static func settings(_ usual: ModelSettings) -> ModelSettings {
        var settings = usual
        if let clients = number("MODEL_CLIENTS") { settings.clients = Int(clients) }
        if let steps = number("MODEL_STEPS") { settings.steps = Int(steps) }
        return settings
    }
}
