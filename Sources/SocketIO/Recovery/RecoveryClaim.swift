/// What a client that was here before says in its `auth` object: `{"pid":"…","offset":"…"}`.
struct RecoveryClaim {
    let id: String
    /// The last event that it has; nil if it has none.
    let offset: RecoveryOffset?

    /// Nil for a client that was not here, or says nothing of it.
    init?(_ auth: PacketObject) {
        guard let object = auth.value, let id = object["pid"]?.stringValue else { return nil }
        self.id = id
        offset = object["offset"]?.stringValue.flatMap(RecoveryOffset.init)
    }
}
