/* --tls: OpenSSL on the same non-blocking sockets; nothing is verified. */
#include "load.h"
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *ctx;

void tls_setup(void)
{
    ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx) die("TLS: %s", tls_error());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* every handshake is a full one */
    /* as send(): some of it, and again from a buffer that has moved; idle connections hold no buffers */
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (opt.tls12) SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
}

bool tls_start(struct conn *c)
{
    c->tls = SSL_new(ctx);
    if (!c->tls || !SSL_set_fd(c->tls, c->fd)) return false;
    SSL_set_connect_state(c->tls);
    return true;
}

void tls_end(struct conn *c)
{
    ERR_clear_error();
    if (c->up) SSL_shutdown(c->tls); /* says close_notify, waits for none */
    SSL_free(c->tls);
    c->tls = NULL;
}

/* What recv and send would return and leave in errno. */
static ssize_t outcome(struct conn *c, int k)
{
    if (k > 0) return k;
    switch (SSL_get_error(c->tls, k)) {
    case SSL_ERROR_WANT_READ: case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_SSL:            /* an end without close_notify is an end */
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return 0;
        errno = EPROTO;
        return -1;
    default:
        if (!errno) errno = ECONNRESET;
        return -1;
    }
}

ssize_t tls_recv(struct conn *c, char *p, size_t n)
{
    ERR_clear_error();
    errno = 0;
    return outcome(c, SSL_read(c->tls, p, (int)n));
}

ssize_t tls_send(struct conn *c, const char *p, size_t n)
{
    ERR_clear_error();
    errno = 0;
    return outcome(c, SSL_write(c->tls, p, (int)n));
}

int tls_handshake(struct conn *c)
{
    ERR_clear_error();
    errno = 0;
    ssize_t k = outcome(c, SSL_do_handshake(c->tls));
    return k > 0 ? 1 : k < 0 && errno == EAGAIN ? 0 : -1;
}

const char *tls_error(void)
{
    static char text[256];
    ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
    return text;
}
