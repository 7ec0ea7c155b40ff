import EngineNet
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A request of the REST interface, read by handlers.
struct APIRequest: Sendable {
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
        let value: JSONValue
        do { value = try JSONValue(parsing: http.body) } catch {
            throw APIFailure(status: 400, code: "NOT_JSON", message: "the body is not JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw APIFailure(status: 400, code: "NOT_JSON", message: "the body is not a JSON object")
        }
        return FieldReader(object)
    }

    /// The query's items, to be read one by one. Of several with one name the first counts.
    func query() -> FieldReader {
        var object = JSONObject()
        for (name, value) in http.queryItems where object[name] == nil { object[name] = .string(value) }
        return FieldReader(object, readsTexts: true)
    }
}
