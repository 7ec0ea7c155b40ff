internal import EngineIO
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

// Valgrind knows these two by their names, see `Benchmarks/instruction-counts`. They make a system call because the
// compiler takes away functions that do nothing.

@inline(never)
func countingBegins() { _ = getpid() }

@inline(never)
func countingEnds() { _ = getppid() }

extension Work {
    /// Sets a mark on the thread that does the work, which has done with all that went before.
    func mark(_ mark: @escaping @Sendable () -> Void) {
        guard let loop else { return mark() }
        let isSet = Flag()
        loop.run {
            mark()
            isSet.value.store(true, ordering: .releasing)
        }
        while !isSet.value.load(ordering: .acquiring) { usleep(1_000) }
    }
}

private final class Flag: Sendable {
    let value = Atomic(false)
}
