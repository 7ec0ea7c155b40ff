// libuv, and the few POSIX calls that Swift's C library module hides or cannot import.
#include <uv.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#if defined(__linux__)
// Hidden without _GNU_SOURCE, which a module cannot set for the C library's own module.
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
#endif
