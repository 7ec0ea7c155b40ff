internal import EngineIO
internal import EngineWire

/// What a request for a file is answered.
extension ClientFiles {
    /// The answer to a request for the file of a name, with Node's fields in Node's order.
    ///
    /// Other than there, methods but GET, HEAD and (with a policy) OPTIONS are refused, 304 repeats the fields (RFC 9110
    /// section 15.4.5), and caches are told that the body depends on `Accept-Encoding`.
    func response(to request: HTTPRequest, for name: String, cors: CORSPolicy?) async -> HTTPResponse {
        if let cors, request.method == .options {
            return HTTPResponse(status: 204, fields: cors.preflight(for: request))
        }
        var fields = cors?.fields(for: request) ?? HTTPFields()
        guard request.method == .get || request.method == .head else {
            fields.append("Allow", "GET, HEAD")
            return Self.refusal(405, "method not allowed\n", fields)
        }
        guard let file = self[name] else { return Self.refusal(404, absence(of: name), fields) }
        return await Self.response(to: request, name, file, fields)
    }

    private static func response(
        to request: HTTPRequest, _ name: String, _ file: ClientFile, _ fields: HTTPFields
    ) async -> HTTPResponse {
        let type = name.hasSuffix(".map") ? "json" : "javascript"
        var response = HTTPResponse(status: 200, fields: fields)
        response.fields.append("Cache-Control", "public, max-age=0")
        response.fields.append("Content-Type", "application/\(type); charset=utf-8")
        response.fields.append("ETag", file.tag.description)
        response.fields.appendToList("Vary", "Accept-Encoding")
        if let known = request.fieldList("If-None-Match"), file.tag.isListed(in: known) {
            response.status = 304
        } else if let coding = request.fieldList("Accept-Encoding").flatMap(HTTPContentCoding.choose) {
            response.fields.append("Content-Encoding", coding.rawValue)
            response.body = await file.content(in: coding)
        } else {
            response.body = file.content
        }
        return response
    }

    private static func refusal(_ status: Int, _ text: String, _ fields: HTTPFields) -> HTTPResponse {
        var response = HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", text: text)
        response.fields.append(contentsOf: fields)
        return response
    }

    /// Why there is no file, for the developer who looks. A server that has files does not tell strangers where.
    private func absence(of name: String) -> String {
        let place =
            names.isEmpty
            ? "\"\(folder)\"" : "this server's folder, which has \(names.joined(separator: ", "))"
        return """
            \(name) was not in \(place), when the server started.
            Fill the folder and start the server anew: `make browser-files` gets the minified bundle; the npm package
            socket.io-client has them all in its folder dist.

            """
    }
}
