/* Sockets: buffers, plain or TLS, and the epoll loop. */
#include "load.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int ep = -1;
static struct sockaddr_in server_addr;
static char rx[RX_SIZE];

void net_setup(void)
{
    server_addr.sin_family = AF_INET;
    server_addr.sin_port = htons((uint16_t)opt.port);
    if (inet_pton(AF_INET, opt.host, &server_addr.sin_addr) != 1) die("--url: a numeric IPv4 address, please");
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (opt.tls) tls_setup();
}

void grow(char **p, size_t *cap, size_t need)
{
    if (need <= *cap) return;
    size_t c = *cap ? *cap : 256;
    while (c < need) c *= 2;
    *p = xrealloc(*p, c);
    *cap = c;
}

/* ------------------------------------------------------------------- one socket */

static bool is_slow(const struct conn *c) { return c->cl && c->cl->slow; }

void net_watch(struct conn *c)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
}

void net_look_again(struct conn *c)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (c->fd >= 0) epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}

void net_look_away(struct conn *c)
{
    if (c->fd >= 0) epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, NULL);
}

bool conn_open(struct conn *c)
{
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) return false;
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (is_slow(c)) {              /* what is not read stands in the server's queue, or in the kernel's for witnesses */
        int size = opt.witnesses ? 4 << 20 : 4096;
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    if (opt.srcs > 1 && c->cl) {   /* spread the ports over several loopback addresses */
        struct sockaddr_in s = {.sin_family = AF_INET};
        s.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(c->cl->idx % opt.srcs));
        setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(c->fd, (struct sockaddr *)&s, sizeof s)) { conn_close(c); return false; }
    }
    if (connect(c->fd, (struct sockaddr *)&server_addr, sizeof server_addr) && errno != EINPROGRESS) {
        conn_close(c);
        return false;
    }
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if ((opt.tls && !tls_start(c)) || epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev)) { conn_close(c); return false; }
    return true;
}

void conn_close(struct conn *c)
{
    if (c->tls) tls_end(c);
    if (c->inflater) inflate_end(c);
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->connected = c->up = c->busy = c->served = c->is_open = c->deflates = false;
    c->in_n = c->out_n = c->out_off = 0;
}

static ssize_t conn_write(struct conn *c, const char *p, size_t n)
{
    return c->tls ? tls_send(c, p, n) : send(c->fd, p, n, MSG_NOSIGNAL);
}

/* `drained`: nothing more will come before the next edge. */
static ssize_t conn_read(struct conn *c, char *p, size_t cap, bool *drained)
{
    if (!c->tls) {
        ssize_t k = recv(c->fd, p, cap, 0);
        *drained = k < (ssize_t)cap; /* a short read drained the socket */
        return k;
    }
    size_t n = 0;                  /* TLS gives one record at a time */
    ssize_t k = 0;
    while (n < cap && (k = tls_recv(c, p + n, cap - n)) > 0) n += (size_t)k;
    *drained = k < 0 && errno == EAGAIN;
    return n ? (ssize_t)n : k;
}

void conn_flush(struct conn *c)
{
    while (c->up && c->out_off < c->out_n) {
        ssize_t k = conn_write(c, c->out + c->out_off, c->out_n - c->out_off);
        if (k < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) return; /* EPOLLOUT's edge calls again */
            if (c->cl) client_fail(c->cl, "send");
            return;
        }
        ct.tx_bytes += (uint64_t)k;
        c->out_off += (size_t)k;
    }
    if (c->out_off == c->out_n) c->out_n = c->out_off = 0;
}

void conn_put(struct conn *c, const void *p, size_t n)
{
    grow(&c->out, &c->out_cap, c->out_n + n);
    memcpy(c->out + c->out_n, p, n);
    c->out_n += n;
}

void conn_printf(struct conn *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    grow(&c->out, &c->out_cap, c->out_n + (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(c->out + c->out_n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    c->out_n += (size_t)n;
}

/* --------------------------------------------------------------------- receiving */

static void conn_ended(struct conn *c)
{
    struct client *cl = c->cl;
    if (!cl) die("the trigger's connection was closed");
    if (c->kind != K_WS && !c->busy) { conn_close(c); return; } /* idle keep-alive ended: opened anew when needed */
    if (cl->state == C_CLOSING) { client_closed(cl); return; }
    if (c->kind == K_GET && c->served && !c->in_n) { ct.regets++; conn_close(c); poll_get(cl); return; }
    ct.closed_by_peer++;
    client_fail(cl, "connection closed by the server");
}

static void conn_readable(struct conn *c, bool ended)
{
    while (c->fd >= 0) {
        size_t base = c->in_n;
        bool drained;
        if (base) memcpy(rx, c->in, base);
        ssize_t k = conn_read(c, rx + base, RX_SIZE - base, &drained);
        if (k < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) return;
        } else if (k == 0) errno = 0;
        if (k <= 0) { conn_ended(c); return; }
        ct.recvs++;
        ct.rx_bytes += (uint64_t)k;
        size_t n = base + (size_t)k, used;
        if (c->kind == K_TRIGGER) used = n;
        else if (c->kind == K_WS) used = ws_consume(c, rx, n);
        else used = http_consume(c, rx, n);
        if (!c->up) return;        /* closed, or opened anew */
        c->in_n = n - used;
        if (c->in_n) {
            if (n == RX_SIZE && !used) { client_refuse(c->cl, "message too long for this client"); return; }
            grow(&c->in, &c->in_cap, c->in_n);
            memcpy(c->in, rx + used, c->in_n);
        }
        if (drained && !ended) return;
    }
}

/* Brings a connection up, as far as the kernel and TLS are. */
static void conn_advance(struct conn *c)
{
    if (!c->connected) {
        int err = 0;
        socklen_t l = sizeof err;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
        if (err) { errno = err; client_fail(c->cl, "connect"); return; }
        c->connected = true;
    }
    int done = c->tls ? tls_handshake(c) : 1;
    if (done < 0) client_refuse(c->cl, tls_error());
    else c->up = done;
}

void pump(uint64_t until)
{
    static struct epoll_event ev[2048];
    uint64_t now = now_ns(), wait = until > now ? until - now : 0;
    if (wait > SEC / 10) wait = SEC / 10;
    if (opt.spin) wait = 0;
    struct timespec ts = {.tv_sec = 0, .tv_nsec = (long)wait};
    int n = epoll_pwait2(ep, ev, 2048, &ts, NULL);
    if (n == 0) ct.empty_polls++;
    for (int i = 0; i < n; i++) {
        struct conn *c = ev[i].data.ptr;
        uint32_t e = ev[i].events;
        bool ended = e & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
        if (c->fd < 0) continue;   /* closed earlier in this batch */
        if (is_slow(c) && c->cl->state == C_READY) continue;
        if (!c->up && (c->connected || (e & (EPOLLOUT | EPOLLERR | EPOLLHUP)))) {
            conn_advance(c);
            if (c->fd < 0) continue;
        }
        if (c->up && ((e & EPOLLIN) || ended)) conn_readable(c, ended);
        if (c->fd >= 0 && c->up && c->out_n) conn_flush(c);
    }
}
