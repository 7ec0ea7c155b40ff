/// A connection on which the schema is changed. Its calls block: it is used on a thread of its own.
package protocol MigrationConnection: AnyObject {
    var dialect: SQLDialect { get }

    /// Waits until no other process migrates this database, and keeps others out until `close`.
    func lock() throws(SQLError)

    /// Runs a text of any number of statements, as it is.
    func execute(_ script: String) throws(SQLError)

    /// Does one statement with values.
    func query(_ command: SQLCommand) throws(SQLError) -> SQLRows

    /// Ends the connection, and with it an open transaction and the lock.
    func close()
}
