# dyad: population-health outcomes in batch.  `make help` lists the targets.
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS, DESTDIR and prefix are yours; ours are ALL_*.

CC ?= cc
CFLAGS ?= -O3 -g
prefix ?= /usr/local
bindir = $(DESTDIR)$(prefix)/bin
mandir = $(DESTDIR)$(prefix)/share/man/man1
completiondir = $(DESTDIR)$(prefix)/share/bash-completion/completions
datadir = $(DESTDIR)$(prefix)/share/dyad/datasets

BUILD = build
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla
# -ffp-contract=off: the same bits whatever the compiler fuses.
ALL_CFLAGS = -std=c11 $(WARNINGS) -ffp-contract=off -fstack-protector-strong $(CFLAGS)
ALL_CPPFLAGS = -D_GNU_SOURCE -Iinclude $(CPPFLAGS)
ALL_LDFLAGS = -pthread $(LDFLAGS)
# Linked into the program, so that it is one file and starts at once.
# GLPK is followed by what it is made of.
STATIC_LIBS = -lgsl -lgslcblas -lRmath -lcsv -ljansson -lnettle -lyaml -lglpk -lamd -lcolamd -lsuitesparseconfig -lgmp -lltdl -lz
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

$(BUILD)/tests/%: tests/%.c tests/check.h $(wildcard tests/*/*.h) $(BUILD)/libdyad.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) -Itests -MMD -MP -o $@ $< $(BUILD)/libdyad.a \
		$(ALL_LDFLAGS) $(ALL_LIBS) -lcmocka

-include $(LIBRARY_OBJECTS:.o=.d) $(PROGRAM_OBJECTS:.o=.d) $(UNIT_TESTS:%=%.d)

# Every header by itself, as the first thing a file includes.
check-headers: | $(BUILD)/libraries
	@for header in $(HEADERS); do \
		printf '#include "%s"\nextern int alone;\n' "$${header#include/}" | \
			$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) -fsyntax-only -x c - || \
			{ echo "$$header needs something included before it"; exit 1; }; \
	done; echo "$(words $(HEADERS)) headers stand alone"

check-layers:
	@scripts/check-layers && echo "every layer includes only what it may"

check-unit: $(UNIT_TESTS)
	@scripts/run-tests $(UNIT_TESTS)

check-published: $(PUBLISHED_TESTS) $(BUILD)/dyad
	@scripts/run-tests $(PUBLISHED_TESTS)
	@$(BUILD)/dyad reproduce datasets/registry.csv --table verdicts --format csv --quiet

check-cli: $(BUILD)/dyad
	@scripts/check-cli $(BUILD)/dyad

check: check-headers check-layers check-unit check-published check-cli

# The same under the address and undefined-behaviour sanitizers.
SANITIZERS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
asan:
	@$(MAKE) BUILD=$(BUILD)/asan CFLAGS='$(SANITIZERS)' check-unit check-published check-cli

# The command-line tests under memcheck.
valgrind: $(BUILD)/dyad
	@DYAD_WRAPPER='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
		--track-fds=no' scripts/check-cli $(BUILD)/dyad

# Every allocation of some runs made to fail, once and from there on: some minutes.
check-allocations: $(BUILD)/dyad
	@scripts/check-allocations $(BUILD)/dyad

# Each fuzz target for FUZZ_SECONDS, under both sanitizers; needs clang.
FUZZ_SECONDS = 600
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
LIBRARY_SOURCES = $(wildcard $(LAYERS:%=src/%/*.c))
fuzz: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p $(BUILD)/fuzz/$$target.corpus; \
		$(BUILD)/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/$$target.corpus tests/fuzz/corpus/$$target || exit 1; \
	done
$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIBRARY_SOURCES) $(HEADERS)
	@mkdir -p $(@D)
	clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-DDYAD_BLOCK_BYTES=64 $(ALL_CPPFLAGS) -o $@ $< $(LIBRARY_SOURCES) \
		-pthread $(ALL_LIBS)

# What a user's analyses cost, beside the programs users have today.
bench: $(BUILD)/dyad $(BUILD)/bench/meta_loop
	@scripts/bench $(BUILD)
$(BUILD)/bench/meta_loop: tests/bench/meta_loop.c $(BUILD)/libdyad.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) $(ALL_LDFLAGS) -o $@ $< $(BUILD)/libdyad.a $(ALL_LIBS)

coverage:
	@$(MAKE) BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage' check-unit check-published check-cli
	@gcov -n -r $$(find $(BUILD)/coverage -name '*.gcda') 2>/dev/null | \
		awk '/^File/ { f = $$2 } /^Lines/ { print $$2, f }' FS="'|:" | grep "src/" | sort

demo: $(BUILD)/dyad
	@scripts/demo $(BUILD)/dyad $(BUILD)/demo

# Rewrites the expected output of the command-line tests: review the difference.
golden: $(BUILD)/dyad
	@scripts/update-golden $(BUILD)/dyad

format:
	clang-format -i src/*/*.[ch] include/dyad/*/*.h tests/*.h tests/*/*.c

$(BUILD)/dyad.1: $(BUILD)/dyad scripts/make-manual
	scripts/make-manual $(BUILD)/dyad > $@
$(BUILD)/dyad.completion: $(BUILD)/dyad scripts/make-completion
	scripts/make-completion $(BUILD)/dyad > $@

DATASETS = $(shell cd datasets && find . -type f | sort)
install: $(BUILD)/dyad $(BUILD)/dyad.1 $(BUILD)/dyad.completion
	install -d $(bindir) $(mandir) $(completiondir) $(datadir)
	install -m 755 $(BUILD)/dyad $(bindir)/dyad
	install -m 644 $(BUILD)/dyad.1 $(mandir)/dyad.1
	install -m 644 $(BUILD)/dyad.completion $(completiondir)/dyad
	cd datasets && for f in $(DATASETS); do install -D -m 644 "$$f" "$(datadir)/$$f" || exit 1; done

uninstall:
	rm -f $(bindir)/dyad $(mandir)/dyad.1 $(completiondir)/dyad
	rm -rf $(datadir)

dist:
	@mkdir -p $(BUILD)
	git archive --prefix=dyad-$(VERSION)/ -o $(BUILD)/dyad-$(VERSION).tar.gz HEAD
VERSION = $(shell sed -n 's/^\#define DYAD_VERSION "\(.*\)"/\1/p' include/dyad/core/version.h)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            build $(BUILD)/dyad'
	@echo 'make demo       the main job on the data in datasets/'
	@echo 'make check      all tests: check-unit check-published check-cli check-headers check-layers'
	@echo 'make asan       the tests under the address and undefined-behaviour sanitizers'
	@echo 'make valgrind   the command-line tests under memcheck'
	@echo 'make check-allocations  every allocation made to fail once'
	@echo 'make fuzz       each fuzz target for FUZZ_SECONDS (600)'
	@echo 'make bench      time against the peers that are installed'
	@echo 'make coverage   lines that the tests reach'
	@echo 'make golden     rewrite the expected output of the command-line tests'
	@echo 'make install    program, manual page, completion, data sets: DESTDIR= prefix='
	@echo 'make uninstall dist format clean'

.PHONY: all check check-headers check-layers check-unit check-published check-cli check-allocations asan valgrind fuzz bench \
	coverage demo golden format install uninstall dist clean help
