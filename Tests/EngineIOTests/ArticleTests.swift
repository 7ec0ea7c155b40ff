import Foundation
import Testing

/// The documentation's Swift, against the programs in `Examples`, which are compiled.
@Suite struct `The articles` {
    @Test func `show only Swift that is compiled`() throws {
        let programs = try Self.texts(of: Self.files("Examples", ["swift"]))
        let articles = [
            "Sources/EngineIO", "Sources/SocketIO", "Sources/EngineNet", "Sources/EngineWire",
        ]
        let shown = try articles.flatMap { try Self.swiftBlocks(in: Self.files($0, ["md", "swift"])) }
        #expect(shown.count >= 15, "the articles were found")
        #expect(shown.filter { block in !programs.contains { $0.contains(block) } } == [])
    }

    /// Those of a directory and below it, by the ends of their names.
    private static func files(_ directory: String, _ ends: Set<String>) throws -> [URL] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let all = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: directory).path)
        return all.map { root.appending(path: directory).appending(path: $0) }.filter {
            ends.contains($0.pathExtension)
        }
    }

    /// Texts without indentation: a fragment stands deeper in its program than in its article.
    private static func texts(of files: [URL]) throws -> [String] {
        try files.map { file in
            unindented(try String(contentsOf: file, encoding: .utf8)[...])
        }
    }

    private static func unindented(_ text: Substring) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }.joined(separator: "\n")
    }

    /// What stands between the fences of Swift, in an article or in the comments of a source.
    private static func swiftBlocks(in files: [URL]) throws -> [String] {
        try texts(of: files).flatMap { text in
            text.replacing("\n/// ", with: "\n").replacing("\n///\n", with: "\n\n")
                .split(separator: "```swift\n", omittingEmptySubsequences: false).dropFirst()
                .compactMap { $0.split(separator: "```", maxSplits: 1).first }
                .map(unindented)
        }
    }
}
