/* Clocks, the histogram, and what the kernel says about the server. */
#include "load.h"
#include <ctype.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

struct counters ct;
struct hist h_conn, h_lat;
bool recording, running, stalled;
struct window w0, w1;

/* ------------------------------------------------------------- time, histogram */

static uint64_t t_zero;

static uint64_t clock_ns(clockid_t c)
{
    struct timespec ts;
    if (clock_gettime(c, &ts)) return 0;
    return (uint64_t)ts.tv_sec * SEC + (uint64_t)ts.tv_nsec;
}
void start_clock(void) { t_zero = clock_ns(CLOCK_MONOTONIC); }
uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC) - t_zero; }

void hist_add(struct hist *h, uint64_t v)
{
    unsigned i;
    if (v < 64) i = (unsigned)v;
    else {
        unsigned e = 63u - (unsigned)__builtin_clzll(v);
        i = ((e - 5) << 6) + (unsigned)((v >> (e - 6)) & 63);
    }
    h->b[i]++;
    h->n++;
    h->sum += v;
    if (v > h->max) h->max = v;
}

double hist_us(const struct hist *h, double q)
{
    if (!h->n) return 0;
    uint64_t want = (uint64_t)(q * (double)h->n), seen = 0;
    if (want >= h->n) return (double)h->max / 1e3;
    for (unsigned i = 0; i < 60 * 64; i++) {
        seen += h->b[i];
        if (seen > want) {
            if (i < 64) return i / 1e3;
            unsigned e = (i >> 6) + 5;
            double lo = (double)(64 + (i & 63)) * (double)(1ull << (e - 6));
            return (lo + (double)(1ull << (e - 6)) / 2) / 1e3;
        }
    }
    return (double)h->max / 1e3;
}

/* ----------------------------------------------------------- server accounting */

#define MAX_PIDS 256
static pid_t pids[MAX_PIDS], ksoft[MAX_PIDS];
static int n_pids, n_ksoft;

static void add_pid(pid_t p)
{
    for (int i = 0; i < n_pids; i++) if (pids[i] == p) return;
    if (n_pids < MAX_PIDS) pids[n_pids++] = p;
}

/* ksoftirqd threads: under load the kernel moves receive work from the sender's context to them. */
void find_ksoftirqd(void)
{
    DIR *d = opendir("/proc");
    if (!d) return;
    for (struct dirent *e; (e = readdir(d)) && n_ksoft < MAX_PIDS;) {
        char path[300], name[32] = "";
        if (!isdigit((unsigned char)e->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
        FILE *f = fopen(path, "r");
        if (!f) continue;
        if (fgets(name, sizeof name, f) && !strncmp(name, "ksoftirqd/", 10)) ksoft[n_ksoft++] = atoi(e->d_name);
        fclose(f);
    }
    closedir(d);
}

/* The pids given and their descendants, by the children files of /proc. */
void collect_pids(void)
{
    if (!opt.server_pids) return;
    char *s = strdup(opt.server_pids), *save = NULL;
    for (char *w = strtok_r(s, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) add_pid(atoi(w));
    free(s);
    for (int i = 0; i < n_pids; i++) {
        char cmd[64], line[4096];
        snprintf(cmd, sizeof cmd, "/proc/%d/task/%d/children", pids[i], pids[i]);
        FILE *f = fopen(cmd, "r");
        if (!f) continue;
        if (fgets(line, sizeof line, f)) {
            char *sv = NULL;
            for (char *w = strtok_r(line, " \n", &sv); w; w = strtok_r(NULL, " \n", &sv)) add_pid(atoi(w));
        }
        fclose(f);
    }
}


static void read_status(pid_t p, struct snap *s)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", p);
    FILE *f = fopen(path, "r");
    if (!f) return;
    unsigned long long v;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "VmRSS: %llu", &v) == 1) s->rss_kb += v;
        else if (sscanf(line, "Threads: %llu", &v) == 1) s->threads += v;
    }
    fclose(f);
    snprintf(path, sizeof path, "/proc/%d/stat", p);
    if ((f = fopen(path, "r"))) {
        char buf[1024];
        size_t n = fread(buf, 1, sizeof buf - 1, f);
        buf[n] = 0;
        char *q = strrchr(buf, ')');
        unsigned long long ut, st;
        if (q && sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &ut, &st) == 2) {
            s->utime += ut;
            s->stime += st;
        }
        fclose(f);
    }
    /* context switches are counted per thread */
    snprintf(path, sizeof path, "/proc/%d/task", p);
    DIR *d = opendir(path);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        if (!isdigit((unsigned char)e->d_name[0])) continue;
        char tp[512];
        snprintf(tp, sizeof tp, "/proc/%d/task/%s/status", p, e->d_name);
        if (!(f = fopen(tp, "r"))) continue;
        while (fgets(line, sizeof line, f)) {
            if (sscanf(line, "voluntary_ctxt_switches: %llu", &v) == 1) s->vol += v;
            else if (sscanf(line, "nonvoluntary_ctxt_switches: %llu", &v) == 1) s->nvol += v;
        }
        fclose(f);
    }
    closedir(d);
}

struct snap take_snap(void)
{
    struct snap s = {0};
    for (int i = 0; i < n_pids; i++) {
        clockid_t c;
        if (clock_getcpuclockid(pids[i], &c) == 0) s.srv += clock_ns(c);
        read_status(pids[i], &s);
    }
    for (int i = 0; i < n_ksoft; i++) {
        clockid_t c;
        if (clock_getcpuclockid(ksoft[i], &c) == 0) s.ksoft += clock_ns(c);
    }
    FILE *f = fopen("/proc/stat", "r");
    if (f) {
        unsigned long long u, n, sy, id, io, irq, soft, steal;
        if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &u, &n, &sy, &id, &io, &irq, &soft, &steal) == 8) {
            s.sys_busy = u + n + sy + irq + soft;
            s.sys_soft = soft;
            s.sys_steal = steal;
        }
        fclose(f);
    }
    s.cli = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    s.wall = now_ns();
    return s;
}

bool has_server_pids(void) { return n_pids > 0; }

/* ------------------------------------------------------------ the measured window */

void window_open(void)
{
    recording = true;
    w0 = (struct window){.ct = ct, .snap = take_snap()};
}

void window_close(void)
{
    w1.snap = take_snap();
    w1.ct = ct;
    recording = false;
}

struct course course_begin(void)
{
    uint64_t now = now_ns(), open = now + (uint64_t)(opt.warmup * 1e9);
    return (struct course){.begin = now, .open = open, .close_at = open + (uint64_t)(opt.seconds * 1e9),
                           .moved = now, .last = ct.ops};
}

bool course_stalls(struct course *c, uint64_t now)
{
    if (ct.ops != c->last) { c->last = ct.ops; c->moved = now; }
    return now > c->moved + (uint64_t)(opt.drain * 1e9);
}
