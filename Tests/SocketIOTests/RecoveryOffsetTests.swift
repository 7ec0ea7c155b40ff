import Testing

@testable import SocketIO

@Suite struct `Places in the log` {
    @Test(arguments: [
        (0, 0, "0.0"), (0, 46, "0.1a"), (35, 35, "z.z"), (255, 36, "73.10"),
        (1, UInt64.max, "1.3w5e11264sgsf"),
    ])
    func `are text and come back from it`(loop: Int, number: UInt64, text: String) {
        let offset = RecoveryOffset(loop: loop, number: number)
        #expect(offset.text == text)
        #expect(RecoveryOffset(text) == offset)
    }

    @Test func `are read in capitals, too`() {
        #expect(RecoveryOffset("0.1A") == RecoveryOffset(loop: 0, number: 46))
    }

    @Test(arguments: [
        "", ".", "0", "0.", ".0", "0.0.0", "a b", "0.-1", "0.3w5e11264sgsg", "0 .0", "0.0\n", "é.0",
        "hello.world!",
        String(repeating: "z", count: 10_000) + ".0",
    ])
    func `are not any text`(text: String) {
        #expect(RecoveryOffset(text) == nil)
    }

    @Test func `are one more argument`() {
        var bytes = Array("[\"e\"".utf8)
        RecoveryOffset(loop: 1, number: 36).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"["e","1.10""#)
    }

    @Test(arguments: [
        (#"{"pid":"p","offset":"1.a"}"#, "p", RecoveryOffset(loop: 1, number: 10)),
        (#"{"pid":"p"}"#, "p", nil), (#"{"pid":"p","offset":null}"#, "p", nil),
        (#"{"pid":"p","offset":7}"#, "p", nil), (#"{"pid":"p","offset":"a text"}"#, "p", nil),
    ])
    func `are part of a claim, if the client has one`(auth: String, id: String, offset: RecoveryOffset?)
        throws
    {
        let claim = try #require(RecoveryClaim(PacketObject(json: Array(auth.utf8))))
        #expect(claim.id == id)
        #expect(claim.offset == offset)
    }

    @Test(arguments: ["", "{}", #"{"pid":7}"#, #"{"offset":"0.0"}"#, #"{"pid":null}"#])
    func `mean nothing without a claim`(auth: String) {
        #expect(RecoveryClaim(PacketObject(json: Array(auth.utf8))) == nil)
    }
}
