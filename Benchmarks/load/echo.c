/* --mode echo and polling: an event from each client, and the ack to it. */
#include "load.h"

/* What is under way: --inflight for each client.  Ids keep id % inflight. */
struct slot { uint64_t t; uint32_t id; bool busy; };
static struct slot *slots;
static uint32_t *free_slots, free_head, free_n; /* open loop: a ring, first in first out */
static char *payload;
static size_t payload_n;

static void prepare(void)
{
    size_t k = (size_t)opt.conns * (size_t)opt.inflight;
    slots = calloc(k, sizeof *slots);
    free_slots = calloc(k, sizeof *free_slots);
    payload = malloc((size_t)opt.payload + 512);
    if (!slots || !free_slots || !payload) die("out of memory");
    for (size_t i = 0; i < k; i++) slots[i].id = (uint32_t)(i % (size_t)opt.inflight);
    if (opt.object) {              /* of numbers that have one spelling, so that its length stays */
        payload_n = make_data(payload, 12345, 1000000);
        return;
    }
    payload_n = (size_t)opt.payload + 2;
    memset(payload, 'x', payload_n);
    payload[0] = payload[payload_n - 1] = '"';
}

static void echo_send(struct client *cl, uint32_t g, uint64_t t)
{
    struct slot *s = &slots[g];
    static char buf[RX_SIZE];
    s->busy = true;
    s->t = t;
    s->id += (uint32_t)opt.inflight; /* ids differ in every round */
    int n = snprintf(buf, 256, "42%s%u[\"%s\",", nsp_prefix, s->id, opt.ev_echo);
    memcpy(buf + n, payload, payload_n);
    buf[(size_t)n + payload_n] = ']';
    client_send(cl, buf, (size_t)n + payload_n + 1);
}

/* An event that does more than echo may answer with whatever it likes. */
static bool is_answer(size_t n) { return n >= payload_n + 2 || opt.ops_per_trip > 1; }

static void on_ack(struct client *cl, uint32_t id, const char *json, size_t n)
{
    uint32_t k = id % (uint32_t)opt.inflight, g = (uint32_t)cl->idx * (uint32_t)opt.inflight + k;
    struct slot *s = &slots[g];
    (void)json;
    if (!s->busy || s->id != id || !is_answer(n)) { ct.errors++; return; }
    uint64_t now = now_ns();
    s->busy = false;
    ct.ops += (uint64_t)opt.ops_per_trip;
    if (recording) hist_add(&h_lat, now - s->t);
    if (!running) return;
    if (opt.rate > 0) {
        free_slots[(free_head + free_n++) % ((uint32_t)opt.conns * (uint32_t)opt.inflight)] = g;
    } else if (opt.polling) {      /* the whole round goes out in one POST */
        if (--cl->acks_due == 0) {
            cl->acks_due = opt.inflight;
            for (int i = 0; i < opt.inflight; i++)
                echo_send(cl, (uint32_t)cl->idx * (uint32_t)opt.inflight + (uint32_t)i, now);
        }
    } else echo_send(cl, g, now);  /* flushed after this read is parsed */
}

static void run(void)
{
    uint32_t m = (uint32_t)opt.inflight, total = (uint32_t)opt.conns * m;
    struct course course = course_begin();
    uint64_t issued = 0;
    if (opt.rate > 0) {
        for (uint32_t i = 0; i < total; i++) free_slots[i] = (i % (uint32_t)opt.conns) * m + i / (uint32_t)opt.conns;
        free_n = total;
    } else {
        for (int i = 0; i < opt.conns; i++) {
            struct client *cl = &clients[i];
            if (cl->state != C_READY) continue;
            cl->acks_due = opt.inflight;
            for (uint32_t k = 0; k < m; k++) echo_send(cl, (uint32_t)i * m + k, now_ns());
            client_flush(cl);
        }
    }
    for (;;) {
        uint64_t now = now_ns(), due = NEVER;
        if (!course.opened && now >= course.open) { course.opened = true; window_open(); }
        if (course.opened && now >= course.close_at) break;
        if (opt.rate > 0) {
            while ((due = course.begin + (uint64_t)((double)issued * 1e9 / opt.rate)) <= now && free_n) {
                uint32_t g = free_slots[free_head];
                free_head = (free_head + 1) % total;
                free_n--;
                struct client *cl = &clients[g / m];
                if (cl->state != C_READY) continue;
                issued++;
                echo_send(cl, g, due);
                client_flush(cl);
            }
            if (!free_n) { ct.late++; due = NEVER; }
        }
        if (course_stalls(&course, now) && (opt.rate <= 0 || !free_n)) { stalled = true; break; }
        uint64_t wake = course.opened ? course.close_at : course.open;
        pump(due < wake ? due : wake);
    }
    if (!course.opened) window_open();
    window_close();
    running = false;
}

const struct mode echo_mode = {
    .name = "echo", .unit = "round_trip", .prepare = prepare, .run = run, .ack = on_ack,
};
