/* --mode idle, churn and upgrade: what connections cost. */
#include "load.h"

/* ------------------------------------------------------------------------- idle */

static void run_idle(void)
{
    uint64_t end = now_ns() + (uint64_t)(opt.seconds * 1e9);
    while (now_ns() < end) pump(end);
}

const struct mode idle_mode = {.name = "idle", .unit = "connection", .run = run_idle};

/* ------------------------------------------------- churn, upgrade: one and the next */

static void leave(struct client *cl)
{
    char pkt[160];
    if (recording) hist_add(&h_lat, now_ns() - cl->t_start);
    if (cl->polling) {             /* the POST that says 1 (close) ends the session */
        client_send(cl, "1", 1);
        cl->state = C_CLOSING;
        client_flush(cl);
        return;
    }
    if (opt.abrupt) { client_closed(cl); return; }
    int n = snprintf(pkt, sizeof pkt, "41%s", nsp_prefix);
    client_send(cl, pkt, (size_t)n);
    ws_put(&cl->ws, 8, "\x03\xe8", 2);
    cl->state = C_CLOSING;
    client_flush(cl);
}

static void run_churn(void)
{
    struct course course = course_begin();
    for (;;) {
        uint64_t now = now_ns();
        if (!course.opened && now >= course.open) { course.opened = true; window_open(); }
        if (course.opened && now >= course.close_at) break;
        for (int i = 0; i < n_clients; i++)
            if (clients[i].state == C_FREE || clients[i].state == C_DEAD) client_start(&clients[i]);
        if (course_stalls(&course, now)) { stalled = true; break; }
        if (ct.failed > 1000 && ct.failed > ct.ops) die("too many failed handshakes");
        pump(course.opened ? course.close_at : course.open);
    }
    if (!course.opened) window_open();
    window_close();
}

const struct mode churn_mode = {
    .name = "churn", .unit = "connection", .connects = true, .run = run_churn, .ready = leave,
};
const struct mode upgrade_mode = {
    .name = "upgrade", .unit = "connection", .connects = true, .run = run_churn, .ready = leave,
};
