package import SocketIO
import Synchronization

/// Servers of one process that tell each other everything, each message at once and in order.
package final class MemoryCluster: Sendable {
    private struct Member {
        var server: String
        var namespace: ClusterNamespace
    }

    private let members = Mutex<[Member]>([])
    /// Servers that take messages and answer none.
    private let silent = Mutex<Set<String>>([])

    package init() {}

    /// The adapter of one server.
    package func adapter(_ server: String) -> any Adapter { MemoryAdapter(server: server, cluster: self) }

    /// Lets a server answer nothing from now on.
    package func silence(_ server: String) { silent.withLock { _ = $0.insert(server) } }

    private func others(_ server: String, _ name: String) -> [Member] {
        members.withLock { $0.filter { $0.server != server && $0.namespace.name == name } }
    }

    private struct MemoryAdapter: Adapter {
        let server: String
        let cluster: MemoryCluster

        func connect(_ namespace: ClusterNamespace) -> any ClusterLink {
            cluster.members.withLock { $0.append(Member(server: server, namespace: namespace)) }
            return MemoryLink(server: server, name: namespace.name, cluster: cluster)
        }
    }

    private struct MemoryLink: ClusterLink {
        let server: String
        let name: String
        let cluster: MemoryCluster

        func send(_ message: ClusterMessage) {
            for other in cluster.others(server, name) { other.namespace.receive(message, from: server) }
        }

        func send(_ message: ClusterMessage, to other: String) {
            guard !cluster.silent.withLock({ $0.contains(server) }) else { return }
            cluster.others(server, name).first { $0.server == other }?.namespace
                .receive(message, from: server)
        }

        func serverCount() async throws -> Int { cluster.others(server, name).count + 1 }

        func close() {
            cluster.members.withLock { members in
                members.removeAll { $0.server == server && $0.namespace.name == name }
            }
        }
    }
}
