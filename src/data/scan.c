#include "dyad/data/scan.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_X86_VECTORS 1
#endif

/* One bit a byte of 64 bytes, for each of the bytes that matter. */
struct masks {
    uint64_t delimiter, lf, cr, quote;
    uint64_t zero, high;
};

/* --- how the masks are made: one function a machine ------------------------------------- */

#ifdef HAVE_X86_VECTORS
#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,pclmul,popcnt")))

TARGET_AVX2 static inline uint64_t
equal_avx2(__m256i low, __m256i high, char c)
{
    const __m256i wanted = _mm256_set1_epi8(c);
    const uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    const uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return (uint64_t)b << 32 | a;
}

TARGET_AVX2 static inline void
masks_avx2(const char *p, char delimiter, struct masks *m)
{
    const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));

    m->delimiter = equal_avx2(low, high, delimiter);
    m->lf = equal_avx2(low, high, '\n');
    m->cr = equal_avx2(low, high, '\r');
    m->quote = equal_avx2(low, high, '"');
    m->zero = equal_avx2(low, high, '\0');
    m->high = (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
              (uint32_t)_mm256_movemask_epi8(low);
}

#define TARGET_AVX512 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi,bmi2,pclmul,popcnt")))

TARGET_AVX512 static inline void
masks_avx512(const char *p, char delimiter, struct masks *m)
{
    const __m512i bytes = _mm512_loadu_si512(p);

    m->delimiter = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(delimiter));
    m->lf = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n'));
    m->cr = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\r'));
    m->quote = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
    m->zero = _mm512_testn_epi8_mask(bytes, bytes);
    m->high = _mm512_movepi8_mask(bytes);
}

TARGET_AVX2 static inline uint64_t
prefix_xor_clmul(uint64_t bits)
{
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}
#endif

#if defined(__SSE2__)
static inline uint64_t
equal_sse2(const __m128i piece[4], char c)
{
    const __m128i wanted = _mm_set1_epi8(c);
    uint64_t bits = 0;

    for (int i = 0; i < 4; i++)
        bits |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(piece[i], wanted)) << 16 * i;
    return bits;
}

static inline void
masks_base(const char *p, char delimiter, struct masks *m)
{
    __m128i piece[4];

    m->high = 0;
    for (int i = 0; i < 4; i++) {
        piece[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        m->high |= (uint64_t)(uint16_t)_mm_movemask_epi8(piece[i]) << 16 * i;
    }
    m->delimiter = equal_sse2(piece, delimiter);
    m->lf = equal_sse2(piece, '\n');
    m->cr = equal_sse2(piece, '\r');
    m->quote = equal_sse2(piece, '"');
    m->zero = equal_sse2(piece, '\0');
}
#else
static inline void
masks_base(const char *p, char delimiter, struct masks *m)
{
    *m = (struct masks){ 0 };
    for (int i = 0; i < 64; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        const unsigned char c = (unsigned char)p[i];

        m->delimiter |= p[i] == delimiter ? bit : 0;
        m->lf |= c == '\n' ? bit : 0;
        m->cr |= c == '\r' ? bit : 0;
        m->quote |= c == '"' ? bit : 0;
        m->zero |= c == '\0' ? bit : 0;
        m->high |= c >= 0x80 ? bit : 0;
    }
}
#endif

/* Bit i is the exclusive or of bits 0..i. */
static inline uint64_t
prefix_xor_base(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* --- the walk itself, written once and made for each machine ---------------------------- */

/* The masks of the n < 64 last bytes. */
static inline void
keep_bits(struct masks *m, size_t n)
{
    const uint64_t kept = n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);

    m->delimiter &= kept;
    m->lf &= kept;
    m->cr &= kept;
    m->quote &= kept;
    m->zero &= kept;
    m->high &= kept;
}

/* Eight positions at a time, whether there are so many or not: the next call overwrites them. */
static inline uint32_t *
flatten_base(uint32_t *out, uint64_t bits, uint32_t base)
{
    uint32_t *const next = out + __builtin_popcountll(bits);

    while (bits) {
        for (int i = 0; i < 8; i++) {
            out[i] = base + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
            bits &= bits - 1;
        }
        out += 8;
    }
    return next;
}

#ifdef HAVE_X86_VECTORS
TARGET_AVX2 static inline uint32_t *
flatten_avx2(uint32_t *out, uint64_t bits, uint32_t base)
{
    uint32_t *const next = out + __builtin_popcountll(bits);

    while (bits) {
        for (int i = 0; i < 8; i++) {
            out[i] = base + (uint32_t)_tzcnt_u64(bits);
            bits = _blsr_u64(bits);
        }
        out += 8;
    }
    return next;
}

/* The numbers of the set bits, packed by one instruction, then widened sixteen at a time. */
TARGET_AVX512 static inline uint32_t *
flatten_avx512(uint32_t *out, uint64_t bits, uint32_t base)
{
    const __m512i counting = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36,
        35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7,
        6, 5, 4, 3, 2, 1, 0);
    const __m512i packed = _mm512_maskz_compress_epi8(bits, counting), from = _mm512_set1_epi32((int)base);
    uint32_t *const next = out + __builtin_popcountll(bits);

    _mm512_storeu_si512(out, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1))));
    if (next - out > 32) {
        _mm512_storeu_si512(out + 32, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 2))));
        _mm512_storeu_si512(out + 48, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 3))));
    }
    return next;
}
#endif

struct walk {
    uint64_t quoted;      /* all ones where the last byte was inside quotes */
    uint64_t after_field; /* bit 0: a field may begin at the next byte */
    uint64_t after_close; /* bit 0: the last byte closed a quoted field */
    uint64_t after_cr;    /* bit 0: the last byte was a CR */
    uint64_t irregular, zero, high, inner;
};

/*
 * A quoted field opens behind a separator (or as the second quote of a pair) and closes before a
 * separator, a line end or another quote; a CR stands before an LF.  What is not so, libcsv rules.
 */
static inline uint64_t
step(struct walk *w, const struct masks *m, uint64_t inside, uint64_t *lines)
{
    const uint64_t opening = m->quote & inside, closing = m->quote & ~inside;
    const uint64_t lf = m->lf & ~inside, cr = m->cr & ~inside;
    const uint64_t ends = (m->delimiter & ~inside) | lf;
    const uint64_t starts = ends << 1 | w->after_field, closed = closing << 1 | w->after_close;
    const uint64_t behind_cr = cr << 1 | w->after_cr;

    w->irregular |= (opening & ~(starts | closed)) | (closed & ~(ends | cr | opening)) |
                    (behind_cr & ~lf);
    w->inner |= inside & (m->lf | m->cr);
    w->zero |= m->zero;
    w->high |= m->high;
    w->after_field = ends >> 63;
    w->after_close = closing >> 63;
    w->after_cr = cr >> 63;
    *lines = lf;
    return ends;
}

#define DEFINE_WALKS(suffix, attribute, masks_of, prefix_xor, flatten)                           \
    attribute static void index_##suffix(const char *bytes, size_t n, char delimiter,            \
                                         uint32_t *ends, struct scan_result *found)              \
    {                                                                                            \
        struct walk w = { .after_field = 1 };                                                    \
        uint32_t *out = ends;                                                                    \
        size_t n_lines = 0;                                                                      \
                                                                                                 \
        for (size_t at = 0; at < n; at += 64) {                                                  \
            struct masks m;                                                                      \
            uint64_t lines;                                                                      \
                                                                                                 \
            masks_of(bytes + at, delimiter, &m);                                                 \
            if (n - at < 64)                                                                     \
                keep_bits(&m, n - at);                                                           \
            const uint64_t inside = prefix_xor(m.quote) ^ w.quoted;                              \
            w.quoted = (uint64_t)((int64_t)inside >> 63);                                        \
            const uint64_t all = step(&w, &m, inside, &lines);                                   \
            out = flatten(out, all, (uint32_t)at);                                               \
            n_lines += (size_t)__builtin_popcountll(lines);                                      \
        }                                                                                        \
        *found = (struct scan_result){                                                           \
            .n_ends = (size_t)(out - ends),                                                      \
            .n_lines = n_lines,                                                                  \
            .regular = w.irregular == 0 && w.quoted == 0,                                        \
            .zero_byte = w.zero != 0,                                                            \
            .high_bytes = w.high != 0,                                                           \
            .inner_lines = w.inner != 0,                                                         \
        };                                                                                       \
    }                                                                                            \
                                                                                                 \
    attribute static size_t last_end_##suffix(const char *bytes, size_t n, uint64_t *quoted)     \
    {                                                                                            \
        size_t last = 0;                                                                         \
                                                                                                 \
        for (size_t at = 0; at + 64 <= n; at += 64) {                                            \
            struct masks m;                                                                      \
                                                                                                 \
            masks_of(bytes + at, '"', &m);                                                       \
            const uint64_t inside = prefix_xor(m.quote) ^ *quoted;                               \
            *quoted = (uint64_t)((int64_t)inside >> 63);                                         \
            const uint64_t lf = m.lf & ~inside;                                                  \
            if (lf)                                                                              \
                last = at + 64 - (size_t)__builtin_clzll(lf);                                    \
        }                                                                                        \
        return last;                                                                             \
    }

DEFINE_WALKS(base, , masks_base, prefix_xor_base, flatten_base)
#ifdef HAVE_X86_VECTORS
DEFINE_WALKS(avx2, TARGET_AVX2, masks_avx2, prefix_xor_clmul, flatten_avx2)
DEFINE_WALKS(avx512, TARGET_AVX512, masks_avx512, prefix_xor_clmul, flatten_avx512)
#endif

struct walker {
    void (*index)(const char *, size_t, char, uint32_t *, struct scan_result *);
    size_t (*last_end)(const char *, size_t, uint64_t *);
};

/* The best that this processor has, up to ${best}. */
static struct walker
choose(enum scan_vectors best)
{
#ifdef HAVE_X86_VECTORS
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
                      __builtin_cpu_supports("pclmul");
    if (best >= SCAN_AVX512 && avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2"))
        return (struct walker){ index_avx512, last_end_avx512 };
    if (best >= SCAN_AVX2 && avx2)
        return (struct walker){ index_avx2, last_end_avx2 };
#endif
    (void)best;
    return (struct walker){ index_base, last_end_base };
}

void
scan_index_with(enum scan_vectors best, const char *bytes, size_t n, char delimiter, uint32_t *ends,
                struct scan_result *found)
{
    choose(best).index(bytes, n, delimiter, ends, found);
}

void
scan_index(const char *bytes, size_t n, char delimiter, uint32_t *ends, struct scan_result *found)
{
    scan_index_with(SCAN_AVX512, bytes, n, delimiter, ends, found);
}

/* The last lone CR outside quotes, for files that know no LF; the last byte may yet get its LF. */
static size_t
last_cr(const char *bytes, size_t n, uint64_t quoted)
{
    size_t last = 0;

    for (size_t i = 0; i + 1 < n; i++) {
        if (bytes[i] == '"')
            quoted = ~quoted;
        else if (bytes[i] == '\r' && !quoted)
            last = i + 1;
    }
    return last;
}

size_t
scan_last_end(const char *bytes, size_t n, struct scan_state *state)
{
    const uint64_t before = state->quoted;
    const size_t whole = n / 64 * 64;
    size_t last = choose(SCAN_AVX512).last_end(bytes, whole, &state->quoted);

    for (size_t i = whole; i < n; i++) {
        if (bytes[i] == '"')
            state->quoted = ~state->quoted;
        else if (bytes[i] == '\n' && !state->quoted)
            last = i + 1;
    }
    return last ? last : last_cr(bytes, n, before);
}

bool
scan_is_even(const char *bytes, const uint32_t *ends, const struct scan_result *found, size_t n_columns)
{
    if (found->n_ends != found->n_lines * n_columns)
        return false;
    for (size_t k = n_columns; k <= found->n_ends; k += n_columns)
        if (bytes[ends[k]] != '\n')
            return false;
    return true;
}

/* Bytes that follow the lead byte of a UTF-8 character; 0 if it leads none. */
static size_t
utf8_followers(unsigned char lead)
{
    if (lead >= 0xc2 && lead <= 0xdf)
        return 1;
    if (lead >= 0xe0 && lead <= 0xef)
        return 2;
    return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

bool
scan_is_utf8(const char *bytes, size_t n, size_t *bad)
{
    const unsigned char *p = (const unsigned char *)bytes;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x80)
            continue;
        const size_t more = utf8_followers(p[i]);
        bool good = more > 0 && i + more < n;
        if (good) {
            /* No over-long forms, no surrogates, nothing above U+10FFFF. */
            good = !((p[i] == 0xe0 && p[i + 1] < 0xa0) || (p[i] == 0xed && p[i + 1] > 0x9f) ||
                     (p[i] == 0xf0 && p[i + 1] < 0x90) || (p[i] == 0xf4 && p[i + 1] > 0x8f));
            for (size_t k = 1; k <= more; k++)
                good = good && (p[i + k] & 0xc0) == 0x80;
        }
        if (!good) {
            *bad = i;
            return false;
        }
        i += more;
    }
    return true;
}
