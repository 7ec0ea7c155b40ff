import Foundation
import Testing

@Suite struct `The README` {
    private let readme: String
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    init() throws { readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8) }

    private func source(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: "Examples/\(path)"), encoding: .utf8)
    }

    @Test func `shows the first app exactly as it is compiled`() throws {
        #expect(readme.contains("```swift\n\(try source("FirstApp/main.swift"))```"))
    }

    @Test func `shows no other Swift than that of the examples`() throws {
        let examples = try source("FirstApp/main.swift") + source("MarketTicker/Sources/main.swift")
        let shown = readme.components(separatedBy: "```swift\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(shown.count == 4)
        for code in shown { #expect(examples.contains(code)) }
    }
}
