/* Loaded before the C library (LD_PRELOAD): counts the calls that change files, over all processes
   of one run, and breaks the one that the control file asks for. tests/support/shim.py is the other side. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { NOTHING, KILL, ERROR, TORN };
enum { NAME = 48, NAMES = 4096 };

struct control {
    uint64_t calls;   /* so far */
    uint64_t broken;  /* the number of the call that is broken; 0: none */
    uint64_t action;
    uint64_t error;   /* errno, for ERROR */
    uint64_t hits;    /* calls that were broken */
    int64_t clock_s;  /* by which CLOCK_REALTIME is off */
    uint64_t alike;   /* calls so far that have the name that follows */
    char which[NAME]; /* only such calls are broken: "pwrite jobs.db-wal"; empty: all */
    char names[NAMES][NAME]; /* of the first calls, in order */
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

/* The call and its file's own name, as in `which`. */
static void name_call(char *out, const char *call, int fd, const char *path)
{
    char link[64], found[4096];
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t size = readlink(link, found, sizeof found - 1);
        found[size < 0 ? 0 : size] = 0;
        path = found;
    }
    const char *slash = strrchr(path, '/');
    snprintf(out, NAME, "%s %.*s", call, NAME / 2, slash ? slash + 1 : path);
}

/* The number of this call among those that may be broken; 0: it may not. */
static uint64_t counted(const char *name)
{
    uint64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
    if (call <= NAMES)
        memcpy(control->names[call - 1], name, NAME);
    if (!control->which[0])
        return call;
    if (strcmp(control->which, name))
        return 0;
    return __atomic_add_fetch(&control->alike, 1, __ATOMIC_SEQ_CST);
}

static int broken(const char *call_name, int fd, const char *path)
{
    if (!control)
        return NOTHING;
    int kept = errno;
    char name[NAME] = "";
    name_call(name, call_name, fd, path);
    errno = kept;
    uint64_t call = counted(name);
    if (!call || call != control->broken)
        return NOTHING;
    __atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST);
    int action = (int)control->action;
    if (action == KILL)
        kill(getpid(), SIGKILL);
    if (action == ERROR)
        errno = (int)control->error;
    return action;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define CALL(type, name, parameters, fd, path, ...) \
    type name parameters \
    { \
        REAL(name); \
        return broken(#name, fd, path) == ERROR ? -1 : real(__VA_ARGS__); \
    }
#define BY_FD(type, name, parameters, ...) CALL(type, name, parameters, fd, NULL, __VA_ARGS__)
#define BY_PATH(type, name, parameters, ...) CALL(type, name, parameters, -1, path, __VA_ARGS__)

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
    int action = broken("pwrite", fd, NULL);
    return action == ERROR ? -1 : torn(action, real(fd, data, HALF(action, size), at));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    REAL(pwrite64);
    int action = broken("pwrite", fd, NULL);
    return action == ERROR ? -1 : torn(action, real(fd, data, HALF(action, size), at));
}

/* Pipes, logs and terminals are not meant. */
ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write);
    struct stat found;
    if (!control || fd <= STDERR_FILENO || fstat(fd, &found) || !S_ISREG(found.st_mode))
        return real(fd, data, size);
    int action = broken("write", fd, NULL);
    return action == ERROR ? -1 : torn(action, real(fd, data, HALF(action, size)));
}

BY_FD(int, fsync, (int fd), fd)
BY_FD(int, fdatasync, (int fd), fd)
BY_FD(int, ftruncate, (int fd, off_t size), fd, size)
BY_FD(int, ftruncate64, (int fd, off64_t size), fd, size)
BY_PATH(int, unlink, (const char *path), path)
BY_PATH(int, unlinkat, (int folder, const char *path, int flags), folder, path, flags)
BY_PATH(int, rename, (const char *path, const char *to), path, to)
BY_PATH(int, link, (const char *path, const char *to), path, to)
BY_PATH(int, mkdir, (const char *path, mode_t mode), path, mode)
BY_PATH(int, rmdir, (const char *path), path)

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
