import EngineNet
import Testing

@Suite struct `Milliseconds of a duration` {
    @Test(
        arguments: [
            (.zero, 0), (.nanoseconds(1), 1), (.microseconds(1), 1), (.microseconds(999), 1),
            (.milliseconds(1), 1),
            (.nanoseconds(1_000_001), 2), (.milliseconds(999), 999), (.nanoseconds(999_000_001), 1_000),
            (.nanoseconds(999_999_999), 1_000), (.seconds(1), 1_000), (.seconds(1) + .nanoseconds(1), 1_001),
            (.seconds(25), 25_000), (.seconds(86_400 * 365), 31_536_000_000),
            (Duration(secondsComponent: 0, attosecondsComponent: 1), 1), (.milliseconds(-1), 0),
            (.seconds(-5), 0),
            (.milliseconds(-1_500), 0),
        ] as [(Duration, UInt64)])
    func `are rounded up, so that a timer never fires early`(duration: Duration, milliseconds: UInt64) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }

    /// Who writes `.seconds(Int64.max)` means never.
    @Test func `of a very long time are no trap`() async {
        await #expect(processExitsWith: .success) {
            #expect(Duration.seconds(Int64.max).wholeMilliseconds > 1_000_000_000_000)
        }
    }
}
