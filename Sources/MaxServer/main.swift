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

do {
    switch try Command(Array(CommandLine.arguments.dropFirst())) {
    case .help: print(Command.usage)
    case .version: print("maxserver \(Health.version)")
    case .serve(let options):
        let environment = ProcessInfo.processInfo.environment
        let text =
            FileManager.default.contents(atPath: ".env").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let dotEnv = DotEnv(text, environment: environment)
        let settings = try Settings(options: options, environment: environment, dotEnv: dotEnv.values)
        let log = Log("maxserver", level: settings.logLevel)
        for warning in dotEnv.warnings { log.warning(warning) }
        try await App(settings, log: log).run()
    }
} catch let error as Command.UsageError {
    fail("\(error)\n\n\(Command.usage)", status: 64)
} catch let error as SettingsError {
    fail("\(error)", status: 78)
} catch let error as TLSError {
    fail("\(error)", status: 78)
} catch {
    fail("\(error)", status: 1)
}
