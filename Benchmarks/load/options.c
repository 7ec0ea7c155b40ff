/* The command line. */
#include "load.h"
#include <getopt.h>
#include <stdarg.h>

struct options opt = {
    .mode = &echo_mode, .host = "127.0.0.1", .port = 3000, .path = "/socket.io/", .nsp = "/",
    .headers = "", .conns = 100, .publishers = 1, .rooms = 1, .rooms_each = 1, .inflight = 1, .burst = 1,
    .window = 1, .concurrency = 100, .payload = 150, .ops_per_trip = 1, .seconds = 5, .warmup = 1,
    .connect_timeout = 60, .drain = 5, .ev_join = "join", .ev_echo = "echo", .ev_ask = "ask",
    .room = "r", .data_key = "data", .cpu = -1,
};
char nsp_prefix[128];

const struct mode *const modes[] = {&idle_mode, &echo_mode, &fanout_mode, &acks_mode, &churn_mode, &upgrade_mode, NULL};

static void usage(FILE *f)
{
    fputs(
"sioload --mode idle|echo|polling|fanout|acks|churn|upgrade [options]\n"
" target   --url http://127.0.0.1:PORT   --path /socket.io/   --nsp /   --auth JSON\n"
"          --header 'Name: value'   --transport websocket|polling\n"
"          --tls (or an https URL): nothing is verified   --tls12: TLS 1.2 at most\n"
"          --compress: offer permessage-deflate, inflate what comes; sends plain messages\n"
" size     --conns N (100)   --payload BYTES (150)   --seconds S (5)   --warmup S (1)\n"
"          --concurrency C (100: handshakes at a time)   --connect-timeout S (60)\n"
"          --src-addrs K (source addresses 127.0.0.1..K; default by N)   --cpu CORE (pin)\n"
"          --spin: never sleep in epoll_wait. The server then is not charged for waking the\n"
"          client (an interrupt to another core for nearly each send); wants a core of its own\n"
" idle     connect N, hold for --seconds: RSS per connection, connect rate\n"
" echo     --inflight M (1) per connection of 42<id>[\"echo\",payload] -> 43<id>[..]\n"
"          --rate RT/S: open loop at that total rate (0: closed loop)   --event echo\n"
"          --object: the payload is a JSON object, not a text (--event echo-typed: always)\n"
"          --ops-per-trip K (1): the event does K things; report each of them\n"
" polling  the same as --mode echo --transport polling (the M packets in one POST)\n"
" fanout   N join rooms (--room-event join, --room r, --rooms R (1)), then --publishers K (1)\n"
"          emit 42[\"broadcast\",{\"room\",\"data\"}] (--bcast-event, --data-key)\n"
"          --rooms-each K (1): every client joins K of the R rooms\n"
"          --rate DELIVERIES/S (0: closed loop, --window W (1) bursts outstanding)\n"
"          --burst B (1) messages back-to-back in one write\n"
"          --binary: emit broadcast-binary; what comes has an attachment of --payload bytes\n"
"          --slow K (0): K of the N stop reading once they have joined, and do not count\n"
"          --witnesses K (0): only the last K of the N read, and each counts for N/K; so this\n"
"                    program costs next to nothing. For short runs: what the others do not\n"
"                    read stays in the kernel\n"
"          --trigger pipe:CMD | exec:CMD | tcp:HOST:PORT | redis:HOST:PORT/CHANNEL |\n"
"                    http:HOST:PORT/PATH   publish that way instead of by a connection\n"
"          --trigger-line TEMPLATE   %R room, %D data JSON, \\n \\r; default\n"
"                    {\"room\":\"%R\",\"data\":%D} (and a newline for pipe/tcp); exec: the\n"
"                    command gets SIO_ROOM and SIO_DATA in its environment\n"
" acks     N join rooms; a publisher emits 42<id>[\"ask\",{\"room\",\"data\"}] (--ask-event), the\n"
"          server asks the room, all ack, the server acks with their number. An operation is\n"
"          one client's ack; latency: until all are in. --window W (1) asked at a time\n"
" churn    N connections at a time connect, handshake, disconnect, over and over\n"
"          --abrupt: just close(), without 41 and the WebSocket close handshake\n"
" upgrade  the same by polling first, then a WebSocket: GET, POST 40, probe, 5, 41, close\n"
" report   --server-pid P[,P..] (CPU, RSS; descendants included)   --label TEXT\n"
"          --out FILE (append the JSON line there too)   --verbose\n"
"Prints one JSON object on stdout and a line for people on stderr.\n", f);
}

void die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("sioload: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(2);
}

void *xrealloc(void *p, size_t n)
{
    p = realloc(p, n);
    if (!p) die("out of memory");
    return p;
}

static void parse_url(const char *u)
{
    if (!strncmp(u, "https://", 8)) { opt.tls = true; u += 8; }
    else if (!strncmp(u, "wss://", 6)) { opt.tls = true; u += 6; }
    else if (!strncmp(u, "http://", 7)) u += 7;
    else if (!strncmp(u, "ws://", 5)) u += 5;
    if (sscanf(u, "%63[^:/]:%d", opt.host, &opt.port) < 2) die("--url http://ADDRESS:PORT");
}

static void add_header(const char *h)
{
    char *s = xrealloc(NULL, strlen(opt.headers) + strlen(h) + 3);
    sprintf(s, "%s%s\r\n", opt.headers, h);
    opt.headers = s;
}

static void parse_mode(const char *name)
{
    if (!strcmp(name, "polling")) { opt.mode = &echo_mode; opt.polling = true; return; }
    for (int i = 0; modes[i]; i++) if (!strcmp(name, modes[i]->name)) { opt.mode = modes[i]; return; }
    die("--mode idle|echo|polling|fanout|acks|churn|upgrade");
}

static void check_options(void)
{
    if (opt.conns < 1 || opt.publishers < 1 || opt.rooms < 1 || opt.inflight < 1 || opt.burst < 1 || opt.window < 1 ||
        opt.concurrency < 1 || opt.ops_per_trip < 1 || opt.rooms_each < 1 ||
        opt.rooms_each > opt.rooms || opt.rooms > (int64_t)opt.conns * opt.rooms_each) die("a count is out of range");
    if (opt.payload < 0 || opt.payload > (int)RX_SIZE / 2) die("--payload: 0 to %u", RX_SIZE / 2);
    if (opt.seconds > 600) die("--seconds: 600 at most");
    if (opt.witnesses) {
        if (opt.witnesses < 1 || opt.conns % opt.witnesses || opt.slow || opt.rooms > 1 || opt.polling)
            die("--witnesses: one of --conns' divisors, for one room, without --slow, over WebSockets");
        opt.slow = opt.conns - opt.witnesses;
    }
    if (opt.slow < 0 || opt.slow >= opt.conns) die("--slow: less than --conns");
    if (opt.slow && opt.mode != &fanout_mode) die("--slow is for --mode fanout");
    if (opt.binary && (opt.mode != &fanout_mode || opt.trigger)) die("--binary is for --mode fanout without --trigger");
    if (opt.mode == &upgrade_mode && opt.polling) die("--mode upgrade begins with polling by itself");
    if (opt.compress && opt.polling) die("--compress is for WebSockets");
    if (!opt.ev_bcast) opt.ev_bcast = opt.binary ? "broadcast-binary" : "broadcast";
    if (!strcmp(opt.ev_echo, "echo-typed")) opt.object = true;
    if (!opt.srcs) opt.srcs = opt.mode->connects ? 64 : 1 + opt.conns / 5000;
    if (strncmp(opt.host, "127.", 4)) opt.srcs = 1;
    if (strlen(opt.nsp) + 2 > sizeof nsp_prefix) die("--nsp: too long");
    if (strcmp(opt.nsp, "/")) snprintf(nsp_prefix, sizeof nsp_prefix, "%s,", opt.nsp);
}

void parse_options(int argc, char **argv)
{
    enum { URL = 1, PATH, NSP, AUTH, HEADER, TRANSPORT, MODE, CONNS, PUBS, ROOMS, EACH, INFLIGHT, BURST, WINDOW, CONC,
           SRCS, PAYLOAD, RATE, SECONDS, WARMUP, CTIME, DRAIN, EJOIN, EECHO, EBCAST, EASK, ROOM, TRIGGER, TLINE, SPID,
           LABEL, OUT, ABRUPT, VERBOSE, SPIN, DKEY, CPU, SLOW, WITNESSES, OPT, BINARY, OBJECT, COMPRESS, TLS, TLS12, HELP };
    static const struct option lo[] = {
        {"url", 1, 0, URL}, {"path", 1, 0, PATH}, {"nsp", 1, 0, NSP}, {"auth", 1, 0, AUTH}, {"header", 1, 0, HEADER},
        {"transport", 1, 0, TRANSPORT}, {"mode", 1, 0, MODE}, {"conns", 1, 0, CONNS}, {"publishers", 1, 0, PUBS},
        {"rooms", 1, 0, ROOMS}, {"rooms-each", 1, 0, EACH}, {"inflight", 1, 0, INFLIGHT}, {"burst", 1, 0, BURST}, {"window", 1, 0, WINDOW},
        {"concurrency", 1, 0, CONC}, {"src-addrs", 1, 0, SRCS}, {"payload", 1, 0, PAYLOAD}, {"rate", 1, 0, RATE},
        {"seconds", 1, 0, SECONDS}, {"warmup", 1, 0, WARMUP}, {"connect-timeout", 1, 0, CTIME}, {"drain", 1, 0, DRAIN},
        {"room-event", 1, 0, EJOIN}, {"event", 1, 0, EECHO}, {"bcast-event", 1, 0, EBCAST}, {"ask-event", 1, 0, EASK},
        {"room", 1, 0, ROOM}, {"trigger", 1, 0, TRIGGER}, {"trigger-line", 1, 0, TLINE}, {"server-pid", 1, 0, SPID},
        {"label", 1, 0, LABEL}, {"out", 1, 0, OUT}, {"abrupt", 0, 0, ABRUPT}, {"verbose", 0, 0, VERBOSE},
        {"spin", 0, 0, SPIN}, {"data-key", 1, 0, DKEY}, {"cpu", 1, 0, CPU}, {"slow", 1, 0, SLOW},
        {"witnesses", 1, 0, WITNESSES},
        {"ops-per-trip", 1, 0, OPT}, {"binary", 0, 0, BINARY}, {"object", 0, 0, OBJECT}, {"compress", 0, 0, COMPRESS},
        {"tls", 0, 0, TLS}, {"tls12", 0, 0, TLS12}, {"help", 0, 0, HELP}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", lo, NULL)) != -1;) {
        switch (o) {
        case URL: parse_url(optarg); break;
        case PATH: opt.path = optarg; break;
        case NSP: opt.nsp = optarg; break;
        case AUTH: opt.auth = optarg; break;
        case HEADER: add_header(optarg); break;
        case TRANSPORT: opt.polling = !strcmp(optarg, "polling"); break;
        case MODE: parse_mode(optarg); break;
        case CONNS: opt.conns = atoi(optarg); break;
        case PUBS: opt.publishers = atoi(optarg); break;
        case ROOMS: opt.rooms = atoi(optarg); break;
        case EACH: opt.rooms_each = atoi(optarg); break;
        case INFLIGHT: opt.inflight = atoi(optarg); break;
        case BURST: opt.burst = atoi(optarg); break;
        case WINDOW: opt.window = atoi(optarg); break;
        case CONC: opt.concurrency = atoi(optarg); break;
        case SRCS: opt.srcs = atoi(optarg); break;
        case PAYLOAD: opt.payload = atoi(optarg); break;
        case RATE: opt.rate = atof(optarg); break;
        case SECONDS: opt.seconds = atof(optarg); break;
        case WARMUP: opt.warmup = atof(optarg); break;
        case CTIME: opt.connect_timeout = atof(optarg); break;
        case DRAIN: opt.drain = atof(optarg); break;
        case EJOIN: opt.ev_join = optarg; break;
        case EECHO: opt.ev_echo = optarg; break;
        case EBCAST: opt.ev_bcast = optarg; break;
        case EASK: opt.ev_ask = optarg; break;
        case ROOM: opt.room = optarg; break;
        case TRIGGER: opt.trigger = optarg; break;
        case TLINE: opt.trigger_line = optarg; break;
        case SPID: opt.server_pids = optarg; break;
        case LABEL: opt.label = optarg; break;
        case OUT: opt.out = optarg; break;
        case ABRUPT: opt.abrupt = true; break;
        case VERBOSE: opt.verbose = true; break;
        case SPIN: opt.spin = true; break;
        case DKEY: opt.data_key = optarg; break;
        case CPU: opt.cpu = atoi(optarg); break;
        case WITNESSES: opt.witnesses = atoi(optarg); break;
        case SLOW: opt.slow = atoi(optarg); break;
        case OPT: opt.ops_per_trip = atoi(optarg); break;
        case BINARY: opt.binary = true; break;
        case OBJECT: opt.object = true; break;
        case COMPRESS: opt.compress = true; break;
        case TLS: opt.tls = true; break;
        case TLS12: opt.tls = opt.tls12 = true; break;
        case HELP: usage(stdout); exit(0);
        default: usage(stderr); exit(2);
        }
    }
    if (optind < argc) die("what is '%s'?", argv[optind]);
    check_options();
}
