/* --trigger: fanout's messages are published by something else than a connection. */
#include "load.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    enum { T_NONE, T_PIPE, T_EXEC, T_TCP, T_REDIS, T_HTTP } type;
    char host[64], arg[256];
    int port, fd;
    const char *cmd;
    struct conn c;
    pid_t pid;
    char *batch; size_t batch_n, batch_cap; /* what trigger_flush() will write */
} trig;

static void write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0 && errno == EAGAIN) { usleep(50); continue; }
        if (k <= 0) die("trigger: %s", strerror(errno));
        p += k;
        n -= (size_t)k;
    }
}

bool trigger_open(void)
{
    trig.fd = -1;
    if (!opt.trigger) return false;
    const char *t = opt.trigger;
    if (!strncmp(t, "pipe:", 5)) trig.type = T_PIPE;
    else if (!strncmp(t, "exec:", 5)) trig.type = T_EXEC;
    else if (!strncmp(t, "tcp:", 4)) trig.type = T_TCP;
    else if (!strncmp(t, "redis:", 6)) trig.type = T_REDIS;
    else if (!strncmp(t, "http:", 5)) trig.type = T_HTTP;
    else die("--trigger: pipe:, exec:, tcp:, redis: or http:");
    trig.cmd = strchr(t, ':') + 1;
    if (trig.type == T_EXEC) { signal(SIGCHLD, SIG_IGN); return true; }
    if (trig.type == T_PIPE) {
        int p[2];
        if (pipe2(p, O_CLOEXEC)) die("pipe");
        posix_spawn_file_actions_t fa;
        posix_spawn_file_actions_init(&fa);
        posix_spawn_file_actions_adddup2(&fa, p[0], 0);
        posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
        char *argv[] = {"sh", "-c", (char *)trig.cmd, NULL};
        if (posix_spawn(&trig.pid, "/bin/sh", &fa, NULL, argv, environ)) die("trigger: cannot start");
        close(p[0]);
        trig.fd = p[1];
        return true;
    }
    if (sscanf(trig.cmd, "%63[^:]:%d%255s", trig.host, &trig.port, trig.arg) < 2) die("--trigger: HOST:PORT");
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)trig.port)};
    inet_pton(AF_INET, trig.host, &a.sin_addr);
    trig.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(trig.fd, (struct sockaddr *)&a, sizeof a)) die("trigger %s:%d: %s", trig.host, trig.port, strerror(errno));
    int one = 1;
    setsockopt(trig.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(trig.fd, F_SETFL, O_NONBLOCK);
    trig.c = (struct conn){.fd = trig.fd, .kind = K_TRIGGER, .up = true};
    net_watch(&trig.c);
    return true;
}

static size_t expand(char *o, size_t cap, const char *tpl, const char *room, const char *data)
{
    size_t n = 0;
    for (; *tpl && n + 1 < cap; tpl++) {
        const char *ins = NULL;
        if (tpl[0] == '%' && tpl[1] == 'R') ins = room;
        else if (tpl[0] == '%' && tpl[1] == 'D') ins = data;
        if (ins) {
            size_t k = strlen(ins);
            if (n + k + 1 >= cap) die("trigger line too long");
            memcpy(o + n, ins, k);
            n += k;
            tpl++;
        } else if (tpl[0] == '\\' && tpl[1] == 'n') { o[n++] = '\n'; tpl++; }
        else if (tpl[0] == '\\' && tpl[1] == 'r') { o[n++] = '\r'; tpl++; }
        else o[n++] = *tpl;
    }
    o[n] = 0;
    return n;
}

static void spawn(const char *room, const char *data)
{
    setenv("SIO_ROOM", room, 1);
    setenv("SIO_DATA", data, 1);
    char *argv[] = {"sh", "-c", (char *)trig.cmd, NULL};
    pid_t p;
    if (posix_spawn(&p, "/bin/sh", NULL, NULL, argv, environ)) die("trigger: cannot start");
}

void trigger_put(const char *room, const char *data)
{
    static char buf[RX_SIZE + 4096];
    if (trig.type == T_EXEC) { spawn(room, data); return; }
    const char *tpl = opt.trigger_line;
    if (!tpl) tpl = trig.type == T_PIPE || trig.type == T_TCP ? "{\"room\":\"%R\",\"data\":%D}\\n" : "{\"room\":\"%R\",\"data\":%D}";
    size_t n = expand(buf, sizeof buf, tpl, room, data);
    grow(&trig.batch, &trig.batch_cap, trig.batch_n + n + strlen(opt.headers) + 1024);
    char *o = trig.batch + trig.batch_n, *o0 = o;
    if (trig.type == T_REDIS) {
        const char *channel = trig.arg + (trig.arg[0] == '/');
        o += sprintf(o, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(channel), channel, n);
    } else if (trig.type == T_HTTP)
        o += sprintf(o, "POST %s HTTP/1.1\r\nHost: %s:%d\r\n%s"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                     trig.arg[0] ? trig.arg : "/", trig.host, trig.port, opt.headers, n);
    memcpy(o, buf, n);
    o += n;
    if (trig.type == T_REDIS) { memcpy(o, "\r\n", 2); o += 2; }
    trig.batch_n += (size_t)(o - o0);
}

void trigger_flush(void)
{
    if (trig.batch_n) write_all(trig.fd, trig.batch, trig.batch_n);
    trig.batch_n = 0;
}

void trigger_close(void)
{
    if (trig.fd > 0) close(trig.fd);
    if (trig.pid > 0) { kill(trig.pid, SIGTERM); waitpid(trig.pid, NULL, 0); }
}
