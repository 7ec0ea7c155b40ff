import Foundation

/// Starts programs. Foundation's `Process` is not used: its pipes are inherited by other children that start at
/// the same time, which then keep each other alive.
package enum ChildProcess {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Two connected sockets, which no child inherits unless it gets one as its input or output.
    static func pair() throws -> (mine: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw Failed(description: "no socket pair: errno \(errno)")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Starts a program found on the path, with these descriptors as its input, output and errors.
    /// - Returns: its process id; to be waited for.
    static func start(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        #if canImport(Glibc)
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        // The threads that tests run on block signals, and a child would inherit that: a shell without SIGCHLD
        // waits for ever.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var id: pid_t = 0
        let status = unsafe posix_spawnp(&id, arguments[0], &actions, &attributes, words, environ)
        guard status == 0 else { throw Failed(description: "cannot start \(arguments[0]): errno \(status)") }
        return id
    }

    /// Waits for the end of a child.
    static func wait(for id: pid_t) {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) == -1, errno == EINTR {}
    }

    /// What comes from a descriptor until `isEnough` says so, or its end.
    static func read(from fd: Int32, until isEnough: ([UInt8]) -> Bool = { _ in false }) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !isEnough(text) {
            let count = unsafe Foundation.read(fd, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a program to its end, on a thread of its own.
    /// - Returns: what it prints.
    package static func output(of arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let (mine, theirs) = try pair()
                        defer { close(mine) }
                        let id = try start(arguments, input: theirs, output: theirs)
                        close(theirs)
                        let text = read(from: mine)
                        wait(for: id)
                        return text
                    })
            }
        }
    }
}
