/* generate.c: a deterministic synthetic breastfeeding-outcome cohort, CSV on stdout.
 *
 *   generate ROWS [-s SEED] [-m MISSING] [-q QFRAC] [-Q] [-r] > cohort.csv
 *
 *   -s SEED     64-bit seed (default 20240229); every row depends on (SEED, row) only,
 *               so the first n rows of a larger file are the file of n rows
 *   -m MISSING  fraction of empty values in every column but the design ones (default 0.03)
 *   -q QFRAC    fraction of rows whose support and education fields are quoted (default 0);
 *               the values stay those of the unquoted file
 *   -Q          the third education level is written "some college, no degree" (always quoted)
 *   -r          end lines with CRLF
 *
 * 22 columns; design: site nested in stratum (5 sites each), cluster nested in site (10 each).
 * Truth (conditional odds ratios, any support vs none): initiated 1.35, any_6m 1.49,
 * exclusive (ebf_*) 1.71; hazard of weaning 0.80.  The kinds of support share one effect.
 * ebf_6m <= ebf_3m <= ebf_1m <= ebf_discharge <= initiated by construction (common latent).
 * bf_duration_days and weaned are empty where breastfeeding was never initiated.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t
mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}
static uint64_t st;
static uint64_t
nx(void)
{
    return mix(st += 0x9e3779b97f4a7c15ULL);
}
static double
un(void)
{
    return ((double)(nx() >> 11) + 0.5) * (1.0 / 9007199254740992.0);
}
/* sum of four 16-bit uniforms, scaled to unit variance: a cheap near-normal */
static double
nrm(void)
{
    uint64_t r = nx();
    double s = (double)((r & 0xffff) + ((r >> 16) & 0xffff) + ((r >> 32) & 0xffff) + (r >> 48));
    return (s / 65536.0 - 2.0 + 2.0 / 65536) * 1.7320508075688772;
}
static char *
pu(char *p, uint64_t v)
{
    char t[24];
    int n = 0;
    do
        t[n++] = (char)('0' + v % 10), v /= 10;
    while (v);
    while (n)
        *p++ = t[--n];
    return p;
}
static char *
pf1(char *p, long tenth)
{
    p = pu(p, (uint64_t)(tenth / 10));
    *p++ = '.';
    *p++ = (char)('0' + tenth % 10);
    return p;
}
static char *
ps(char *p, const char *s, int q)
{
    size_t n = strlen(s);
    if (q)
        *p++ = '"';
    memcpy(p, s, n);
    p += n;
    if (q)
        *p++ = '"';
    return p;
}
static double
sig(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

int
main(int ac, char **av)
{
    if (ac < 2) {
        fprintf(stderr, "usage: %s ROWS [-s SEED] [-m MISSING] [-q QFRAC] [-Q] [-r]\n", av[0]);
        return 2;
    }
    uint64_t n = (uint64_t)strtod(av[1], NULL), seed = 20240229;
    double miss = 0.03, qf = 0;
    int comma = 0, crlf = 0;
    for (int i = 2; i < ac; i++) {
        if (!strcmp(av[i], "-s") && i + 1 < ac)
            seed = strtoull(av[++i], NULL, 10);
        else if (!strcmp(av[i], "-m") && i + 1 < ac)
            miss = strtod(av[++i], NULL);
        else if (!strcmp(av[i], "-q") && i + 1 < ac)
            qf = strtod(av[++i], NULL);
        else if (!strcmp(av[i], "-Q"))
            comma = 1;
        else if (!strcmp(av[i], "-r"))
            crlf = 1;
        else {
            fprintf(stderr, "bad option %s\n", av[i]);
            return 2;
        }
    }
    static const char *sup[] = { "none", "peer", "counselor", "ibclc" };
    const char *edu[] = { "less_hs", "hs", comma ? "some college, no degree" : "some_college",
                          "college" };
    double siteeff[41], sitesup[41], wst[9];
    st = mix(seed ^ 0x51747365ULL);
    for (int i = 1; i <= 40; i++) {
        siteeff[i] = 0.35 * nrm();
        sitesup[i] = 0.30 + 0.35 * un();
    }
    for (int i = 1; i <= 8; i++)
        wst[i] = 0.5 + 4.0 * un();

    size_t cap = 1 << 20, used = 0;
    char *buf = malloc(cap + 1024);
    if (!buf)
        return 1;
    const char *eol = crlf ? "\r\n" : "\n";
    char *p = buf;
    p += sprintf(
        p,
        "id,site,stratum,cluster,weight,support,prenatal,maternal_age,parity,education,smoker,"
        "cesarean,bmi,"
        "initiated,ebf_discharge,ebf_1m,ebf_3m,ebf_6m,any_6m,bf_duration_days,weaned,epds%s",
        eol);
    used = (size_t)(p - buf);
    uint64_t mthr = miss >= 1 ? UINT64_C(1) << 16 : (uint64_t)(miss * 65536.0 + 0.5);

    for (uint64_t r = 1; r <= n; r++) {
        st = mix(seed + r * 0xd1342543de82ef95ULL);
        uint64_t a = nx();
        int site = (int)(((a & 0xffffffff) * 40) >> 32) + 1, stratum = (site - 1) / 5 + 1;
        int cluster = (site - 1) * 10 + (int)(((a >> 32) * 10) >> 32) + 1;
        double cl =
            0.15 *
            ((double)(mix(seed ^ (uint64_t)cluster * 77777) >> 11) / 4503599627370496.0 - 1.0);
        double w = wst[stratum] * (0.7 + 0.6 * un());
        int s = un() < sitesup[site] ? 1 + (int)(un() * 3) : 0;
        int pre = un() < 0.4 + 0.15 * (s > 0);
        long age = lround(29 + 5.5 * nrm());
        if (age < 15)
            age = 15;
        if (age > 49)
            age = 49;
        int par = (int)(-1.3 * log(un()));
        if (par > 9)
            par = 9;
        double ue = un();
        int ed = ue < 0.12 ? 0 : ue < 0.38 ? 1 : ue < 0.66 ? 2 : 3;
        int smk = un() < 0.14 - 0.035 * ed + 0.03;
        int ces = un() < 0.31;
        long bmi = lround(10 * (18 + exp(2.1 + 0.48 * nrm())));
        if (bmi > 650)
            bmi = 650;
        double lp = siteeff[site] + cl + 0.02 * (double)(age - 29) + 0.05 * par + 0.22 * ed -
                    0.55 * smk - 0.25 * ces - 0.02 * ((double)bmi / 10 - 27) + 0.15 * pre;
        int any = s > 0;
        double u = un();
        int ini = u < sig(1.30 + lp + any * 0.30010459245033816);
        int ebd = u < sig(0.35 + lp + any * 0.53649337051456840);
        int eb1 = u < sig(-0.05 + lp + any * 0.53649337051456840);
        int eb3 = u < sig(-0.55 + lp + any * 0.53649337051456840);
        int eb6 = u < sig(-1.45 + lp + any * 0.53649337051456840);
        int an6 = u < sig(-0.35 + lp + any * 0.39877611995736780);
        /* Weibull(1.1) time to weaning, HR 0.80 for support; censoring uniform to 540, end 365 */
        double t = 210 * pow(-log(un()) / exp(-0.4 * lp - 0.2231435513142097 * any), 1 / 1.1),
               c = 30 + 510 * un();
        if (c > 365)
            c = 365;
        int wean = t <= c;
        long dur = (long)ceil(wean ? t : c);
        if (dur < 1)
            dur = 1;
        long ep = lround(7 - 0.6 * any + 4.6 * nrm());
        if (ep < 0)
            ep = -ep;
        if (ep > 30)
            ep = 30;
        uint64_t m[5];
        for (int i = 0; i < 5; i++)
            m[i] = nx();
        int q = qf > 0 && un() < qf;
#define MISS(k) (((m[(k) >> 2] >> (((k)&3) * 16)) & 0xffff) < mthr)
#define C *p++ = ','
        p = buf + used;
        p = pu(p, r);
        C;
        p = pu(p, (uint64_t)site);
        C;
        p = pu(p, (uint64_t)stratum);
        C;
        p = pu(p, (uint64_t)cluster);
        C;
        long w3 = lround(w * 1000);
        p = pu(p, (uint64_t)(w3 / 1000));
        *p++ = '.';
        *p++ = (char)('0' + w3 / 100 % 10);
        *p++ = (char)('0' + w3 / 10 % 10);
        *p++ = (char)('0' + w3 % 10);
        C;
        if (!MISS(0))
            p = ps(p, sup[s], q);
        C;
        if (!MISS(1))
            *p++ = (char)('0' + pre);
        C;
        if (!MISS(2))
            p = pu(p, (uint64_t)age);
        C;
        if (!MISS(3))
            *p++ = (char)('0' + par);
        C;
        if (!MISS(4))
            p = ps(p, edu[ed], q || (comma && ed == 2));
        C;
        if (!MISS(5))
            *p++ = (char)('0' + smk);
        C;
        if (!MISS(6))
            *p++ = (char)('0' + ces);
        C;
        if (!MISS(7))
            p = pf1(p, bmi);
        C;
        if (!MISS(8))
            *p++ = (char)('0' + ini);
        C;
        if (!MISS(9))
            *p++ = (char)('0' + ebd);
        C;
        if (!MISS(10))
            *p++ = (char)('0' + eb1);
        C;
        if (!MISS(11))
            *p++ = (char)('0' + eb3);
        C;
        if (!MISS(12))
            *p++ = (char)('0' + eb6);
        C;
        if (!MISS(13))
            *p++ = (char)('0' + an6);
        C;
        if (ini && !MISS(14))
            p = pu(p, (uint64_t)dur);
        C;
        if (ini && !MISS(15))
            *p++ = (char)('0' + wean);
        C;
        if (!MISS(16))
            p = pu(p, (uint64_t)ep);
        if (crlf)
            *p++ = '\r';
        *p++ = '\n';
        used = (size_t)(p - buf);
        if (used >= cap) {
            if (fwrite(buf, 1, used, stdout) != used)
                return 1;
            used = 0;
        }
    }
    if (used && fwrite(buf, 1, used, stdout) != used)
        return 1;
    free(buf);
    return fflush(stdout) ? 1 : 0;
}
