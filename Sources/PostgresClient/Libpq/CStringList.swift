/// Texts as a C function takes a list of them: pointers to bytes that end with 0, and a null at the end.
enum CStringList {
    /// Calls `body` with the list, which is gone afterwards.
    static func with<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for text in texts {
            starts.append(bytes.count)
            bytes.append(contentsOf: text.utf8.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for start in starts { unsafe pointers.append(buffer.baseAddress?.advanced(by: start)) }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { list in
                guard let first = list.baseAddress else {
                    preconditionFailure("a list has at least its end")
                }
                return unsafe body(first)
            }
        }
    }
}
