internal import CUV

/// The network or the operating system failed: what was attempted, and what the system said.
public struct NetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was attempted, e.g. `listen on 0.0.0.0:8000`.
    public var attempt: String
    /// The system's error number, e.g. `EADDRINUSE`; 0 when it is not the system's.
    public var code: Int32
    /// What went wrong, in words.
    public var message: String

    init(_ attempt: String, errno code: Int32) {
        self.attempt = attempt
        self.code = code
        message = unsafe String(cString: uv_strerror(-abs(code)))
    }

    init(_ attempt: String, message: String) {
        self.attempt = attempt
        self.code = 0
        self.message = message
    }

    /// The loop that would do it has stopped, or is about to.
    static func loopEnds(_ attempt: String) -> NetError {
        NetError(attempt, message: "the event loop ends")
    }

    /// The server that would listen has been closed, and cannot begin again.
    package static func serverClosed(_ host: String, _ port: Int) -> NetError {
        NetError(
            "listen on \(SocketAddress(host: host, port: port))",
            message: "the server has been closed; make a new one")
    }

    public var description: String { "cannot \(attempt): \(message)" }
}
