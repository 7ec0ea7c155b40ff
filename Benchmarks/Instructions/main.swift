// Does one thing a fixed number of times, for `Benchmarks/instruction-counts`, which counts its instructions.
//
//     instruction-counts                 lists the cases, with the operations that are counted
//     instruction-counts echo            runs one
//
// Everything here is the same in each run: inputs, order, one connection's bytes after the other's. The main thread must
// not wait for tasks: Swift's way to do that ends the thread, which valgrind does not survive (its `sigsuspend` writes to
// the mask that it is given, and libdispatch's is constant).
#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

let cases = decodeCases + encodeCases + serverCases + connectionCases

guard let name = CommandLine.arguments.dropFirst().first else {
    for known in cases { print(known.name, known.rounds * known.operations) }
    exit(0)
}
guard let chosen = cases.first(where: { $0.name == name }) else {
    print("no such case: \(name)")
    exit(2)
}
do { try chosen.run() } catch {
    print("\(name): \(error)")
    exit(1)
}
exit(0)
