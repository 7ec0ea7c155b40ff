extension UpsertBatch {
    /// Some of the rows.
    func rows(_ range: Range<Int>) -> UpsertBatch {
        UpsertBatch(table, columns.map { $0.values(range) })
    }
}

extension UpsertColumn {
    fileprivate func values(_ range: Range<Int>) -> UpsertColumn {
        switch self {
        case .text(let values): .text(Array(values[range]))
        case .real(let values): .real(Array(values[range]))
        case .optionalReal(let values): .optionalReal(Array(values[range]))
        case .integer(let values): .integer(Array(values[range]))
        case .timestamp(let values): .timestamp(Array(values[range]))
        }
    }
}
