/* --mode fanout: publishers, rooms, deliveries. */
#include "load.h"

static bool triggered;             /* messages come from elsewhere: trigger.c */

static void prepare(void) { triggered = trigger_open(); }

size_t make_data(char *o, uint64_t seq, uint64_t t)
{
    int n = snprintf(o, 200, "{\"id\":%llu,\"t\":%llu,\"user\":\"user-%04u\",\"price\":%u.%02u,\"text\":\"",
                     (unsigned long long)seq, (unsigned long long)t, (unsigned)(seq % 10000),
                     (unsigned)(100 + seq % 900), (unsigned)(seq % 90 + 10));
    int pad = opt.payload - n - 2;
    static const char lorem[] = "the quick brown fox jumps over the lazy dog and ";
    for (int i = 0; i < pad; i++) o[n++] = lorem[i % (int)(sizeof lorem - 1)];
    o[n++] = '"';
    o[n++] = '}';
    return (size_t)n;
}

size_t make_publication(char *o, const char *event, long long id, const char *room, uint64_t seq, uint64_t t)
{
    int n = snprintf(o, 256, "42%s", nsp_prefix);
    if (id >= 0) n += snprintf(o + n, 24, "%lld", id);
    n += snprintf(o + n, 1024, "[\"%s\",{\"room\":\"%s\",\"%s\":", event, room, opt.data_key);
    size_t k = (size_t)n + make_data(o + n, seq, t);
    memcpy(o + k, "}]", 2);
    return k + 2;
}

struct client *next_publisher(uint64_t turn)
{
    struct client *pub = &clients[opt.conns + (int)(turn % (uint64_t)opt.publishers)];
    if (pub->state != C_READY) die("a publisher's connection is gone");
    return pub;
}

/* How many members of its room a client that reads counts for. */
static uint64_t stands_for(void) { return opt.witnesses ? (uint64_t)(opt.conns / opt.witnesses) : 1; }

static void publish(int count, uint64_t t)
{
    static char data[DATA_MAX];
    struct client *pub = triggered ? NULL : next_publisher(ct.published / (uint64_t)opt.burst);
    for (int i = 0; i < count; i++) {
        int r = (int)(ct.published % (uint64_t)opt.rooms);
        char room[128];
        snprintf(room, sizeof room, "%s%d", opt.room, r + 1);
        if (pub) client_send(pub, data, make_publication(data, opt.ev_bcast, -1, room, ct.published, t));
        else {
            data[make_data(data, ct.published, t)] = 0;
            trigger_put(room, data);
        }
        ct.published++;
        ct.expected += (uint64_t)room_members[r] * stands_for();
    }
    if (pub) client_flush(pub);
    else trigger_flush();
}

/* ------------------------------------------------------------------- deliveries */

/* The event's "t"; 0 if there is none. */
static uint64_t time_sent(const char *p, size_t n)
{
    static size_t at;              /* where "t": stood last time */
    const char *q = NULL;
    if (at + 4 < n && !memcmp(p + at, "\"t\":", 4)) q = p + at;
    else if ((q = memmem(p, n, "\"t\":", 4))) at = (size_t)(q - p);
    if (!q) { ct.errors++; return 0; }
    uint64_t t = 0;
    for (q += 4; q < p + n && (*q == ' '); q++) {}
    for (; q < p + n && *q >= '0' && *q <= '9'; q++) t = t * 10 + (uint64_t)(*q - '0');
    return t;
}

static void delivered(uint64_t t)
{
    ct.ops += stands_for();
    if (!recording || !t) return;
    uint64_t now = now_ns();
    hist_add(&h_lat, now > t ? now - t : 0);
}

static void on_event(struct client *cl, const struct event *e)
{
    if (!running) return;
    if (opt.binary && e->attachments != 1) { ct.errors++; return; }
    uint64_t t = recording ? time_sent(e->json, e->n) : 0;
    if (opt.binary) cl->t_event = t;
    else delivered(t);
}

static void on_attached(struct client *cl, size_t n)
{
    if (!running) return;
    if (n < (size_t)opt.payload) ct.errors++;
    delivered(cl->t_event);
}

/* Reads what the slow clients did not, to see whom the server has given up. */
static void wake_slow(void)
{
    running = false;
    for (int i = 0; i < opt.slow; i++) {
        if (clients[i].state != C_READY) continue;
        clients[i].state = C_CLOSING;
        net_look_again(&clients[i].ws);
        net_look_again(&clients[i].get);
    }
    for (uint64_t end = now_ns() + SEC / 2; ct.slow_closed < (uint64_t)opt.slow && now_ns() < end;) pump(end);
}

/* -------------------------------------------------------------------------- run */

static void run(void)
{
    double members = 0;
    for (int i = 0; i < opt.rooms; i++) members += room_members[i];
    members = members / opt.rooms * (double)stands_for();
    if (members <= 0) die("nobody is in the rooms");
    struct course course = course_begin();
    uint64_t interval = opt.rate > 0 ? (uint64_t)(1e9 * members * opt.burst / opt.rate) : 0;
    uint64_t due = course.begin, slack = (uint64_t)((opt.window - 1) * opt.burst * members);
    for (;;) {
        uint64_t now = now_ns();
        if (!course.opened && now >= course.open) {
            /* start the window with nothing under way, so that counts and CPU match */
            if (interval || ct.ops >= ct.expected) {
                course.opened = true;
                window_open();
                uint64_t late = now_ns() - now;
                course.close_at += late;
                if (interval) due += late; /* the time spent reading /proc is not the server's */
            }
        }
        if (course.opened && now >= course.close_at) break;
        if (interval) {
            while (due <= now && now < course.close_at) { publish(opt.burst, due); due += interval; }
        } else if (ct.expected - ct.ops <= slack && (course.opened || now < course.open)) {
            publish(opt.burst, now);
        }
        if (course_stalls(&course, now) && ct.expected > ct.ops) { stalled = true; break; }
        uint64_t wake = course.opened ? course.close_at : course.open;
        if (wake < now) wake = now + SEC / 1000;
        pump(interval && due < wake ? due : wake);
    }
    if (!course.opened) window_open();
    window_close();
    /* let what is under way arrive, to tell loss from lag */
    uint64_t end = now_ns() + (uint64_t)(opt.drain * 1e9);
    while (!stalled && ct.ops < ct.expected && now_ns() < end) pump(end);
    if (opt.slow && !opt.witnesses) wake_slow();
}

const struct mode fanout_mode = {
    .name = "fanout", .unit = "delivery", .has_rooms = true, .prepare = prepare, .run = run,
    .event = on_event, .attached = on_attached,
};
