/// Does what `maxserver bars` was asked for.
struct BarsTool {
    let settings: Settings
    let log: Log

    /// - Returns: the status that the process ends with.
    func run(_ command: BarsCommand) async throws -> Int32 {
        switch command {
        case .generate:
            try await GenerateTool(settings: settings, log: log).run()
            return 0
        case .importing(let order):
            return try await ImportTool(settings: settings, log: log, output: { print($0) }).run(order)
        case .replay(let order):
            return try await ReplayTool(settings: settings, log: log, output: { print($0) }).run(order)
        }
    }
}
