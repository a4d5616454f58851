# dyad: population-health outcomes in batch.  `make help` lists the targets.
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS, DESTDIR and prefix are yours; ours are ALL_*.

CC ?= cc
CFLAGS ?= -O3 -g
prefix ?= /usr/local
bindir = $(DESTDIR)$(prefix)/bin
mandir = $(DESTDIR)$(prefix)/share/man/man1
completiondir = $(DESTDIR)$(prefix)/share/bash-completion/completions

BUILD = build
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla
# -ffp-contract=off: the same bits whatever the compiler fuses.
ALL_CFLAGS = -std=c11 $(WARNINGS) -ffp-contract=off -fstack-protector-strong $(CFLAGS)
ALL_CPPFLAGS = -D_GNU_SOURCE -Iinclude $(CPPFLAGS)
ALL_LDFLAGS = -pthread $(LDFLAGS)
# Linked into the program, so that it is one file and starts at once.
STATIC_LIBS = -lgsl -lgslcblas -lRmath -lcsv -lnettle -lz
ALL_LIBS = -Wl,-Bstatic $(STATIC_LIBS) -Wl,-Bdynamic -lm $(LIBS)

LAYERS = core data stats output
LIBRARY_OBJECTS = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard $(LAYERS:%=src/%/*.c)))
PROGRAM_OBJECTS = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/programs/*.c))
UNIT_TESTS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
PUBLISHED_TESTS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/published/*.c))
HEADERS = $(wildcard include/dyad/*/*.h)

all: $(BUILD)/dyad

$(BUILD)/libraries: scripts/find-libraries
	@mkdir -p $(@D)
	@scripts/find-libraries '$(CC)' && touch $@

$(BUILD)/dyad: $(PROGRAM_OBJECTS) $(BUILD)/libdyad.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(PROGRAM_OBJECTS) $(BUILD)/libdyad.a $(ALL_LIBS)

$(BUILD)/libdyad.a: $(LIBRARY_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $(LIBRARY_OBJECTS)

$(BUILD)/%.o: src/%.c | $(BUILD)/libraries
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: tests/%.c tests/check.h $(BUILD)/libdyad.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) -Itests -MMD -MP -o $@ $< $(BUILD)/libdyad.a \
		$(ALL_LDFLAGS) $(ALL_LIBS) -lcmocka

-include $(LIBRARY_OBJECTS:.o=.d) $(PROGRAM_OBJECTS:.o=.d) $(UNIT_TESTS:%=%.d)

check-unit: $(UNIT_TESTS)
check-published: $(PUBLISHED_TESTS)
check-unit check-published:
	@for test in $^; do $$test || exit 1; done

clean:
	rm -rf $(BUILD)

.PHONY: all check-unit check-published clean
