/* WebSocket: the upgrade request and frames (RFC 6455). */
#include "load.h"

/* The key is always the same, and so is the answer to it. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static uint32_t rng(void)
{
    static uint64_t s = 0x9E3779B97F4A7C15ull;
    s ^= s << 13; s ^= s >> 7; s ^= s << 17;
    return (uint32_t)(s >> 32);
}

void ws_request(struct client *cl)
{
    if (!conn_open(&cl->ws)) { client_fail(cl, "connect"); return; }
    conn_printf(&cl->ws,
        "GET %s?EIO=4&transport=websocket%s%s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n%s%s\r\n",
        opt.path, cl->sid[0] ? "&sid=" : "", cl->sid, opt.host, opt.port, opt.compress ? DEFLATE_OFFER : "",
        opt.headers);
}

void ws_put(struct conn *c, int opcode, const char *p, size_t n)
{
    grow(&c->out, &c->out_cap, c->out_n + n + 16);
    uint8_t *o = (uint8_t *)c->out + c->out_n, *o0 = o;
    *o++ = (uint8_t)(0x80 | opcode);
    if (n < 126) *o++ = (uint8_t)(0x80 | n);
    else if (n < 65536) { *o++ = 0x80 | 126; *o++ = (uint8_t)(n >> 8); *o++ = (uint8_t)n; }
    else {
        *o++ = 0x80 | 127;
        for (int i = 7; i >= 0; i--) *o++ = (uint8_t)((uint64_t)n >> (8 * i));
    }
    uint32_t m = rng();
    memcpy(o, &m, 4);
    o += 4;
    uint64_t mm = ((uint64_t)m << 32) | m, w;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) { memcpy(&w, p + i, 8); w ^= mm; memcpy(o + i, &w, 8); }
    for (; i < n; i++) o[i] = (uint8_t)p[i] ^ (uint8_t)(m >> (8 * (i & 3)));
    c->out_n += (size_t)(o - o0) + n;
}

static void on_open(struct client *cl)
{
    cl->ws.is_open = true;
    if (cl->upgrade == U_DIAL) { cl->upgrade = U_PROBE; ws_put(&cl->ws, 1, "2probe", 6); }
    else cl->state = C_OPEN;
}

static void on_message(struct conn *c, uint8_t first, const char *p, size_t n)
{
    if (first & 0x40) {            /* RSV1: compressed */
        if (!c->deflates || !(p = inflate_message(c, p, n, &n))) {
            client_refuse(c->cl, "a compressed message that cannot be read");
            return;
        }
    }
    if ((first & 15) == 1) on_packet(c->cl, p, n);
    else on_attachment(c->cl, n);
}

size_t ws_consume(struct conn *c, char *p, size_t n)
{
    struct client *cl = c->cl;
    size_t used = 0;
    if (!c->is_open) {
        char *e = memmem(p, n, "\r\n\r\n", 4);
        if (!e) return 0;
        if (n < 12 || memcmp(p, "HTTP/1.1 101", 12) ||
            !memmem(p, (size_t)(e - p), ACCEPT, sizeof ACCEPT - 1)) {
            client_refuse(cl, "upgrade refused");
            return n;
        }
        used = (size_t)(e - p) + 4;
        if (opt.compress) inflate_agree(c, p, used);
        on_open(cl);
    }
    while (c->fd >= 0 && n - used >= 2) {
        const uint8_t *f = (const uint8_t *)p + used;
        size_t len = f[1] & 127, h = 2;
        if (len == 126) {
            if (n - used < 4) break;
            len = (size_t)f[2] << 8 | f[3];
            h = 4;
        } else if (len == 127) {
            if (n - used < 10) break;
            len = 0;
            for (int i = 2; i < 10; i++) len = len << 8 | f[i];
            h = 10;
        }
        if (n - used < h || n - used - h < len) break;
        switch (f[0]) {
        case 0x81: case 0xc1: case 0x82: case 0xc2: on_message(c, f[0], p + used + h, len); break;
        case 0x89: ws_put(c, 10, p + used + h, len); break;
        case 0x8a: break;
        case 0x88:
            if (cl->state == C_CLOSING) client_closed(cl);
            else { ct.closed_by_peer++; client_refuse(cl, "WebSocket closed by the server"); }
            break;
        default: client_refuse(cl, "a frame this client does not know");
        }
        used += h + len;
    }
    if (c->fd >= 0 && c->out_n) conn_flush(c);
    return used;
}
