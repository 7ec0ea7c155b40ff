/// Waits until `condition` holds.
/// - Parameter time: how long at most; ample, because a busy machine is slow and waiting costs nothing.
/// - Returns: whether it came to hold.
package func eventually(within time: Duration = .seconds(20), _ condition: () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + time
    while !(await condition()) {
        // In a test that was given up, sleeping takes no time: it must not spin until the deadline.
        guard .now < deadline, !Task.isCancelled else { return false }
        // Looks again soon; not a wait for time to pass.
        try? await Task.sleep(for: .milliseconds(3))
    }
    return true
}
