import EngineNet
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A request of the REST interface, read by handlers.
struct APIRequest: Sendable {
    /// Most items of a query. Each is compared with those before it.
    private static let items = 50

    let http: HTTPRequest
    private let path: HTTPPathValues
    /// In the log and in the field `X-Request-Id`: the client's, if it sent a usable one.
    let id: String

    init(http: HTTPRequest, path: HTTPPathValues, id: String) {
        (self.http, self.path, self.id) = (http, path, id)
    }

    /// What the path has in place of a name of the route's template.
    subscript(name: String) -> String { path[name] }

    /// The body's fields, to be read one by one.
    /// - Throws: `APIFailure` if the body is not a JSON object.
    func body() throws(APIFailure) -> FieldReader {
        guard isJSON else {
            throw APIFailure(
                status: 415, code: "NOT_JSON", message: "the Content-Type of bodies is application/json")
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: http.body) } catch {
            throw APIFailure(status: 400, code: "NOT_JSON", message: "the body is not JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw APIFailure(status: 400, code: "NOT_JSON", message: "the body is not a JSON object")
        }
        return FieldReader(object)
    }

    /// Whether the body is JSON by its type, or has none. Pages of other origins may send some types without asking
    /// first, but not this one.
    private var isJSON: Bool {
        guard let type = http.fieldList("content-type") else { return true }
        return type.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased() == "application/json"
    }

    /// The query's items, to be read one by one. Of several with one name the first counts.
    /// - Throws: `APIFailure` if there are too many.
    func query() throws(APIFailure) -> FieldReader {
        let items = http.queryItems
        guard items.count <= Self.items else {
            throw APIFailure(
                status: 400, code: "INVALID", message: "the query has more than \(Self.items) items")
        }
        var object = JSONObject()
        for (name, value) in items where object[name] == nil { object[name] = .string(value) }
        return FieldReader(object, readsTexts: true)
    }
}
