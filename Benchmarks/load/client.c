/* One Socket.IO client: its life, its packets. */
#include "load.h"

struct client *clients;
int n_clients;
int *room_members;

static const char *const state_names[] = {"free", "upgrading", "opening", "connecting to the namespace", "joining",
                                          "probing", "ready", "closing", "dead"};

/* ------------------------------------------------------------------------- life */

/* The k-th room of a client: with R rooms and K for each, client 0 is in 0 to K - 1, client 1 in K to 2K - 1, ... */
static int room_of(const struct client *cl, int k)
{
    return (int)(((int64_t)cl->idx * opt.rooms_each + k) % opt.rooms);
}

static void count_members(void)
{
    memset(room_members, 0, (size_t)opt.rooms * sizeof *room_members);
    for (int i = 0; i < opt.conns; i++)
        if (clients[i].state != C_DEAD && !clients[i].slow)
            for (int k = 0; k < opt.rooms_each; k++) room_members[room_of(&clients[i], k)]++;
}

void init_clients(void)
{
    n_clients = opt.conns + (opt.mode->has_rooms && !opt.trigger ? opt.publishers : 0);
    clients = calloc((size_t)n_clients, sizeof *clients);
    room_members = calloc((size_t)opt.rooms, sizeof *room_members);
    if (!clients || !room_members) die("out of memory");
    for (int i = 0; i < n_clients; i++) {
        struct client *cl = &clients[i];
        cl->idx = i;
        cl->publisher = i >= opt.conns;
        cl->slow = i < opt.slow;
        cl->ws = (struct conn){.cl = cl, .fd = -1, .kind = K_WS};
        cl->get = (struct conn){.cl = cl, .fd = -1, .kind = K_GET};
        cl->post = (struct conn){.cl = cl, .fd = -1, .kind = K_POST};
    }
    count_members();
}

void connect_all(void)
{
    uint64_t end = now_ns() + (uint64_t)(opt.connect_timeout * 1e9);
    int next = 0;
    while (ct.ready + ct.failed < (uint64_t)n_clients) {
        while (next < n_clients && ct.started - ct.ready - ct.failed < (uint64_t)opt.concurrency)
            client_start(&clients[next++]);
        pump(now_ns() + SEC / 10);
        if (now_ns() > end) break;
    }
    if (ct.ready == 0) die("no connection came up");
    if (ct.ready == (uint64_t)n_clients) return;
    fprintf(stderr, "sioload: only %llu of %d connections came up\n", (unsigned long long)ct.ready, n_clients);
    for (int i = 0; i < n_clients; i++) if (clients[i].state != C_READY) client_dead(&clients[i]);
    count_members();
}

void client_start(struct client *cl)
{
    bool upgrades = opt.mode == &upgrade_mode;
    cl->polling = opt.polling || upgrades;
    cl->state = cl->polling ? C_OPEN : C_DIAL;
    cl->upgrade = U_NONE;
    cl->t_start = now_ns();
    cl->sid[0] = 0;
    cl->body_n = 0;
    cl->acks_due = cl->attachments_due = 0;
    ct.started++;
    if (cl->polling) poll_get(cl);
    else ws_request(cl);
}

void client_send(struct client *cl, const char *p, size_t n)
{
    if (!cl->polling) { ws_put(&cl->ws, 1, p, n); return; }
    grow(&cl->body, &cl->body_cap, cl->body_n + n + 1);
    if (cl->body_n) cl->body[cl->body_n++] = '\x1e';
    memcpy(cl->body + cl->body_n, p, n);
    cl->body_n += n;
}

void client_flush(struct client *cl)
{
    if (cl->polling) poll_post(cl);
    else conn_flush(&cl->ws);
}

void client_dead(struct client *cl)
{
    conn_close(&cl->ws);
    conn_close(&cl->get);
    conn_close(&cl->post);
    cl->state = C_DEAD;
}

void client_closed(struct client *cl)
{
    if (cl->slow) ct.slow_closed++;
    else ct.ops++;
    client_dead(cl);
}

void client_fail(struct client *cl, const char *why)
{
    if (cl->state == C_DEAD || cl->state == C_FREE) return;
    if (cl->state < C_READY) ct.failed++;
    else ct.errors++;
    if (opt.verbose || ct.failed + ct.errors <= 5)
        fprintf(stderr, "sioload: client %d, %s: %s%s%s\n", cl->idx, state_names[cl->state], why,
                errno ? ": " : "", errno ? strerror(errno) : "");
    client_dead(cl);
}

void client_refuse(struct client *cl, const char *why)
{
    errno = 0;
    client_fail(cl, why);
}

/* ----------------------------------------------------------- from sid to readiness */

static void client_ready(struct client *cl)
{
    cl->state = C_READY;
    ct.ready++;
    if (cl->slow && opt.witnesses) net_look_away(&cl->ws);
    if (!opt.mode->connects || recording) hist_add(&h_conn, now_ns() - cl->t_start);
    if (opt.mode->ready) opt.mode->ready(cl);
}

static void on_joined(struct client *cl) /* the namespace, and its room if it is to be in one */
{
    if (cl->upgrade == U_NONE || cl->upgrade == U_DONE) client_ready(cl);
    else cl->state = C_PROBE;
}

void client_upgrade_step(struct client *cl)
{
    if (cl->get.busy || cl->post.busy || cl->body_n) return;
    ws_put(&cl->ws, 1, "5", 1);
    cl->upgrade = U_DONE;
    cl->polling = false;
    if (cl->state == C_PROBE) client_ready(cl);
    client_flush(cl);
}

static void on_handshake(struct client *cl, const char *p, size_t n)
{
    if (cl->state != C_OPEN) { ct.errors++; return; }
    const char *s = memmem(p, n, "\"sid\":\"", 7);
    if (!s) { client_refuse(cl, "no sid"); return; }
    s += 7;
    size_t k = 0;
    while (s + k < p + n && s[k] != '"' && k + 1 < sizeof cl->sid) { cl->sid[k] = s[k]; k++; }
    cl->sid[k] = 0;
    char pkt[4096];
    int m = snprintf(pkt, sizeof pkt, "40%s%s", nsp_prefix, opt.auth ? opt.auth : "");
    cl->state = C_NSP;
    client_send(cl, pkt, (size_t)m);
    if (opt.mode != &upgrade_mode) return;
    cl->upgrade = U_DIAL;          /* as socket.io-client: 40 by POST, and the probe at the same time */
    ws_request(cl);
}

static void on_connected(struct client *cl)
{
    if (cl->state != C_NSP) { ct.errors++; return; }
    if (!opt.mode->has_rooms || cl->publisher) { on_joined(cl); return; }
    cl->state = C_JOIN;
    cl->rooms_due = opt.rooms_each;
    for (int k = 0; k < opt.rooms_each; k++) {
        char pkt[512];
        int n = snprintf(pkt, sizeof pkt, "42%s0[\"%s\",\"%s%d\"]", nsp_prefix, opt.ev_join, opt.room,
                         room_of(cl, k) + 1);
        client_send(cl, pkt, (size_t)n);
    }
}

/* ---------------------------------------------------------------------- packets */

/* <type>[<attachments>-][/<namespace>,][<ack id>][JSON] */
static void on_socket_packet(struct client *cl, const char *p, size_t n)
{
    if (!n) return;
    const char *end = p + n;
    char type = *p++;
    struct event e = {.id = -1};
    if (type == '5' || type == '6') {
        for (; p < end && *p >= '0' && *p <= '9'; p++) e.attachments = e.attachments * 10 + (*p - '0');
        if (p < end && *p == '-') p++;
    }
    if (p < end && *p == '/') {    /* a namespace other than "/" */
        while (p < end && *p != ',') p++;
        if (p < end) p++;
    }
    if (p < end && *p >= '0' && *p <= '9')
        for (e.id = 0; p < end && *p >= '0' && *p <= '9'; p++) e.id = e.id * 10 + (*p - '0');
    e.json = p;
    e.n = (size_t)(end - p);
    cl->attachments_due = e.attachments;
    cl->awaits_event = type == '5';
    switch (type) {
    case '0': on_connected(cl); break;
    case '2': case '5': if (opt.mode->event) opt.mode->event(cl, &e); break;
    case '3': case '6':
        if (cl->state == C_JOIN) { if (--cl->rooms_due == 0) on_joined(cl); }
        else if (opt.mode->ack) opt.mode->ack(cl, (uint32_t)e.id, e.json, e.n);
        break;
    case '1': client_refuse(cl, "disconnected by the server"); break;
    case '4': client_refuse(cl, "connect error"); break;
    default: ct.errors++;
    }
}

void on_packet(struct client *cl, const char *p, size_t n)
{
    if (!n) return;
    switch (*p) {
    case '0': on_handshake(cl, p, n); break;
    case '1':
        if (cl->state == C_CLOSING) client_closed(cl);
        else client_refuse(cl, "closed by the server");
        break;
    case '2': client_send(cl, "3", 1); break;
    case '3':
        if (cl->upgrade != U_PROBE || n != 6 || memcmp(p, "3probe", 6)) { ct.errors++; break; }
        cl->upgrade = U_PAUSE;
        client_upgrade_step(cl);
        break;
    case '4': on_socket_packet(cl, p + 1, n - 1); break;
    case '6': break;
    case 'b': on_attachment(cl, (n - 1) / 4 * 3); break; /* polling: base64 */
    default: ct.errors++;
    }
}

void on_attachment(struct client *cl, size_t n)
{
    if (!cl->attachments_due) { ct.errors++; return; }
    if (--cl->attachments_due == 0 && cl->awaits_event && opt.mode->attached) opt.mode->attached(cl, n);
}
