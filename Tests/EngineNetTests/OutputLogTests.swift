import EngineNet
import EngineWire
import Testing

@Suite struct `The output log` {
    @Test func `keeps what is appended back to back`() {
        var log = OutputLog(capacity: 64)
        log.append(Array("ab".utf8))
        log.append([UInt8]())
        log.append(Array("cde".utf8).span)
        #expect(log.count == 5)
        #expect(bytes(log) == Array("abcde".utf8))
    }

    @Test(arguments: [1, 2, 10, 64, 1_000])
    func `grows as it must and loses nothing`(capacity: Int) {
        var log = OutputLog(capacity: capacity)
        var expected: [UInt8] = []
        for i in 0..<300 {
            let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: i), count: i % 41)
            log.append(piece)
            expected += piece
        }
        #expect(bytes(log) == expected)
    }

    @Test func `takes a piece larger than twice its size`() {
        var log = OutputLog(capacity: 8)
        log.append([1, 2, 3])
        let large = [UInt8](repeating: 9, count: 100_000)
        log.append(large)
        #expect(bytes(log) == [1, 2, 3] + large)
    }

    @Test(
        arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 0x0102_0304_0506],
        [WebSocketOpcode.text, .binary, .close])
    func `writes the frame headers that WebSocketFrame writes`(payload: Int, opcode: WebSocketOpcode) {
        var expected: [UInt8] = []
        WebSocketFrame.appendHeader(opcode, payload: payload, to: &expected)
        for used in 0...10 {
            var log = OutputLog(capacity: 10)
            let before = [UInt8](repeating: 7, count: used)
            log.append(before)
            log.appendFrameHeader(opcode, payload: payload)
            #expect(bytes(log) == before + expected)
        }
    }

    @Test(arguments: [1, 4, 5, 1_000])
    func `is as good as new after a reset, whether it was large or small`(pieces: Int) {
        var log = OutputLog(capacity: 16)
        for _ in 0..<pieces { log.append([UInt8](repeating: 1, count: 16)) }
        log.reset(keeping: 16)
        #expect(log.count == 0)
        log.append([1, 2, 3])
        log.append([UInt8](repeating: 4, count: 40))
        #expect(bytes(log) == [1, 2, 3] + [UInt8](repeating: 4, count: 40))
    }

    private func bytes(_ log: borrowing OutputLog) -> [UInt8] {
        // Read before anything is appended again, as the log asks.
        let buffer = unsafe UnsafeBufferPointer(start: log.base, count: log.count)
        return unsafe Array(buffer)
    }
}
