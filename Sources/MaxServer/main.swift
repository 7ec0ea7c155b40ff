import EngineNet

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ends the process with a line on standard error.
func fail(_ message: String, status: Int32) -> Never {
    unsafe "maxserver: \(message)\n".withCString { pointer in _ = unsafe write(2, pointer, strlen(pointer)) }
    exit(status)
}

// Who reads the log may go away; the server stays.
_ = signal(SIGPIPE, SIG_IGN)

let environment = ProcessInfo.processInfo.environment
let dotEnvFile = FileManager.default.contents(atPath: ".env").map { String(decoding: $0, as: UTF8.self) }
let dotEnv = DotEnv(dotEnvFile ?? "", environment: environment)

do {
    switch try Command(Array(CommandLine.arguments.dropFirst())) {
    case .help: print(Command.usage)
    case .version: print("maxserver \(Health.version)")
    case .serve(let options):
        let settings = try Settings(options: options, environment: environment, dotEnv: dotEnv.values)
        let log = Log("maxserver", level: settings.logLevel)
        for warning in dotEnv.warnings { log.warning(warning) }
        try await App(settings, log: log).run()
    case .migrate(let command, let isForced, let options):
        let settings = try Settings(options: options, environment: environment, dotEnv: dotEnv.values)
        let tool = MigrationTool(settings: settings, isForced: isForced, output: { print($0) })
        exit(try tool.run(command))
    case .publish(let command, let options):
        let settings = try Settings(options: options, environment: environment, dotEnv: dotEnv.values)
        print(try await PublishTool(settings: settings).run(command))
    case .bars(let command, let options):
        let settings = try Settings(options: options, environment: environment, dotEnv: dotEnv.values)
        let log = Log("maxserver", level: settings.logLevel)
        for warning in dotEnv.warnings { log.warning(warning) }
        exit(try await BarsTool(settings: settings, log: log).run(command))
    case .config(let options):
        _ = try Settings(options: options, environment: environment, dotEnv: dotEnv.values)
        for line in Settings.list(options: options, environment: environment, dotEnv: dotEnv.values) {
            print(line)
        }
    }
} catch let error as Command.UsageError {
    fail("\(error)\nmaxserver --help tells more", status: 64)
} catch let error as SettingsError {
    fail("\(error)", status: 78)
} catch let error as TLSError {
    fail("\(error)", status: 78)
} catch {
    fail("\(error)", status: 1)
}
