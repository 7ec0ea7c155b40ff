/// Waits until `condition` holds.
/// - Parameter time: how long at most; ample, because a busy machine is slow and waiting costs nothing.
/// - Returns: whether it came to hold.
package func eventually(within time: Duration = .seconds(20), _ condition: () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + time
    while !(await condition()) {
        guard .now < deadline else { return false }
        // Looks again soon; not a wait for time to pass.
        try? await Task.sleep(for: .milliseconds(3))
    }
    return true
}
