import Database
import EngineNet

extension Store {
    /// Opens the database for a command that ends, and closes it when the command is done or has failed.
    static func use<Value>(
        _ settings: Settings, log: Log, _ command: (any Database, EventLoop) async throws -> Value
    ) async throws -> Value {
        let group = EventLoopGroup(count: 1)
        do {
            let database = try await open(settings, on: group.loops[0], log: log.labelled("store"))
            do {
                let value = try await command(database, group.loops[0])
                await database.close()
                await end(group)
                return value
            } catch {
                await database.close()
                throw error
            }
        } catch {
            await end(group)
            throw error
        }
    }

    private static func end(_ group: EventLoopGroup) async { await Task.detached { group.stop() }.value }
}
