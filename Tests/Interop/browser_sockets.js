// In the page: sockets of socket.io-client, unmodified, by their numbers, and what they went through.
// Bytes come and go as {bytes: "00ff"}, because what drives the browser knows no others.
window.interop = (() => {
    const entries = [];

    function shown(value) {
        if (value instanceof ArrayBuffer) value = new Uint8Array(value);
        if (ArrayBuffer.isView(value)) {
            return { bytes: Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("") };
        }
        if (Array.isArray(value)) return value.map(shown);
        if (value === null || typeof value !== "object") return value === undefined ? null : value;
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shown(member)]));
    }

    function meant(value) {
        if (Array.isArray(value)) return value.map(meant);
        if (value === null || typeof value !== "object") return value;
        if (typeof value.bytes === "string") {
            return new Uint8Array((value.bytes.match(/../g) || []).map((pair) => parseInt(pair, 16)));
        }
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, meant(member)]));
    }

    function open(socket) {
        const entry = { socket, story: [], events: [], recovered: [] };
        socket.on("connect", () => {
            entry.story.push("connect");
            // Undefined where the server recovers nobody.
            entry.recovered.push(Boolean(socket.recovered));
        });
        socket.on("connect_error", (error) => {
            entry.story.push(`connect_error: ${error.message}`);
            entry.error = { message: error.message, data: shown(error.data) };
        });
        socket.on("disconnect", (reason) => entry.story.push(reason));
        socket.onAny((name, ...values) => {
            if (typeof values.at(-1) !== "function") entry.events.push([name, ...shown(values)]);
        });
        return entries.push(entry) - 1;
    }

    // The answer's arguments; or the text of what went wrong.
    function call(number, time, name, values) {
        return new Promise((resolve) => {
            entries[number].socket.timeout(time).emit(name, ...meant(values), (error, ...answer) => {
                resolve(error ? error.message : shown(answer));
            });
        });
    }

    return {
        call, shown, meant,
        open: (url, options) => open(io(url, options)),
        openBeside: (number, namespace, options) => open(entries[number].socket.io.socket(namespace, options)),
        of: (number) => entries[number],
        end: () => { for (const { socket } of entries.splice(0)) socket.disconnect(); },
        emit: (number, name, values) => { entries[number].socket.emit(name, ...meant(values)); },
    };
})();
