internal import Database

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A lock between processes, and between connections of one: whoever has it has the file locked at this path.
final class LockFile {
    private let path: String
    private let timeout: Duration
    private var file: Int32?

    init(_ path: String, timeout: Duration) {
        self.path = path
        self.timeout = timeout
    }

    deinit { unlock() }

    /// Waits for the lock.
    func lock() throws(SQLError) {
        guard file == nil else { return }
        let deadline = ContinuousClock.now + timeout
        while true {
            if try tryLock() { return }
            guard .now < deadline else {
                throw .unavailable(
                    reason: "another process has been changing the schema for \(timeout) (\(path))")
            }
            usleep(20_000)
        }
    }

    private func tryLock() throws(SQLError) -> Bool {
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw Self.failure("open", path) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(opened)
            guard code == EWOULDBLOCK || code == EINTR else { throw Self.failure("lock", path, code) }
            return false
        }
        // Who had it before has removed the file that was opened here: the lock is on nothing.
        guard Self.isSame(opened, path) else {
            close(opened)
            return false
        }
        file = opened
        return true
    }

    /// Gives the lock up, and removes the file.
    func unlock() {
        guard let file else { return }
        self.file = nil
        unsafe unlink(path)
        close(file)
    }

    private static func isSame(_ file: Int32, _ path: String) -> Bool {
        var (opened, there) = (stat(), stat())
        guard unsafe fstat(file, &opened) == 0, unsafe stat(path, &there) == 0 else { return false }
        return opened.st_ino == there.st_ino && opened.st_dev == there.st_dev
    }

    private static func failure(_ what: String, _ path: String, _ code: Int32 = errno) -> SQLError {
        .unavailable(reason: "cannot \(what) \(path): \(unsafe String(cString: strerror(code)))")
    }
}
