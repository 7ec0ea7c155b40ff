internal import CTLS
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The certificate and the rules that a server's TLS connections begin with. For any thread.
///
/// New connections use what was read last; connections that exist keep what they began with.
public final class TLSContext: Sendable {
    /// Where the files are, and the rules.
    public let configuration: TLSConfiguration
    private let newest: Mutex<TLSCredentials>

    /// Reads the files.
    public init(_ configuration: TLSConfiguration) throws(TLSError) {
        self.configuration = configuration
        newest = Mutex(try TLSCredentials(configuration))
    }

    /// Reads the files anew, e.g. after the certificate was renewed. If they cannot be used it throws, and what was
    /// read before stays in use.
    public func reload() throws(TLSError) {
        // Outside the lock: accepting does not wait for files.
        let credentials = try TLSCredentials(configuration)
        newest.withLock { $0 = credentials }
    }

    /// Reloads whenever the process gets SIGHUP, until the loop stops.
    /// - Parameters:
    ///   - loop: where the files are read; they are small, and it happens rarely.
    ///   - report: called there after each attempt: nil when the new files are in use.
    public func reloadOnHangup(loop: EventLoop, report: @escaping @Sendable (TLSError?) -> Void) {
        loop.execute { [self] in
            SignalWatch.start(SIGHUP, on: loop) {
                do throws(TLSError) {
                    try self.reload()
                    report(nil)
                } catch { report(error) }
            }
        }
    }

    /// The state of a new connection. The caller gives it to a `TCPConnection`.
    package func makeSession() -> TLSSession { TLSSession(newest.withLock { $0 }) }
}
