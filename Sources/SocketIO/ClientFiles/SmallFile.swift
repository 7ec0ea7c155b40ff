#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The bytes of a file; nil for what cannot be read, is no regular file, or is larger than `limit` bytes.
func smallFile(_ path: String, limit: Int) -> [UInt8]? {
    // Opening a pipe would wait for somebody to write.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        0...limit ~= Int(status.st_size)
    else { return nil }
    var content = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < content.count {
        let got = unsafe content.withUnsafeMutableBytes { bytes in
            // Within the array: `count` is less than its size.
            unsafe read(descriptor, bytes.baseAddress?.advanced(by: count), bytes.count - count)
        }
        if got < 0, errno == EINTR { continue }
        // Cut while it was read.
        guard got > 0 else { return nil }
        count += got
    }
    return content
}
