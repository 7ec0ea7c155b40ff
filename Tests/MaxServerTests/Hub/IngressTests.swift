import SocketIO
import Testing

@testable import MaxServer

@Suite struct `The way from the bus to clients` {
    private let route = ChannelRoute(channel: "orders", event: "order", rooms: ["desk:{desk}"])

    @Test func `go to nobody when no room of their route has its field, and never to everyone`() async {
        var options = SocketOptions()
        options.engine.loops = 1
        let io = SocketServer(options: options)
        let ingress = Ingress(routes: [route], io: io, log: Log("test", level: .error))
        ingress.received(BusMessage(channel: "orders", payload: Array(#"{"price":1}"#.utf8)))
        await ingress.betweenMessages {}
        #expect(ingress.counts == IngressCounts(received: 1, emitted: 0))
        ingress.received(BusMessage(channel: "orders", payload: Array(#"{"desk":"a","price":1}"#.utf8)))
        await ingress.betweenMessages {}
        #expect(ingress.counts == IngressCounts(received: 2, unheard: 1))
        await io.close(grace: .zero)
    }
}
