import Foundation
import Testing

/// The inputs that the fuzzers found worth keeping, checked without them.
@Suite struct `The fuzzers' corpus` {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `holds for all bytes that it keeps`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let folder = Self.corpus.appending(path: name)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let input = try [UInt8](Data(contentsOf: file))
            do throws(Finding) { try target.check(input) } catch {
                Issue.record("\(file.lastPathComponent): \(error)")
            }
        }
    }

    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Corpus").standardized
}
