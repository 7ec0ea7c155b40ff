// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "GameLobby",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "maxserver", path: "../..")],
    targets: [
        .executableTarget(
            name: "game-lobby", dependencies: [.product(name: "SocketIO", package: "maxserver")],
            path: "Sources",
            resources: [.embedInCode("page.html")])
    ])
