#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is read once from its beginning to its end. It may be larger than memory, or a pipe.
final class InputFile {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let path: String
    private let descriptor: Int32
    /// In bytes; nil where it cannot be known, as of a pipe.
    let size: Int?

    /// - Parameter path: `-` for standard input.
    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        var status = stat()
        let isRegular = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(status.st_size) : nil
    }

    deinit { if descriptor > 0 { close(descriptor) } }

    /// Fills the buffer from its beginning as far as there is something.
    /// - Returns: how many bytes; 0 at the end.
    func read(into buffer: inout [UInt8]) throws(Failure) -> Int {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                #if canImport(Glibc)
                    unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
                #else
                    unsafe Darwin.read(descriptor, bytes.baseAddress, bytes.count)
                #endif
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw Self.failure(path) }
        }
    }

    /// All that is left of a small file.
    func rest() throws(Failure) -> [UInt8] {
        var (all, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 65_536))
        while true {
            let count = try read(into: &buffer)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(description: "cannot read \(path): \(unsafe String(cString: strerror(errno)))")
    }
}
