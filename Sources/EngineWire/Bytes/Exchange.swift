/// Sets `value` and returns what it was.
@inlinable package func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
    let old = value
    value = new
    return old
}
