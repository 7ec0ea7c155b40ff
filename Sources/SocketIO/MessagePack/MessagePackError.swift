/// Why bytes are not the MessagePack that we take, or cannot be said in our inner form.
enum MessagePackError: Error, Equatable, Sendable {
    /// The bytes end before the value does, or it declares a size beyond their end.
    case truncated
    /// 0xC1, which the specification leaves without a meaning.
    case unusedFormat
    /// An extension other than those of notepack and the timestamp.
    case unknownExtension
    /// A timestamp with 10^9 nanoseconds or more.
    case illegalTimestamp
    /// A key of a map that is no scalar.
    case illegalKey
    /// More arrays and maps inside each other than the limit.
    case tooDeep
    /// More binary values than the limit.
    case tooManyAttachments
    /// A map looks like the placeholder of a binary value, and there are such.
    case ambiguousPlaceholder
    /// JSON text beyond 4 GiB.
    case tooLong
    /// Something follows the value.
    case trailingBytes
}
