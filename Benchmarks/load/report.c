/* The figures: one JSON object, and a line for people. */
#include "load.h"
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#define U(x) ((unsigned long long)(x))

static char json[8192];
static size_t json_n;

__attribute__((format(printf, 2, 3)))
static void js(const char *key, const char *fmt, ...)
{
    json_n += (size_t)snprintf(json + json_n, sizeof json - json_n, "%s\"%s\":", json_n > 1 ? "," : "", key);
    va_list ap;
    va_start(ap, fmt);
    json_n += (size_t)vsnprintf(json + json_n, sizeof json - json_n, fmt, ap);
    va_end(ap);
}

static void js_bool(const char *key, bool value) { js(key, "%s", value ? "true" : "false"); }

static void js_lat(const char *key, const struct hist *h)
{
    js(key, "{\"n\":%llu,\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",
       U(h->n), h->n ? (double)h->sum / (double)h->n / 1e3 : 0, hist_us(h, .5), hist_us(h, .9),
       hist_us(h, .99), hist_us(h, .999), (double)h->max / 1e3);
}

/* What follows from the counts and the clocks; all times in microseconds but the walls'. */
struct figures {
    uint64_t ops;
    double per;                    /* 1 / ops */
    double wall, srv, cli, soft;   /* the window's: seconds, CPU times */
    double connect_wall, connect_srv, connect_cli; /* the connect phase's; of each connection */
    double rss;                    /* bytes for each connection */
    const struct hist *latency;
};

static double us(uint64_t end, uint64_t begin) { return (double)(end - begin) / 1e3; }
static double tick(void) { return 1e6 / (double)sysconf(_SC_CLK_TCK); }

static struct figures figures(const struct snap *before, const struct snap *conn, const struct snap *end)
{
    struct figures f = {.latency = &h_lat};
    const struct snap *s0 = &w0.snap, *s1 = &w1.snap, *held = conn;
    double each = ct.ready ? 1.0 / (double)ct.ready : 0;
    f.ops = w1.ct.ops - w0.ct.ops;
    if (opt.mode == &idle_mode) { f.ops = ct.ready; f.latency = &h_conn; held = end; }
    f.per = f.ops ? 1.0 / (double)f.ops : 0;
    f.wall = us(s1->wall, s0->wall) / 1e6;
    f.srv = us(s1->srv, s0->srv);
    f.cli = us(s1->cli, s0->cli);
    f.soft = us(s1->ksoft, s0->ksoft);
    f.connect_wall = us(conn->wall, before->wall) / 1e6;
    f.connect_srv = us(conn->srv, before->srv) * each;
    f.connect_cli = us(conn->cli, before->cli) * each;
    f.rss = ((double)held->rss_kb - (double)before->rss_kb) * 1024 * each;
    return f;
}

static double pct(double cpu, double wall) { return wall > 0 ? cpu / wall / 1e4 : 0; }
static double per_s(double n, double wall) { return wall > 0 ? n / wall : 0; }

/* ------------------------------------------------------------------------- parts */

static const char *transport(void)
{
    return opt.mode == &upgrade_mode ? "upgrade" : opt.polling ? "polling" : "websocket";
}

static void put_scenario(void)
{
    char now[32];
    time_t t = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
    js("label", "\"%s\"", opt.label ? opt.label : "");
    js("at", "\"%s\"", now);
    js("mode", "\"%s\"", opt.mode->name);
    js("transport", "\"%s\"", transport());
    js("target", "\"%s:%d%s\"", opt.host, opt.port, opt.path);
    js("nsp", "\"%s\"", opt.nsp);
    js_bool("tls", opt.tls);
    js_bool("compress", opt.compress);
    js("conns", "%d", opt.conns);
    js("ready", "%llu", U(opt.mode->connects ? 0 : ct.ready));
    if (opt.mode == &echo_mode || opt.mode->has_rooms) {
        js("payload", "%d", opt.payload);
        js("rate_asked", "%.0f", opt.rate);
    }
    if (opt.mode == &echo_mode) {
        js("event", "\"%s\"", opt.ev_echo);
        js("inflight", "%d", opt.inflight);
        js("ops_per_trip", "%d", opt.ops_per_trip);
    }
    if (opt.mode->has_rooms) {
        js("burst", "%d", opt.burst);
        js("window", "%d", opt.window);
        js("rooms", "%d", opt.rooms);
        js("publishers", "%d", opt.trigger ? 0 : opt.publishers);
        js("published", "%llu", U(w1.ct.published - w0.ct.published));
        js("missing", "%lld", (long long)(ct.expected - ct.ops));
    }
    if (opt.mode == &fanout_mode) {
        js_bool("binary", opt.binary);
        js("slow", "%d", opt.witnesses ? 0 : opt.slow);
        js("witnesses", "%d", opt.witnesses);
        if (opt.slow && !opt.witnesses) js("slow_closed", "%llu", U(ct.slow_closed));
    }
}

static void put_server(const struct figures *f, const struct snap *before, const struct snap *conn, const struct snap *end)
{
    const struct snap *s0 = &w0.snap, *s1 = &w1.snap;
    js("server_cpu_us_per_op", "%.3f", f->srv * f->per);
    js("server_user_us_per_op", "%.3f", (double)(s1->utime - s0->utime) * tick() * f->per);
    js("server_sys_us_per_op", "%.3f", (double)(s1->stime - s0->stime) * tick() * f->per);
    js("server_cpu_pct", "%.1f", pct(f->srv, f->wall));
    js("server_ctxsw_per_op", "%.4f", (double)(s1->vol + s1->nvol - s0->vol - s0->nvol) * f->per);
    js("server_threads", "%llu", U(end->threads));
    js("server_rss_kb_before", "%llu", U(before->rss_kb));
    js("server_rss_kb_connected", "%llu", U(conn->rss_kb));
    js("server_rss_kb_end", "%llu", U(end->rss_kb));
}

static void put_client(const struct figures *f)
{
    const struct snap *s0 = &w0.snap, *s1 = &w1.snap;
    double busy = (double)(s1->sys_busy - s0->sys_busy) * tick();
    js("client_cpu_us_per_op", "%.3f", f->cli * f->per);
    js("client_cpu_pct", "%.1f", pct(f->cli, f->wall));
    js("machine_busy_us_per_op", "%.3f", busy * f->per);
    js("ksoftirqd_us_per_op", "%.3f", f->soft * f->per);
    js("foreign_cpu_pct", "%.1f", pct(busy - f->srv - f->cli - f->soft, f->wall));
    js("steal_pct", "%.2f", pct((double)(s1->sys_steal - s0->sys_steal) * tick(), f->wall));
    if (opt.spin) js("client_empty_polls_per_op", "%.3f", (double)(w1.ct.empty_polls - w0.ct.empty_polls) * f->per);
    js("client_recvs_per_op", "%.4f", (double)(w1.ct.recvs - w0.ct.recvs) * f->per);
    js("client_rx_bytes_per_op", "%.1f", (double)(w1.ct.rx_bytes - w0.ct.rx_bytes) * f->per);
    if (opt.compress) js("client_inflated_per_op", "%.3f", (double)(w1.ct.inflated - w0.ct.inflated) * f->per);
}

/* The memory of a connection, and what it cost to make; for modes with a connect phase. */
static void put_connections(const struct figures *f, const struct snap *conn, const struct snap *end)
{
    if (has_server_pids() && !opt.mode->connects) js("rss_bytes_per_conn", "%.0f", f->rss);
    else js("rss_bytes_per_conn", "null");
    js_lat("connect_latency_us", &h_conn);
    if (opt.mode->connects) return;
    js("connect_s", "%.3f", f->connect_wall);
    js("connect_per_s", "%.1f", per_s((double)ct.ready, f->connect_wall));
    if (has_server_pids()) js("connect_server_cpu_us", "%.2f", f->connect_srv);
    js("connect_client_cpu_us", "%.2f", f->connect_cli);
    if (opt.mode != &idle_mode || !has_server_pids()) return;
    double hold = us(end->wall, conn->wall) / 1e6;
    js("hold_s", "%.2f", hold);
    js("hold_server_cpu_us_per_conn_s", "%.3f", us(end->srv, conn->srv) / (double)ct.ready / hold);
}

static void put_troubles(void)
{
    js("failed", "%llu", U(ct.failed));
    js("errors", "%llu", U(ct.errors));
    js("late", "%llu", U(ct.late));
    if (opt.polling) js("gets_sent_again", "%llu", U(ct.regets));
    js_bool("stalled", stalled);
}

static void tell(const struct figures *f)
{
    fprintf(stderr, "%-10s %s%s N=%d: ", opt.label ? opt.label : "", opt.mode->name, opt.polling ? "/polling" : "", opt.conns);
    if (opt.mode == &idle_mode)
        fprintf(stderr, "%.0f conn/s, server %.1f us/connect, client %.1f us/connect, rss %+.0f B/conn\n",
                per_s((double)ct.ready, f->connect_wall), f->connect_srv, f->connect_cli, f->rss);
    else
        fprintf(stderr, "%.0f %s/s, server %.3f us each (%.0f%%), client %.3f us (%.0f%%), latency us p50 %.0f p99 %.0f p999 %.0f%s%s\n",
                per_s((double)f->ops, f->wall), opt.mode->unit, f->srv * f->per, pct(f->srv, f->wall), f->cli * f->per,
                pct(f->cli, f->wall), hist_us(f->latency, .5), hist_us(f->latency, .99), hist_us(f->latency, .999),
                stalled ? " STALLED" : "", ct.errors || ct.failed ? " ERRORS" : "");
}

void report(const struct snap *before, const struct snap *conn, const struct snap *end)
{
    struct figures f = figures(before, conn, end);
    json[json_n++] = '{';
    put_scenario();
    js("seconds", "%.3f", f.wall);
    js("unit", "\"%s\"", opt.mode->unit);
    js("ops", "%llu", U(f.ops));
    js("per_s", "%.1f", per_s((double)f.ops, f.wall));
    js_lat("latency_us", f.latency);
    if (has_server_pids()) put_server(&f, before, conn, end);
    put_client(&f);
    put_connections(&f, conn, end);
    put_troubles();
    json[json_n++] = '}';
    json[json_n++] = '\n';
    fwrite(json, 1, json_n, stdout);
    if (opt.out) {
        FILE *o = fopen(opt.out, "a");
        if (!o) die("%s: %s", opt.out, strerror(errno));
        fwrite(json, 1, json_n, o);
        fclose(o);
    }
    tell(&f);
}
