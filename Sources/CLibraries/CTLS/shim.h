// OpenSSL: TLS and digests, and the options that Swift does not import because their macros cast.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static const uint64_t CTLS_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t CTLS_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t CTLS_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t CTLS_OP_PRIORITIZE_CHACHA = SSL_OP_PRIORITIZE_CHACHA;

// RFC 2253 in UTF-8: bytes above ASCII stand as they are.
static const unsigned long CTLS_NAME_FLAGS = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
