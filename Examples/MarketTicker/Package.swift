// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "MarketTicker",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "maxserver", path: "../..")],
    targets: [
        .executableTarget(
            name: "market-ticker", dependencies: [.product(name: "SocketIO", package: "maxserver")],
            path: "Sources",
            resources: [.embedInCode("page.html")])
    ])
