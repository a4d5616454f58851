/*
 * pairs.c: two commands by turns, as whole processes.
 *
 *   pairs RUNS OURS [PEER]
 *
 * Each is given to sh -c; output is thrown away.  Prints one line of tab-separated figures: wall
 * and cpu seconds of ours and of the peer (medians), the medians of the ratios peer / ours of each
 * pair, and the peak memory of both in MiB (the largest).  The first run of each does not count.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 200 };

struct run {
    double wall, cpu, mib;
    int good;
};

static double
seconds(const struct timeval *t)
{
    return (double)t->tv_sec + 1e-6 * (double)t->tv_usec;
}

static struct run
once(const char *command)
{
    struct timespec begin, end;
    struct rusage used;
    int status = -1;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return (struct run){ 0, 0, 0, 0 };
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (struct run){
        (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec),
        seconds(&used.ru_utime) + seconds(&used.ru_stime),
        (double)used.ru_maxrss / 1024,
        WIFEXITED(status) && WEXITSTATUS(status) == 0,
    };
}

static int
ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

int
main(int argc, char **argv)
{
    static double wall[2][RUNS_MAX], cpu[2][RUNS_MAX], wall_ratio[RUNS_MAX], cpu_ratio[RUNS_MAX];
    const int n = argc > 2 ? atoi(argv[1]) : 0, sides = argc > 3 ? 2 : 1;
    double mib[2] = { 0, 0 };

    if (n < 1 || n > RUNS_MAX) {
        fprintf(stderr, "usage: pairs RUNS OURS [PEER]\n");
        return 2;
    }
    for (int i = -1; i < n; i++) {
        struct run r[2] = { { 0, 0, 0, 0 }, { 0, 0, 0, 0 } };
        for (int s = 0; s < sides; s++) {
            r[s] = once(argv[2 + s]);
            if (!r[s].good) {
                fprintf(stderr, "pairs: failed: %s\n", argv[2 + s]);
                return 1;
            }
            if (r[s].mib > mib[s])
                mib[s] = r[s].mib;
        }
        for (int s = 0; i >= 0 && s < sides; s++) {
            wall[s][i] = r[s].wall;
            cpu[s][i] = r[s].cpu;
        }
        if (i >= 0 && sides == 2) {
            wall_ratio[i] = r[1].wall / r[0].wall;
            cpu_ratio[i] = r[1].cpu / r[0].cpu;
        }
    }
    printf("%.4f\t%.4f\t%.1f", median(wall[0], n), median(cpu[0], n), mib[0]);
    if (sides == 2)
        printf("\t%.4f\t%.4f\t%.1f\t%.2f\t%.2f", median(wall[1], n), median(cpu[1], n), mib[1], median(wall_ratio, n),
               median(cpu_ratio, n));
    printf("\n");
    return 0;
}
