/* --compress: permessage-deflate (RFC 7692), the receiving half. */
#include "load.h"
#include <strings.h>
#include <zlib.h>

static z_stream *new_inflater(int bits)
{
    z_stream *z = calloc(1, sizeof *z);
    if (!z || inflateInit2(z, -bits) != Z_OK) die("out of memory");
    return z;
}

/* The line that begins with `name`, up to its end. */
static const char *header_line(const char *head, size_t n, const char *name, size_t *len)
{
    for (const char *l = memchr(head, '\n', n), *end = head + n; l; l = memchr(l, '\n', (size_t)(end - l))) {
        l++;
        if ((size_t)(end - l) < strlen(name) || strncasecmp(l, name, strlen(name))) continue;
        const char *e = memchr(l, '\r', (size_t)(end - l));
        *len = (size_t)((e ? e : end) - l);
        return l;
    }
    return NULL;
}

void inflate_agree(struct conn *c, const char *head, size_t n)
{
    static const char bits_name[] = "server_max_window_bits=";
    size_t len;
    const char *l = header_line(head, n, "sec-websocket-extensions:", &len);
    c->deflates = l && memmem(l, len, "permessage-deflate", 18);
    if (!c->deflates || memmem(l, len, "server_no_context_takeover", 26)) return;
    const char *b = memmem(l, len, bits_name, sizeof bits_name - 1);
    int bits = b ? atoi(b + sizeof bits_name - 1 + (b[sizeof bits_name - 1] == '"')) : 15;
    c->inflater = new_inflater(bits < 9 || bits > 15 ? 15 : bits); /* zlib writes no window of 8 */
}

void inflate_end(struct conn *c)
{
    inflateEnd(c->inflater);
    free(c->inflater);
    c->inflater = NULL;
}

/* Appends to `out` what `in` holds; false for what is no deflated data. */
static bool inflate_part(z_stream *z, const char *in, size_t n, char **out, size_t *out_n, size_t *cap)
{
    z->next_in = (unsigned char *)in;
    z->avail_in = (unsigned)n;
    do {
        grow(out, cap, *out_n + 4096);
        z->next_out = (unsigned char *)*out + *out_n;
        z->avail_out = (unsigned)(*cap - *out_n);
        int r = inflate(z, Z_SYNC_FLUSH);
        *out_n = *cap - z->avail_out;
        if (r == Z_STREAM_END) return true;
        if (r != Z_OK && r != Z_BUF_ERROR) return false;
    } while (!z->avail_out && *out_n < RX_SIZE);
    return !z->avail_in;
}

static bool inflate_all(z_stream *z, const char *p, size_t n, char **out, size_t *out_n, size_t *cap)
{
    *out_n = 0;
    return inflate_part(z, p, n, out, out_n, cap) && inflate_part(z, "\0\0\xff\xff", 4, out, out_n, cap);
}

const char *inflate_message(struct conn *c, const char *p, size_t n, size_t *out_n)
{
    static char *own, *last, *out; /* `out`: what `last` holds; a broadcast brings the same to everyone */
    static size_t own_cap, last_n, last_cap, last_out_n, out_cap;
    static z_stream *shared;
    ct.inflated++;
    if (c->inflater) return inflate_all(c->inflater, p, n, &own, out_n, &own_cap) ? own : NULL;
    if (!last || n != last_n || memcmp(p, last, n)) {
        if (!shared) shared = new_inflater(15);
        inflateReset(shared);
        last_n = 0;
        if (!inflate_all(shared, p, n, &out, &last_out_n, &out_cap)) return NULL;
        grow(&last, &last_cap, n + 1);
        memcpy(last, p, n);
        last_n = n;
    }
    *out_n = last_out_n;
    return out;
}
