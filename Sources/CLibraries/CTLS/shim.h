// OpenSSL's digests.
#include <openssl/sha.h>
