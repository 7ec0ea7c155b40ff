/* HTTP long-polling: a GET that waits, and POSTs beside it. */
#include "load.h"
#include <strings.h>

void poll_get(struct client *cl)
{
    struct conn *c = &cl->get;
    if (c->busy) return;
    if (c->fd < 0 && !conn_open(c)) { client_fail(cl, "connect"); return; }
    c->busy = true;
    conn_printf(c, "GET %s?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: %s:%d\r\n%s\r\n", opt.path,
                cl->sid[0] ? "&sid=" : "", cl->sid, opt.host, opt.port, opt.headers);
    conn_flush(c);
}

void poll_post(struct client *cl)
{
    struct conn *c = &cl->post;
    if (c->busy || !cl->body_n) return;
    if (c->fd < 0 && !conn_open(c)) { client_fail(cl, "connect"); return; }
    c->busy = true;
    conn_printf(c, "POST %s?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: %s:%d\r\n"
                   "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n%s\r\n",
                opt.path, cl->sid, opt.host, opt.port, cl->body_n, opt.headers);
    conn_put(c, cl->body, cl->body_n);
    cl->body_n = 0;
    conn_flush(c);
}

static void polled(struct client *cl, char *p, size_t n) /* a GET's body: packets between 0x1e */
{
    while (n) {
        char *e = memchr(p, 0x1e, n);
        size_t k = e ? (size_t)(e - p) : n;
        on_packet(cl, p, k);
        if (cl->state == C_DEAD) return;
        n -= k;
        p += k;
        if (e) { p++; n--; }
    }
}

size_t http_consume(struct conn *c, char *p, size_t n)
{
    struct client *cl = c->cl;
    char *e = memmem(p, n, "\r\n\r\n", 4);
    if (!e) return 0;
    size_t head = (size_t)(e - p) + 4, len = 0, total;
    bool chunked = false, have = false, bye = false;
    for (char *l = memchr(p, '\n', head); l && l + 1 < e; l = memchr(l, '\n', (size_t)(e + 2 - l))) {
        l++;
        if (!strncasecmp(l, "content-length:", 15)) { len = strtoul(l + 15, NULL, 10); have = true; }
        else if (!strncasecmp(l, "transfer-encoding: chunked", 26)) chunked = true;
        else if (!strncasecmp(l, "connection: close", 17)) bye = true;
    }
    char *body = p + head;
    if (chunked) {
        size_t in = head, out = 0;
        for (;;) {
            char *nl = memmem(p + in, n - in, "\r\n", 2);
            if (!nl) return 0;
            size_t k = strtoul(p + in, NULL, 16);
            size_t at = (size_t)(nl - p) + 2;
            if (at + k + 2 > n) return 0;
            in = at + k + 2;
            if (!k) break;
            out += k;
        }
        total = in;
        for (size_t i = head, o = 0; o < out;) {   /* complete: now close the gaps */
            size_t k = strtoul(p + i, NULL, 16);
            char *nl = memmem(p + i, n - i, "\r\n", 2);
            memmove(body + o, nl + 2, k);
            i = (size_t)(nl - p) + 2 + k + 2;
            o += k;
        }
        len = out;
    } else {
        if (!have) len = 0;
        if (n < head + len) return 0;
        total = head + len;
    }
    c->busy = false;
    c->served = true;
    if (n < 12 || memcmp(p + 9, "200", 3)) {
        if (cl->state == C_CLOSING) { client_closed(cl); return n; }
        if (opt.verbose) fprintf(stderr, "%.*s\n", (int)head, p);
        client_refuse(cl, "HTTP status");
        return n;
    }
    if (c->kind == K_GET) {
        polled(cl, body, len);
        if (cl->state == C_DEAD) return n;
        if (bye) conn_close(c);
        if (cl->upgrade == U_PAUSE) client_upgrade_step(cl);
        else if (cl->state != C_CLOSING) poll_get(cl);
        client_flush(cl);
    } else {
        if (bye) conn_close(c);
        if (cl->state == C_CLOSING && !cl->body_n) { client_closed(cl); return n; }
        if (cl->upgrade == U_PAUSE) client_upgrade_step(cl);
        client_flush(cl);
    }
    return c->fd < 0 ? n : total;
}
