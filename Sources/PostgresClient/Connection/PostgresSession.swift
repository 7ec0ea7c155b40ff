internal import Database
internal import EngineNet

/// The life of one connection, from greeting to loss: gets units done in the order they were given, several in flight at
/// a time. Confined to its loop.
///
/// A statement that this session has not prepared yet costs a round trip of its own: the server says what types its
/// parameters have, so that they are sent as exactly these. Meanwhile the unit is held, and with it all that come
/// later.
final class PostgresSession {
    /// Hears what happens, and knows who waits for the units. It owns this.
    private weak var link: PostgresLink?
    private let loop: EventLoop
    private let connection: LibpqConnection
    private var socket: WatchedSocket?
    private let limits: PostgresLimits
    private var prepared: PreparedStatements
    /// A handful at most.
    private var inFlight: [Exchange] = []
    /// Waits until its statements are prepared.
    private var held: WorkUnit?
    private var isFlushDue = false
    /// What serves us, once the greeting is answered.
    private(set) var process: ServerProcess?

    init(_ connection: LibpqConnection, _ link: PostgresLink, _ limits: PostgresLimits) throws(NetError) {
        self.connection = connection
        self.link = link
        loop = link.loop
        self.limits = limits
        prepared = PreparedStatements(limit: limits.preparedStatements)
        socket = try WatchedSocket(duplicating: connection.socket, on: loop) {
            [weak self] readable, writable in
            if readable { self?.receive() }
            if writable { self?.flush() }
        }
        socket?.wait(readable: true, writable: false)
    }

    /// How many units are under way.
    var load: Int { inFlight.count + (held == nil ? 0 : 1) }

    var canTake: Bool { held == nil && inFlight.count < max(1, limits.inFlight) }

    private var isOpen: Bool { socket != nil }

    /// Asks which process of the server this is. `PostgresLink.greeted` hears of the answer; only then units are taken.
    /// - Parameter old: of the session before, to be ended first. It may not know that it was given up, and would do
    ///   what it had been sent whenever it can: over what was stored since. And whatever it waits for, it takes up one
    ///   of the server's connections.
    func greet(ending old: ServerProcess?) {
        send(Exchange(.greeting, steps: old == nil ? 1 : 2)) { connection in
            if let old, !connection.sendQuery(old.ending) { return false }
            return connection.sendQuery(ServerProcess.start(of: connection.process))
        }
    }

    private func greetingEnded(_ exchange: Exchange) {
        // Without an answer to it everything works, except that nobody can end the process.
        let start = (try? exchange.answers.last?.rows())?.values.first
        if case .integer(let start)? = start {
            process = ServerProcess(number: connection.process, start: start)
        }
        link?.greeted()
    }

    // MARK: The end

    /// Nothing is sent or received any more.
    func close() {
        socket?.close()
        socket = nil
        connection.close()
    }

    /// Nothing more will be answered: what was sent is lost, what was held may go elsewhere.
    func giveUp(_ reason: String) {
        if let unit = takeHeld() { link?.user?.returned(unit) }
        let sent = inFlight
        inFlight = []
        for exchange in sent {
            if case .unit(let unit) = exchange.purpose { finished(unit, .failure(.lost(reason: reason))) }
        }
    }

    /// The link ends the session for this.
    private func failed() {
        if isOpen { link?.sessionFailed(connection.reason) }
    }

    private func finished(_ unit: WorkUnit, _ outcome: WorkUnit.Outcome) {
        link?.user?.finished(unit, outcome)
    }

    // MARK: Sending

    /// Gets a unit done. Only when `canTake`.
    func take(_ unit: WorkUnit) {
        var texts: [String] = []
        for statement in unit.statements
        where !prepared.contains(statement.sql) && !texts.contains(statement.sql) {
            texts.append(statement.sql)
        }
        if texts.isEmpty { send(unit) } else { prepare(texts, for: unit) }
    }

    private func prepare(_ texts: [String], for unit: WorkUnit) {
        var named: [(sql: String, name: String, text: String)] = []
        do throws(SQLError) {
            for sql in texts {
                named.append((sql, prepared.nextName(), try SQLDialect.postgres.text(sql)))
            }
        } catch {
            return finished(unit, .failure(error))
        }
        held = unit
        deallocate(prepared.makeRoom(for: texts.count, keeping: Set(unit.statements.map(\.sql))))
        let purpose = Exchange.Purpose.preparation(named.map { ($0.sql, $0.name) })
        send(Exchange(purpose, steps: 2 * named.count)) { connection in
            named.allSatisfy { connection.sendPrepare($0.name, $0.text) && connection.sendDescribe($0.name) }
        }
    }

    private func deallocate(_ names: [String]) {
        guard !names.isEmpty else { return }
        send(Exchange(.deallocation, steps: names.count)) { connection in
            names.allSatisfy { connection.sendDeallocate($0) }
        }
    }

    /// Sends a unit whose statements are prepared.
    private func send(_ unit: WorkUnit) {
        var steps: [(name: String, parameters: Parameters)] = []
        do throws(SQLError) {
            for statement in unit.statements {
                // It may have been found stale while the unit was held.
                guard let known = prepared.use(statement.sql) else { return take(unit) }
                let parameters =
                    switch statement.values {
                    case .encoded(let parameters): parameters
                    case .plain(let values): try Parameters(values, as: known.parameterTypes)
                    }
                guard parameters.bytes.count <= limits.statementBytes else {
                    throw .badValue(
                        message: "the values have \(parameters.bytes.count) bytes; "
                            + "\(limits.statementBytes) are allowed")
                }
                steps.append((known.name, parameters))
            }
        } catch {
            return finished(unit, .failure(error))
        }
        // The server may be silent for as long as one statement takes, not for as long as all of them do.
        let isLong = steps.count > 1
        send(Exchange(.unit(unit), steps: steps.count)) { connection in
            steps.allSatisfy {
                connection.sendExecute($0.name, $0.parameters) && (!isLong || connection.sendFlushRequest())
            }
        }
    }

    /// Sends the steps of an exchange and its end. When that fails, who waits is told with all others.
    private func send(_ exchange: Exchange, _ steps: (LibpqConnection) -> Bool) {
        guard isOpen else { return }
        inFlight.append(exchange)
        guard steps(connection), connection.sendSync() else { return failed() }
        link?.handle(.sent)
        guard !isFlushDue else { return }
        isFlushDue = true
        loop.atTurnEnd(self)
    }

    private func flush() {
        guard let socket else { return }
        switch connection.flush() {
        case .done: socket.wait(readable: true, writable: false)
        case .pending: socket.wait(readable: true, writable: true)
        case .failed: return failed()
        }
        // While it sends, libpq reads what has come, so that two full sockets do not wait for each other; nobody else
        // tells of that.
        if readAnswers() { heard() }
    }

    // MARK: Receiving

    private func receive() {
        guard isOpen else { return }
        let isConnected = connection.consume()
        // What came before the end counts.
        _ = readAnswers()
        guard isOpen else { return }
        guard isConnected, connection.isUp else { return failed() }
        heard()
    }

    /// Takes the answers that have come.
    /// - Returns: whether there were any, and the connection is still there.
    private func readAnswers() -> Bool {
        var isAny = false
        // Null ends each step; two of them mean that there is nothing more.
        var emptyAnswers = 0
        while emptyAnswers < 2, isOpen, !connection.isBusy, !inFlight.isEmpty {
            guard let result = connection.nextResult() else {
                emptyAnswers += 1
                continue
            }
            emptyAnswers = 0
            isAny = true
            received(result)
        }
        return isAny && isOpen
    }

    private func heard() {
        link?.handle(.heard(isOwed: !inFlight.isEmpty))
        link?.user?.hasRoom()
    }

    private func received(_ result: LibpqResult) {
        switch result.status {
        case .sync:
            if !inFlight.isEmpty { finish(inFlight.removeFirst()) }
        case .done, .failed, .skipped: inFlight.first?.received(result)
        // What follows would be part of the transaction, and no transaction may be left open.
        case .transaction:
            end("BEGIN is not possible here; give the statements of a transaction together")
        // The pipeline cannot go on after it.
        case .unusable: end("COPY is not possible here")
        }
    }

    /// A statement did what the connection does not recover from.
    private func end(_ reason: String) {
        if case .unit(let unit) = inFlight.first?.purpose {
            inFlight.removeFirst()
            finished(unit, .failure(.refused(code: "0A000", message: reason)))
        }
        link?.handle(.lost(reason))
    }

    private func finish(_ exchange: Exchange) {
        switch exchange.purpose {
        case .greeting: greetingEnded(exchange)
        case .deallocation: break
        case .preparation(let named): preparationEnded(named, exchange)
        case .unit(let unit):
            if let error = exchange.error {
                refused(unit, error)
            } else if exchange.answers.count == exchange.steps {
                finished(unit, .success(exchange.answers))
            } else {
                finished(unit, .failure(.lost(reason: "an answer is missing")))
                link?.handle(.lost("an answer is missing"))
            }
        }
    }

    private func preparationEnded(_ named: [(sql: String, name: String)], _ exchange: Exchange) {
        // Two answers each; after a refusal those before it are prepared all the same.
        for (index, entry) in named.enumerated() where 2 * index + 1 < exchange.answers.count {
            let types = exchange.answers[2 * index + 1].parameterTypes
            prepared.add(entry.sql, .init(name: entry.name, parameterTypes: types))
        }
        guard let unit = takeHeld() else { return }
        if let error = exchange.error {
            finished(unit, .failure(error.meaning))
        } else {
            send(unit)
        }
    }

    private func takeHeld() -> WorkUnit? {
        defer { held = nil }
        return held
    }

    private func refused(_ unit: WorkUnit, _ error: ServerError) {
        guard error.isStalePlan, !unit.wasStale else { return finished(unit, .failure(error.meaning)) }
        // Nothing of the unit was done.
        deallocate(Set(unit.statements.map(\.sql)).compactMap { prepared.remove($0) })
        var unit = unit
        unit.wasStale = true
        link?.user?.returned(unit)
    }
}

extension PostgresSession: TurnEndWork {
    func turnEnds() {
        isFlushDue = false
        flush()
    }
}
