// libFuzzer with one of our targets: `FUZZ_TARGET=json fuzz [libFuzzer's options] [folders or files]`. `Fuzz/fuzz`
// calls it. The name is in the environment because libFuzzer starts itself again with its own arguments only.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// libFuzzer's own `main`, for programs that have another one.
@_extern(c, "LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// A type, because a C function can refer to its members only, not to variables of this file.
enum Chosen {
    static let target: FuzzTarget? = unsafe (getenv("FUZZ_TARGET")).flatMap {
        unsafe FuzzTarget.named(String(cString: $0))
    }
}

guard Chosen.target != nil else {
    print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
    exit(0)
}
var count = CommandLine.argc
var arguments = unsafe CommandLine.unsafeArgv
// libFuzzer lends the bytes for the time of the call; an array is made of them at once.
let status = unsafe runFuzzer(&count, &arguments) { bytes, count in
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    do throws(Finding) { try Chosen.target?.check(input) } catch { fatalError("\(error)") }
    return 0
}
exit(status)
