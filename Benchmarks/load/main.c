#include "load.h"
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static void raise_file_limit(void)
{
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
}

static void pin(int cpu)
{
    cpu_set_t cs;
    CPU_ZERO(&cs);
    CPU_SET(cpu, &cs);
    if (sched_setaffinity(0, sizeof cs, &cs)) die("--cpu: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    start_clock();
    parse_options(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    if (opt.cpu >= 0) pin(opt.cpu);
    net_setup();
    init_clients();
    if (opt.mode->prepare) opt.mode->prepare();
    find_ksoftirqd();
    collect_pids();
    struct snap before = take_snap(), conn = before;
    if (!opt.mode->connects) {
        connect_all();
        collect_pids();
        conn = take_snap();
        w0 = (struct window){.snap = before}; /* for --mode idle, which opens none */
        w1 = (struct window){.snap = conn, .ct = ct};
    }
    running = true;
    opt.mode->run();
    struct snap end = take_snap();
    report(&before, &conn, &end);
    trigger_close();
    for (int i = 0; i < n_clients; i++) client_dead(&clients[i]);
    return stalled || ct.failed || ct.errors ? 1 : 0;
}
