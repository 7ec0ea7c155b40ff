/// Byte sequences after Markus Kuhn's "UTF-8 decoder capability and stress test" and the Unicode Standard, table 3-7.
enum UTF8Samples {
    /// Valid texts: first and last of each length, the edges of the gaps between them, and code points that are
    /// no characters but may be sent.
    static let valid: [[UInt8]] =
        [
            // "κόσμε", and characters of one to four bytes between letters.
            kosme,
            [0x61, 0x24, 0x61], [0x61, 0xC2, 0xA2, 0x61], [0x61, 0xE2, 0x82, 0xAC, 0x61],
            [0x61, 0xF0, 0xA4, 0xAD, 0xA2, 0x61],
            // First and last of one, two, three and four bytes.
            [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
            // Around the surrogates, and the replacement character.
            [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD],
            // Interlinear annotation, object replacement, byte order mark.
            [0xEF, 0xBF, 0xB9], [0xEF, 0xBF, 0xBA], [0xEF, 0xBF, 0xBB], [0xEF, 0xBF, 0xBC],
            [0xEF, 0xBB, 0xBF],
        ] + noCharacters

    static let kosme: [UInt8] = [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5]

    /// U+FDD0, U+FDEF, and the last two code points of every plane.
    private static let noCharacters: [[UInt8]] =
        [[0xEF, 0xB7, 0x90], [0xEF, 0xB7, 0xAF], [0xEF, 0xBF, 0xBE]]
        + (1...16).flatMap { (plane: UInt8) in
            [0xBE, 0xBF].map { [0xF0 | plane >> 2, 0x8F | (plane & 3) << 4, 0xBF, $0] }
        }

    /// A sequence that no valid text begins with.
    struct Invalid: Sendable {
        var name: String
        var bytes: [UInt8]
        /// The index of the first byte after which nothing can make the text valid any more.
        var culprit: Int

        init(_ name: String, _ bytes: [UInt8], at culprit: Int) {
            (self.name, self.bytes, self.culprit) = (name, bytes, culprit)
        }
    }

    static let invalid =
        [
            Invalid("first continuation byte", [0x80], at: 0),
            Invalid("last continuation byte", [0xBF], at: 0),
            Invalid("two continuation bytes", [0x80, 0xBF], at: 0),
            Invalid("all continuation bytes", Array(0x80...0xBF), at: 0),
            Invalid("a continuation byte behind a character", [0xCE, 0xBA, 0x80], at: 2),
            Invalid("a continuation byte behind a letter", [0x61, 0x80], at: 1),

            Invalid("impossible FE", [0xFE], at: 0),
            Invalid("impossible FF", [0xFF], at: 0),
            Invalid("FE FE FF FF", [0xFE, 0xFE, 0xFF, 0xFF], at: 0),

            Invalid("first of five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80], at: 0),
            Invalid("first of six bytes", [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], at: 0),
            Invalid("last of four bytes, as a number", [0xF7, 0xBF, 0xBF, 0xBF], at: 0),
            Invalid("last of five bytes", [0xFB, 0xBF, 0xBF, 0xBF, 0xBF], at: 0),
            Invalid("last of six bytes", [0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF], at: 0),
            Invalid("U+110000", [0xF4, 0x90, 0x80, 0x80], at: 1),
            Invalid("beyond U+110000", [0xF5, 0x80, 0x80, 0x80], at: 0),

            Invalid("overlong slash, 2", [0xC0, 0xAF], at: 0),
            Invalid("overlong slash, 3", [0xE0, 0x80, 0xAF], at: 1),
            Invalid("overlong slash, 4", [0xF0, 0x80, 0x80, 0xAF], at: 1),
            Invalid("overlong slash, 5", [0xF8, 0x80, 0x80, 0x80, 0xAF], at: 0),
            Invalid("overlong slash, 6", [0xFC, 0x80, 0x80, 0x80, 0x80, 0xAF], at: 0),
            Invalid("largest overlong, 2", [0xC1, 0xBF], at: 0),
            Invalid("largest overlong, 3", [0xE0, 0x9F, 0xBF], at: 1),
            Invalid("largest overlong, 4", [0xF0, 0x8F, 0xBF, 0xBF], at: 1),
            Invalid("largest overlong, 5", [0xF8, 0x87, 0xBF, 0xBF, 0xBF], at: 0),
            Invalid("largest overlong, 6", [0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF], at: 0),
            Invalid("overlong zero, 2", [0xC0, 0x80], at: 0),
            Invalid("overlong zero, 3", [0xE0, 0x80, 0x80], at: 1),
            Invalid("overlong zero, 4", [0xF0, 0x80, 0x80, 0x80], at: 1),
            Invalid("overlong zero, 5", [0xF8, 0x80, 0x80, 0x80, 0x80], at: 0),
            Invalid("overlong zero, 6", [0xFC, 0x80, 0x80, 0x80, 0x80, 0x80], at: 0),

            Invalid("surrogate D800", [0xED, 0xA0, 0x80], at: 1),
            Invalid("surrogate DB7F", [0xED, 0xAD, 0xBF], at: 1),
            Invalid("surrogate DB80", [0xED, 0xAE, 0x80], at: 1),
            Invalid("surrogate DBFF", [0xED, 0xAF, 0xBF], at: 1),
            Invalid("surrogate DC00", [0xED, 0xB0, 0x80], at: 1),
            Invalid("surrogate DF80", [0xED, 0xBE, 0x80], at: 1),
            Invalid("surrogate DFFF", [0xED, 0xBF, 0xBF], at: 1),
            Invalid("surrogates D800 DC00", [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], at: 1),
            Invalid("surrogates DBFF DFFF", [0xED, 0xAF, 0xBF, 0xED, 0xBF, 0xBF], at: 1),

            Invalid("κόσμε and a surrogate", kosme + [0xED, 0xA0, 0x80], at: 12),
            Invalid("κόσμε and U+110000", kosme + [0xF4, 0x90, 0x80, 0x80], at: 12),

            Invalid("two bytes, the last missing", [0xDF, 0x61], at: 1),
            Invalid("three bytes, the last missing", [0xEF, 0xBF, 0x61], at: 2),
            Invalid("three bytes, two missing", [0xE1, 0x61], at: 1),
            Invalid("four bytes, the last missing", [0xF4, 0x8F, 0xBF, 0x61], at: 3),
            Invalid("four bytes, two missing", [0xF1, 0x80, 0x61], at: 2),
            Invalid("a start behind a start", [0xE2, 0xE2, 0x82, 0xAC], at: 1),
            Invalid("incomplete ones, back to back", [0xDF, 0xEF, 0xBF, 0xF4, 0x8F, 0xBF], at: 1),
        ] + lonelyStarts

    /// Every byte that begins a character of several bytes, and a space in the place of the next.
    private static let lonelyStarts = (0xC0...0xFD).map { (start: UInt8) in
        Invalid(
            "\(String(start, radix: 16)) and a space", [start, 0x20],
            at: (0xC2...0xF4).contains(start) ? 1 : 0)
    }

    /// Sequences that are valid as far as they go, but end inside a character.
    static let unfinished: [[UInt8]] =
        [
            [0xC2], [0xDF], [0xE0], [0xE0, 0xA0], [0xE1, 0x80], [0xED, 0x9F], [0xEF, 0xBF], [0xF0],
            [0xF0, 0x90],
            [0xF0, 0x90, 0x80], [0xF4, 0x8F], [0xF4, 0x8F, 0xBF],
        ] + [1, 3, 4, 6, 8, 10].map { Array(kosme.prefix($0)) }
}
