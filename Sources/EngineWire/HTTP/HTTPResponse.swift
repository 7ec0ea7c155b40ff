/// A whole response, and its bytes on the wire.
public struct HTTPResponse: Sendable {
    /// The status code, e.g. 200.
    public var status: Int
    /// Header fields in the order they are sent, without `Content-Length` and `Connection`.
    public var fields: HTTPFields
    /// The body; HEAD requests get its length only.
    public var body: [UInt8]

    /// A response whose body is bytes.
    public init(status: Int, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A response whose body is text.
    public init(status: Int, contentType: String, text: String) {
        self.init(status: status, fields: ["Content-Type": contentType], body: Array(text.utf8))
    }

    /// Appends head and body. `keepsConnection` false announces that the connection closes behind them.
    /// - Parameter withoutBody: the answer to HEAD: the same head, no body (RFC 9110 section 9.3.2).
    package func encode(keepsConnection: Bool, withoutBody: Bool, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + 192 + body.count)
        if status == 200 {
            output.append("HTTP/1.1 200 OK\r\n")
        } else {
            output.append("HTTP/1.1 ")
            output.append(decimal: status)
            output.append(ASCII.space)
            output.append(contentsOf: Self.reasonPhrase(status).utf8)
            output.append("\r\n")
        }
        for field in fields {
            output.append(field.name.utf8.span)
            output.append(": ")
            // A value that came from outside must not be able to start another field.
            let value = field.value.utf8.span
            if ASCII.isFieldValue(value) {
                output.append(value)
            } else {
                for i in value.indices {
                    output.append(ASCII.isFieldValue(value[i]) ? value[i] : ASCII.space)
                }
            }
            output.append("\r\n")
        }
        if status >= 200, status != 204, status != 304 {
            output.append("Content-Length: ")
            output.append(decimal: body.count)
            output.append("\r\n")
        }
        if keepsConnection {
            output.append("Connection: keep-alive\r\n\r\n")
        } else {
            output.append("Connection: close\r\n\r\n")
        }
        if !withoutBody, status != 204, status != 304 { output.append(contentsOf: body) }
    }

    /// The phrase of RFC 9110 section 15 for a status code.
    package static func reasonPhrase(_ status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Payload Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Entity"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}
