import Foundation
import Testing

@Suite struct `The README` {
    @Test func `shows the first app exactly as it is compiled`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let source = root.appending(path: "Examples/FirstApp/main.swift")
        let app = try String(contentsOf: source, encoding: .utf8)
        #expect(readme.contains("```swift\n\(app)```"))
    }
}
