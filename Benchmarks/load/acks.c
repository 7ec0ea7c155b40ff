/* --mode acks: a broadcast that all acknowledge, and the answer to whoever asked for it. */
#include "load.h"

#define ASKED 65536                /* more than can be under way */
static uint64_t asked[ASKED];      /* when, by the id of the publisher's ack */
static uint64_t asking;            /* how many are under way */

static void ask(uint64_t now)
{
    static char data[DATA_MAX];
    char room[128];
    uint64_t seq = ct.published++;
    int r = (int)(seq % (uint64_t)opt.rooms);
    struct client *pub = next_publisher(seq);
    snprintf(room, sizeof room, "%s%d", opt.room, r + 1);
    asked[seq % ASKED] = now;
    asking++;
    ct.expected += (uint64_t)room_members[r];
    client_send(pub, data, make_publication(data, opt.ev_ask, (long long)seq, room, seq, now));
    client_flush(pub);
}

static void on_event(struct client *cl, const struct event *e)
{
    char pkt[160];
    if (!running) return;
    if (e->id < 0) { ct.errors++; return; }
    int n = snprintf(pkt, sizeof pkt, "43%s%lld[1]", nsp_prefix, e->id);
    client_send(cl, pkt, (size_t)n); /* flushed after this read is parsed */
}

static void on_ack(struct client *cl, uint32_t id, const char *json, size_t n)
{
    uint64_t acks = n > 2 ? strtoull(json + 1, NULL, 10) : 0;
    int members = room_members[id % (uint32_t)opt.rooms];
    if (!cl->publisher || acks != (uint64_t)members) ct.errors++;
    ct.ops += acks;
    asking--;
    if (recording) hist_add(&h_lat, now_ns() - asked[id % ASKED]);
}

static void run(void)
{
    struct course course = course_begin();
    uint64_t window = (uint64_t)opt.window;
    for (;;) {
        uint64_t now = now_ns();
        bool over = course.opened ? now >= course.close_at : now >= course.open;
        /* the window opens and closes with nothing under way, so that counts and CPU match */
        if (over && !asking) {
            if (course.opened) break;
            course.opened = true;
            window_open();
            course.close_at += now_ns() - now;
            continue;
        }
        while (!over && asking < window) ask(now);
        if (course_stalls(&course, now)) { stalled = true; break; }
        pump(over ? now + SEC / 1000 : course.opened ? course.close_at : course.open);
    }
    if (!course.opened) window_open();
    window_close();
    running = false;
}

const struct mode acks_mode = {
    .name = "acks", .unit = "ack", .has_rooms = true, .run = run, .event = on_event, .ack = on_ack,
};
