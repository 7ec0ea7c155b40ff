// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every target: Swift 6 mode, strict memory safety, no warnings.
let rules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "maxserver",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "EngineIO", targets: ["EngineIO"]),
        .library(name: "SocketIO", targets: ["SocketIO"]),
        .executable(name: "maxserver", targets: ["MaxServer"]),
    ],
    targets: [
        // C libraries: a module map each, and a shim header for what Swift cannot import.
        .systemLibrary(
            name: "CUV", path: "Sources/CLibraries/CUV", pkgConfig: "libuv",
            providers: [.apt(["libuv1-dev"]), .brew(["libuv"])]),
        .systemLibrary(
            name: "CTLS", path: "Sources/CLibraries/CTLS", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(
            name: "CDeflate", path: "Sources/CLibraries/CDeflate", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        // No pkgConfig: hiredis.pc carries a compiler flag that SwiftPM refuses with a warning.
        .systemLibrary(
            name: "CHiredis", path: "Sources/CLibraries/CHiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .systemLibrary(
            name: "CSQLite", path: "Sources/CLibraries/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        // Debian has its header in a folder of its own, which pkg-config tells; Homebrew's comes from `swift-flags`.
        .systemLibrary(
            name: "CPQ", path: "Sources/CLibraries/CPQ", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),

        // The libraries, bottom to top.
        .target(name: "EngineWire", dependencies: ["CDeflate"], swiftSettings: rules),
        .target(name: "EngineNet", dependencies: ["EngineWire", "CUV", "CTLS"], swiftSettings: rules),
        .target(name: "EngineIO", dependencies: ["EngineNet", "EngineWire"], swiftSettings: rules),
        .target(name: "SocketIO", dependencies: ["EngineIO", "EngineWire"], swiftSettings: rules),
        .target(
            name: "RedisClient", dependencies: ["EngineNet", "EngineWire", "CHiredis"], swiftSettings: rules),
        .target(name: "Database", dependencies: ["EngineWire", "CTLS"], swiftSettings: rules),
        .target(
            name: "SQLiteClient", dependencies: ["Database", "EngineNet", "EngineWire", "CSQLite"],
            swiftSettings: rules),
        .target(
            name: "PostgresClient", dependencies: ["Database", "EngineNet", "EngineWire", "CPQ"],
            swiftSettings: rules),

        // The product and the two executables for measuring and conformance.
        .executableTarget(
            name: "MaxServer",
            dependencies: [
                "SocketIO", "EngineIO", "EngineNet", "EngineWire", "RedisClient", "Database", "SQLiteClient",
                "PostgresClient",
            ],
            resources: [.copy("Dashboard/Public")], swiftSettings: rules),
        .executableTarget(
            name: "bench-server", dependencies: ["SocketIO", "EngineNet"], path: "Sources/BenchServer",
            swiftSettings: rules),
        // What stores rows for `Benchmarks/store`.
        .executableTarget(
            name: "bench-store", dependencies: ["Database", "EngineNet", "PostgresClient", "SQLiteClient"],
            path: "Sources/BenchStore", swiftSettings: rules),
        // What `Benchmarks/instruction-counts` counts.
        .executableTarget(
            name: "instruction-counts", dependencies: ["SocketIO", "EngineIO", "EngineWire"],
            path: "Benchmarks/Instructions", swiftSettings: rules),
        .executableTarget(
            name: "conformance-server", dependencies: ["SocketIO", "EngineIO"],
            path: "Sources/ConformanceServer", swiftSettings: rules),
        // What clients' tests ask for, feature by feature; it sees what an application sees.
        .executableTarget(
            name: "feature-server", dependencies: ["SocketIO"], path: "Tests/Interop/Server",
            packageAccess: false, swiftSettings: rules),

        // The app in the README, compiled.
        .executableTarget(
            name: "first-app", dependencies: ["SocketIO"], path: "Examples/FirstApp", swiftSettings: rules),
        // The articles about EngineIO, compiled as their readers compile: without what is `package`.
        .executableTarget(
            name: "engine-echo", dependencies: ["EngineIO"], path: "Examples/EngineEcho",
            packageAccess: false, swiftSettings: rules),
        .executableTarget(
            name: "engine-guide", dependencies: ["EngineIO"], path: "Examples/EngineGuide",
            packageAccess: false, swiftSettings: rules),
        // The same for SocketIO; its article about tests is one.
        .executableTarget(
            name: "socket-guide", dependencies: ["SocketIO"], path: "Examples/SocketGuide/Sources",
            packageAccess: false, swiftSettings: rules),
        .testTarget(
            name: "SocketGuideTests", dependencies: ["socket-guide", "SocketIO"],
            path: "Examples/SocketGuide/Tests", packageAccess: false, swiftSettings: rules),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["EngineNet", "SocketIO", "CTLS"], path: "Tests/Support",
            swiftSettings: rules),
        .testTarget(
            name: "EngineWireTests", dependencies: ["EngineWire", "TestSupport"], swiftSettings: rules),
        .testTarget(
            name: "EngineNetTests", dependencies: ["EngineNet", "TestSupport"], swiftSettings: rules),
        .testTarget(name: "EngineIOTests", dependencies: ["EngineIO", "TestSupport"], swiftSettings: rules),
        .testTarget(name: "SocketIOTests", dependencies: ["SocketIO", "TestSupport"], swiftSettings: rules),
        .testTarget(name: "DatabaseTests", dependencies: ["Database", "TestSupport"], swiftSettings: rules),
        .testTarget(
            name: "SQLiteClientTests", dependencies: ["SQLiteClient", "Database", "TestSupport"],
            swiftSettings: rules),
        .testTarget(
            name: "RedisClientTests", dependencies: ["RedisClient", "EngineNet", "TestSupport"],
            swiftSettings: rules),
        .testTarget(
            name: "PostgresClientTests",
            dependencies: ["PostgresClient", "Database", "EngineNet", "TestSupport"],
            swiftSettings: rules),
        .testTarget(
            name: "MaxServerTests",
            dependencies: [
                "MaxServer", "SocketIO", "EngineNet", "Database", "SQLiteClient", "PostgresClient",
                "TestSupport",
            ],
            swiftSettings: rules),
        .testTarget(
            name: "ProtocolConformance", dependencies: ["SocketIO", "EngineIO", "TestSupport"],
            swiftSettings: rules),
    ]
)

// The fuzzers' checks are replayed by a test. The fuzzers themselves need a build of their own, with libFuzzer in it,
// which `Fuzz/fuzz` makes.
let checks = ["Checks", "References"]
let checked: [Target.Dependency] = ["EngineWire", "EngineNet", "EngineIO", "SocketIO"]
package.targets.append(
    Context.environment["MAXSERVER_FUZZERS"] == nil
        ? .testTarget(
            name: "FuzzTests", dependencies: checked, path: "Fuzz/Sources", exclude: ["Driver"],
            sources: checks + ["Replay"], swiftSettings: rules)
        : .executableTarget(
            name: "fuzz", dependencies: checked, path: "Fuzz/Sources", exclude: ["Replay"],
            sources: checks + ["Driver"],
            swiftSettings: rules + [.enableExperimentalFeature("Extern")]))
