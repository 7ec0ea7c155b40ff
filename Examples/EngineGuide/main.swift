// The programs and fragments of the articles in Sources/EngineIO/EngineIO.docc, one file for each subject.
// `swift run engine-guide NAME` runs one.

let programs: [String: @Sendable () async throws -> Void] = [
    "sequences": echoWithSequences,
    "pacing": sendWithPacing,
    "encryption": echoOverTLS,
    "admission": echoForThoseWithAToken,
    "origins": echoForOneOrigin,
    "routes": echoBesideRoutes,
    "notes": echoBesideNotes,
    "bounds": echoWithBounds,
    "compression": echoCompressed,
    "metrics": echoWithMetrics,
]

if let program = CommandLine.arguments.dropFirst().first.flatMap({ programs[$0] }) {
    try await program()
} else {
    print("usage: engine-guide \(programs.keys.sorted().joined(separator: " | "))")
}
