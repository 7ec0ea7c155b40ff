import Testing

@testable import SocketIO

/// The formats of MessagePack's spec.md and the extensions of notepack.
@Suite struct `MessagePack values` {
    /// What notepack and we write alike; it is read as it was written.
    @Test(arguments: [
        ("c0", "null"), ("c2", "false"), ("c3", "true"),
        ("00", "0"), ("7f", "127"), ("cc 80", "128"), ("cc ff", "255"), ("cd 0100", "256"),
        ("cd ffff", "65535"), ("ce 00010000", "65536"), ("ce ffffffff", "4294967295"),
        ("cf 0000000100000000", "4294967296"), ("cf 001fffffffffffff", "9007199254740991"),
        ("cf ffffffffffffffff", "18446744073709551615"),
        ("ff", "-1"), ("e0", "-32"), ("d0 df", "-33"), ("d0 80", "-128"), ("d1 ff7f", "-129"),
        ("d1 8000", "-32768"), ("d2 ffff7fff", "-32769"), ("d2 80000000", "-2147483648"),
        ("d3 ffffffff7fffffff", "-2147483649"), ("d3 8000000000000000", "-9223372036854775808"),
        ("cb 3ff199999999999a", "1.1"), ("cb 43118b54f26ebc1e", "1234567891234567.5"),
        ("cb 0000000000000001", "5e-324"), ("cb 7fefffffffffffff", "1.7976931348623157e+308"),
        ("cb 444b1ae4d6e2ef50", "1e+21"),
        ("a0", #""""#), ("a5 68656c6c6f", #""hello""#), ("a4 f09f90a6", "\"🐦\""),
        ("a3 22 5c 0a", #""\"\\\n""#),
        ("90", "[]"), ("94 01 02 03 04", "[1,2,3,4]"), ("91 91 90", "[[[]]]"),
        ("80", "{}"), ("83 a1 61 01 a1 62 02 a1 63 03", #"{"a":1,"b":2,"c":3}"#),
        ("82 a0 90 a1 61 80", #"{"":[],"a":{}}"#), ("92 81 a1 61 91 01 02", #"[{"a":[1]},2]"#),
    ])
    func `have one form in JSON`(hex: String, json: String) throws {
        #expect(try InnerForm(messagePack: bytes(hex)) == InnerForm(json))
        #expect(try InnerForm(json).messagePack() == bytes(hex))
    }

    /// Other writers are free to take more bytes than they need.
    @Test(arguments: [
        ("cc 00", "0"), ("cd 0001", "1"), ("ce 00000001", "1"), ("cf 0000000000000001", "1"),
        ("d0 7f", "127"), ("d0 ff", "-1"), ("d1 7fff", "32767"), ("d2 00000000", "0"),
        ("d3 0020000000000000", "9007199254740992"), ("d3 ffffffffffffffff", "-1"),
        ("d9 01 61", "\"a\""), ("da 0001 61", "\"a\""), ("db 00000001 61", "\"a\""),
        ("dc 0001 c0", "[null]"), ("dd 00000001 c0", "[null]"), ("dc 0000", "[]"),
        ("de 0001 a1 61 c0", #"{"a":null}"#), ("df 00000001 a1 61 c0", #"{"a":null}"#), ("df 00000000", "{}"),
        ("cb 3ff0000000000000", "1"), ("cb 8000000000000000", "0"),
        ("ca 3f000000", "0.5"), ("ca 3dcccccd", "0.10000000149011612"),
        ("ca 00000001", "1.401298464324817e-45"),
    ])
    func `may be written longer than needed`(hex: String, json: String) throws {
        #expect(try InnerForm(messagePack: bytes(hex)) == InnerForm(json))
    }

    @Test(arguments: [
        "ca 7fc00000", "ca 7f800000", "ca ff800000", "cb 7ff8000000000000", "cb 7ff0000000000000",
        "cb fff0000000000000", "cb 7ff0000000000001", "d4 00 00", "d4 00 07",
    ])
    func `that JSON cannot say are null`(hex: String) throws {
        #expect(try InnerForm(messagePack: bytes(hex)) == InnerForm("null"))
        #expect(try InnerForm(messagePack: bytes("81 a1 61 \(hex)")) == InnerForm(#"{"a":null}"#))
    }

    @Test(arguments: [
        ("1.0", "01"), ("1e2", "64"), ("-0", "00"), ("-0.0", "00"), ("-5.0E0", "fb"),
        ("1e-400", "00"),
        ("1e400", "cb 7ff0000000000000"), ("-1e400", "cb fff0000000000000"),
        ("18446744073709551616", "cb 43f0000000000000"), ("-9223372036854775809", "cb c3e0000000000000"),
        (#""\u0061\n""#, "a2 61 0a"), (#""\ud83d\udc26""#, "a4 f09f90a6"), (#""\ud83d""#, "a3 efbfbd"),
        (" [ 1 , { \"a\" : [ ] } ] ", "92 01 81 a1 61 90"), (#"{"\u0061":1,"a":2}"#, "82 a1 61 01 a1 61 02"),
    ])
    func `are written for whatever the JSON means`(json: String, hex: String) throws {
        #expect(try InnerForm(json).messagePack() == bytes(hex))
    }

    @Test(arguments: [
        (31, "bf"), (32, "d9 20"), (255, "d9 ff"), (256, "da 0100"), (65_535, "da ffff"),
        (65_536, "db 00010000"),
    ])
    func `of text have the shortest head`(size: Int, head: String) throws {
        let form = InnerForm("\"\(String(repeating: "a", count: size))\"")
        let message = bytes("\(head) 61*\(size)")
        #expect(try form.messagePack() == message)
        #expect(try InnerForm(messagePack: message) == form)
    }

    @Test(arguments: [
        (15, "9f", "8f"), (16, "dc 0010", "de 0010"), (65_535, "dc ffff", "de ffff"),
        (65_536, "dd 00010000", "df 00010000"),
    ])
    func `of arrays and objects have the shortest head`(count: Int, array: String, map: String) throws {
        let elements = Array(repeating: "0", count: count).joined(separator: ",")
        #expect(try InnerForm("[\(elements)]").messagePack() == bytes("\(array) 00*\(count)"))
        #expect(try InnerForm(messagePack: bytes("\(array) 00*\(count)")) == InnerForm("[\(elements)]"))
        let members = Array(repeating: "\"\":0", count: count).joined(separator: ",")
        #expect(try InnerForm("{\(members)}").messagePack() == bytes("\(map) a000*\(count)"))
        #expect(try InnerForm(messagePack: bytes("\(map) a000*\(count)")) == InnerForm("{\(members)}"))
    }

    /// As `toString("utf8")` of Node's `Buffer`, and as the WHATWG's decoder: one for each longest beginning of a
    /// character.
    @Test(arguments: [
        ("a1 ff", "�"), ("a2 c328", "�("), ("a3 61 80 62", "a�b"), ("a2 e282", "�"), ("a3 eda080", "���"),
        ("a2 c080", "��"), ("a4 f4908080", "����"), ("a3 f09f98", "�"),
    ])
    func `of text that are not UTF-8 are repaired`(hex: String, text: String) throws {
        #expect(try InnerForm(messagePack: bytes(hex)) == InnerForm("\"\(text)\""))
        #expect(try InnerForm(messagePack: bytes("81 \(hex) c0")) == InnerForm("{\"\(text)\":null}"))
    }

    @Test(arguments: [
        ("05", "5"), ("ff", "-1"), ("cf ffffffffffffffff", "18446744073709551615"),
        ("cb 3ff8000000000000", "1.5"),
        ("cb 4024000000000000", "10"), ("cb 7ff8000000000000", "NaN"), ("ca 7f800000", "Infinity"),
        ("ca ff800000", "-Infinity"), ("c0", "null"), ("d4 00 00", "undefined"), ("c2", "false"),
        ("c3", "true"),
    ])
    func `are keys by their text in JavaScript`(hex: String, key: String) throws {
        #expect(try InnerForm(messagePack: bytes("81 \(hex) 01")) == InnerForm("{\"\(key)\":1}"))
    }

    @Test(arguments: ["90", "80", "91 01", "c4 01 61", "c7 01 00 61", "d7 00 0000000000000000"])
    func `that are no scalars are refused as keys`(hex: String) {
        #expect(throws: MessagePackError.illegalKey) { _ = try InnerForm(messagePack: bytes("81 \(hex) 01")) }
    }
}
