/* Shows ThreadSanitizer how a Swift Mutex on Linux is taken and given back when threads have to wait for each other.
 *
 * Without waiting that is an atomic operation of the program, which the sanitizer knows. With it, the Synchronization
 * library asks the kernel (FUTEX_LOCK_PI), and all that the lock orders looks like a race. These functions stand in
 * front of the library's and tell the sanitizer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

static __attribute__((swiftcall)) void (*lock)(uint32_t thread, SELF);
static __attribute__((swiftcall)) void (*unlock)(SELF);

__attribute__((constructor)) static void find_originals(void)
{
    *(void **)&lock = dlsym(RTLD_NEXT, LOCK);
    *(void **)&unlock = dlsym(RTLD_NEXT, UNLOCK);
}

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF)
{
    lock(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

__attribute__((swiftcall)) void unlock_slow(SELF) __asm__(UNLOCK);
__attribute__((swiftcall)) void unlock_slow(SELF)
{
    if (__tsan_release) __tsan_release(self);
    unlock(self);
}
