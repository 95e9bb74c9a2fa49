/* Loaded before the C library (LD_PRELOAD): counts the calls that change files, over all processes
   of one run, and breaks those that the control file asks for. tests/support/shim.py is the other side. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { NOTHING, KILL, ERROR, TORN, STOP };

struct control {
    uint64_t calls;   /* so far */
    uint64_t from;    /* the first call that is broken; 0: none */
    uint64_t until;   /* the first that is whole again */
    uint64_t action;
    uint64_t error;   /* errno, for ERROR */
    uint64_t hits;    /* calls that were broken */
    int64_t clock_s;  /* by which CLOCK_REALTIME is off */
    uint64_t pid;     /* of the last process that was hit */
};

static struct control *control;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULT_CONTROL");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED)
        control = map;
}

static int broken(void)
{
    if (!control)
        return NOTHING;
    uint64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
    if (!control->from || call < control->from || call >= control->until)
        return NOTHING;
    __atomic_store_n(&control->pid, (uint64_t)getpid(), __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST);
    int action = (int)control->action;
    if (action == KILL)
        kill(getpid(), SIGKILL);
    if (action == STOP)
        kill(getpid(), SIGSTOP);
    if (action == ERROR)
        errno = (int)control->error;
    return action;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define CALL(type, name, parameters, ...) \
    type name parameters \
    { \
        REAL(name); \
        return broken() == ERROR ? -1 : real(__VA_ARGS__); \
    }

static ssize_t torn(int action, ssize_t whole)
{
    if (action == TORN)
        kill(getpid(), SIGKILL);
    return whole;
}

#define HALF(action, size) ((action) == TORN ? (size) / 2 : (size))

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    REAL(pwrite);
    int action = broken();
    return action == ERROR ? -1 : torn(action, real(fd, data, HALF(action, size), at));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    REAL(pwrite64);
    int action = broken();
    return action == ERROR ? -1 : torn(action, real(fd, data, HALF(action, size), at));
}

/* Pipes, logs and terminals are not meant. */
ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write);
    struct stat found;
    if (!control || fd <= STDERR_FILENO || fstat(fd, &found) || !S_ISREG(found.st_mode))
        return real(fd, data, size);
    int action = broken();
    return action == ERROR ? -1 : torn(action, real(fd, data, HALF(action, size)));
}

CALL(int, fsync, (int fd), fd)
CALL(int, fdatasync, (int fd), fd)
CALL(int, ftruncate, (int fd, off_t size), fd, size)
CALL(int, ftruncate64, (int fd, off64_t size), fd, size)
CALL(int, unlink, (const char *path), path)
CALL(int, unlinkat, (int folder, const char *path, int flags), folder, path, flags)
CALL(int, rename, (const char *from, const char *to), from, to)
CALL(int, link, (const char *from, const char *to), from, to)
CALL(int, mkdir, (const char *path, mode_t mode), path, mode)
CALL(int, rmdir, (const char *path), path)

int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(clock_gettime);
    int failed = real(clock, now);
    if (!failed && control && clock == CLOCK_REALTIME)
        now->tv_sec += control->clock_s;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    static int (*real)(struct timeval *, void *);
    if (!real)
        real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
    int failed = real(now, zone);
    if (!failed && control)
        now->tv_sec += control->clock_s;
    return failed;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
