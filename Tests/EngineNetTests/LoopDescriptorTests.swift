#if os(Linux)
    import EngineNet
    import Foundation
    import TestSupport
    import Testing

    @Suite struct `Descriptors of loops` {
        private var count: Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        }

        @Test func `are closed with them`() async {
            let before = count
            for _ in 0..<300 { EventLoopGroup(count: 2).stop() }
            // Each loop has two at least, so 1,200 would be left; tests beside this one hold some hundreds.
            #expect(await eventually { count < before + 600 })
        }
    }
#endif
