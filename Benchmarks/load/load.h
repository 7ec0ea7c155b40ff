/*
 * sioload - load generator for Socket.IO servers (Engine.IO v4, Socket.IO protocol v5).
 *
 * C11, Linux; zlib and OpenSSL for --compress and --tls.  One thread, edge-triggered epoll, frames
 * parsed in place in one shared receive buffer, so that the client's own cost per message stays far
 * below that of the server under test (both are reported).
 *
 *   options.c    the command line               websocket.c  frames, the upgrade request
 *   measure.c    clocks, histogram, /proc       polling.c    HTTP long-polling
 *   net.c        sockets, buffers, epoll        client.c     one Socket.IO client: its life, its packets
 *   tls.c        --tls                          echo.c fanout.c acks.c connect.c   the modes
 *   inflate.c    --compress                     trigger.c    fanout's messages from elsewhere
 *                                               report.c     the figures; main.c
 *
 * Clocks: every message carries "t", the nanoseconds since this program started, taken when
 * the message was due (open loop) or sent (closed loop); latencies come from there.
 * Server CPU: the process CPU clock (ns) of every --server-pid and its descendants.  On the
 * loopback device the kernel runs the receiver's TCP input inside the sender's send(), so a
 * server is also charged for delivering into the client's socket; that holds for all alike.
 * Under batches (io_uring) part of that moves to ksoftirqd, reported as ksoftirqd_us_per_op:
 * add it to the server's figure.  foreign_cpu_pct is what neither side nor ksoftirqd used.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define SEC 1000000000ull
#define NEVER UINT64_MAX
#define RX_SIZE (1u << 20)

struct client;
struct event;

/* ------------------------------------------------------------------ options.c */

struct options {
    const struct mode *mode;
    bool polling;              /* transport: HTTP long-polling instead of WebSocket */
    char host[64];
    int port;
    const char *path, *nsp, *auth, *headers;
    int conns, publishers, rooms, rooms_each, inflight, burst, window, concurrency, srcs, payload, slow, ops_per_trip;
    int witnesses;             /* fanout: those who read, for all the others; 0: everyone reads */
    double rate;               /* fanout: deliveries/s, echo: round trips/s; 0 = closed loop */
    double seconds, warmup, connect_timeout, drain;
    const char *ev_join, *ev_echo, *ev_bcast, *ev_ask, *room, *data_key;
    const char *trigger, *trigger_line;
    const char *server_pids, *label, *out;
    bool abrupt, verbose, spin, binary, object, compress, tls, tls12;
    int cpu;
};
extern struct options opt;
extern char nsp_prefix[128];   /* "" or "/chat," */

void parse_options(int argc, char **argv);
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xrealloc(void *p, size_t n);

/* ------------------------------------------------------------------ measure.c */

void start_clock(void);
uint64_t now_ns(void);         /* since start_clock(): the origin of "t" */

/* Log-linear histogram of nanoseconds: 64 buckets per power of two (error < 1.6 %). */
struct hist { uint64_t n, max, sum; uint32_t b[60 * 64]; };
void hist_add(struct hist *h, uint64_t v);
double hist_us(const struct hist *h, double q); /* quantile in microseconds */

struct snap {
    uint64_t wall, cli, srv, ksoft;   /* ns */
    uint64_t utime, stime;            /* server, clock ticks */
    uint64_t vol, nvol;               /* server context switches, all threads */
    uint64_t rss_kb, threads;
    uint64_t sys_busy, sys_soft, sys_steal; /* whole machine, clock ticks */
};
void find_ksoftirqd(void);
void collect_pids(void);
bool has_server_pids(void);
struct snap take_snap(void);

struct counters {
    uint64_t started, ready, failed, errors, closed_by_peer, slow_closed, recvs, rx_bytes, tx_bytes, inflated;
    uint64_t ops, published, expected, late, empty_polls, regets;
};
extern struct counters ct;
extern struct hist h_conn, h_lat;
extern bool recording;         /* histograms count only inside the measured window */
extern bool running;           /* after the connect phase */
extern bool stalled;           /* the server has stopped answering */

/* The measured window opens at --warmup and lasts --seconds. */
struct window { struct snap snap; struct counters ct; };
extern struct window w0, w1;
void window_open(void);
void window_close(void);

/* The times of a run with a window, and whether ops still come. */
struct course { uint64_t begin, open, close_at, moved, last; bool opened; };
struct course course_begin(void);
bool course_stalls(struct course *c, uint64_t now); /* no op for --drain seconds */

/* ---------------------------------------------------------------------- net.c */

enum kind { K_WS, K_GET, K_POST, K_TRIGGER };
struct conn {                      /* one socket */
    struct client *cl;
    int fd;                        /* -1: none */
    uint8_t kind;
    bool connected;                /* TCP is; TLS may still shake hands */
    bool up;                       /* can carry data */
    bool busy;                     /* polling: a request is outstanding */
    bool served;                   /* polling: this connection has brought a response */
    bool is_open;                  /* WebSocket: the server has answered 101 */
    bool deflates;                 /* WebSocket: permessage-deflate was agreed upon */
    struct ssl_st *tls;
    struct z_stream_s *inflater;   /* of its own, with context takeover */
    char *in;  size_t in_n, in_cap;            /* an incomplete frame or response */
    char *out; size_t out_n, out_off, out_cap; /* what the socket did not take yet */
};

void net_setup(void);
void net_watch(struct conn *c);    /* a socket that was opened elsewhere */
void net_look_again(struct conn *c); /* at what it has, although no more has come */
void net_look_away(struct conn *c);  /* what comes stays in the kernel */
void grow(char **p, size_t *cap, size_t need);
bool conn_open(struct conn *c);
void conn_close(struct conn *c);
void conn_put(struct conn *c, const void *p, size_t n);
void conn_printf(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void conn_flush(struct conn *c);
/* One turn of the loop: wait at most until `until`, handle what there is. */
void pump(uint64_t until);

/* ------------------------------------------------------- tls.c, as recv and send */

void tls_setup(void);
bool tls_start(struct conn *c);
int tls_handshake(struct conn *c); /* 1: done, 0: goes on, -1: failed */
ssize_t tls_recv(struct conn *c, char *p, size_t n);
ssize_t tls_send(struct conn *c, const char *p, size_t n);
void tls_end(struct conn *c);
const char *tls_error(void);

/* ------------------------------------------------------------------ inflate.c */

#define DEFLATE_OFFER "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
void inflate_agree(struct conn *c, const char *head, size_t n); /* the server's answer to the offer */
const char *inflate_message(struct conn *c, const char *p, size_t n, size_t *out_n); /* NULL: broken */
void inflate_end(struct conn *c);

/* ------------------------------------------------------ websocket.c, polling.c */

void ws_request(struct client *cl);
void ws_put(struct conn *c, int opcode, const char *p, size_t n); /* one masked frame, to the output */
size_t ws_consume(struct conn *c, char *p, size_t n);             /* how much of it was used */

void poll_get(struct client *cl);
void poll_post(struct client *cl);
size_t http_consume(struct conn *c, char *p, size_t n);

/* ------------------------------------------------------------------- client.c */

enum state { C_FREE, C_DIAL, C_OPEN, C_NSP, C_JOIN, C_PROBE, C_READY, C_CLOSING, C_DEAD };
enum upgrade { U_NONE, U_DIAL, U_PROBE, U_PAUSE, U_DONE };

struct client {                    /* one Socket.IO client */
    struct conn ws, get, post;     /* those that its transport needs */
    uint8_t state, upgrade;
    bool polling;                  /* what it sends now goes out by POST */
    bool publisher, slow;
    int idx, rooms_due;            /* joins that are not acknowledged yet */
    uint64_t t_start;
    char sid[64];
    char *body; size_t body_n, body_cap;       /* polling: packets for the next POST */
    int acks_due;                  /* echo, closed loop: acks still to come of this round */
    int attachments_due;           /* of the event that came last */
    bool awaits_event;             /* and it is an event, not an ack */
    uint64_t t_event;              /* its "t" */
};
extern struct client *clients;
extern int n_clients;
extern int *room_members;          /* who counts: without slow ones */

void init_clients(void);
void connect_all(void);            /* --concurrency handshakes at a time */
void client_start(struct client *cl);
void client_send(struct client *cl, const char *p, size_t n); /* queue one Engine.IO packet .. */
void client_flush(struct client *cl);                         /* .. and send what is queued */
void client_fail(struct client *cl, const char *why);         /* errno says more */
void client_refuse(struct client *cl, const char *why);       /* no system call's failure */
void client_dead(struct client *cl);
void client_closed(struct client *cl);  /* as it was to be: --mode churn and upgrade, or a slow one */
void client_upgrade_step(struct client *cl); /* polling is idle, or the probe was answered */
void on_packet(struct client *cl, const char *p, size_t n);
void on_attachment(struct client *cl, size_t n);

/* ---------------------------------------------------------------------- modes */

struct event { const char *json; size_t n; long long id; int attachments; }; /* id: -1 without ack */

struct mode {
    const char *name, *unit;
    bool connects;                 /* its operations are connections: there is no connect phase */
    bool has_rooms;                /* clients join rooms, publishers come on top */
    void (*prepare)(void);         /* before the first connection.  All of these may be NULL .. */
    void (*run)(void);             /* .. but this */
    void (*ready)(struct client *);
    void (*event)(struct client *, const struct event *);
    void (*attached)(struct client *, size_t n); /* an event's last attachment has come */
    void (*ack)(struct client *, uint32_t id, const char *json, size_t n);
};
extern const struct mode *const modes[];
extern const struct mode idle_mode, echo_mode, fanout_mode, acks_mode, churn_mode, upgrade_mode;

/* fanout.c, for others too */
#define DATA_MAX (RX_SIZE + 4096)
size_t make_data(char *o, uint64_t seq, uint64_t t); /* a JSON object of --payload bytes */
size_t make_publication(char *o, const char *event, long long id, const char *room, uint64_t seq, uint64_t t);
struct client *next_publisher(uint64_t turn);

/* trigger.c */
bool trigger_open(void);           /* whether there is one */
void trigger_put(const char *room, const char *data);
void trigger_flush(void);
void trigger_close(void);

/* report.c */
void report(const struct snap *before, const struct snap *conn, const struct snap *end);
