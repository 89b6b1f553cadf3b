# SPDX-License-Identifier: Apache-2.0
# The few words of this tree; meson and ninja stand behind them.
#
#   make build       build/thimd, build/thim, build/thim-sim
#   make run         simulator and service, once around (ONCE=1, WORLD=DIR AT=TIME)
#   make test        every test but the long ones; ends in "N passed, N failed, N skipped"
#   make test-long   the long ones
#   make bench       beside nginx and a bare loop; verdicts beside bare signatures; with a
#                    million platforms (14 GB on disk, 10 minutes; BENCH_PLATFORMS=N for
#                    fewer): bench/out/*.json
#   make fuzz        every fuzz target for FUZZ_S seconds (clang)
#   make layers      who may include whom
#   make format      clang-format over everything; format-check only looks
#   make tidy        clang-tidy over everything
#   make install     into DESTDIR, PREFIX and LIBDIR
#   make clean
#
# build, run, test and bench install what Debian packages they lack, as root or through
# sudo, and otherwise name them: packages.txt. PACKAGES=skip does without.

BUILD = build
PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
FUZZ_S = 30
SOURCES = find src include doc sim bench tests -name '*.[ch]'

export BUILD FUZZ_S

CONFIGURE = [ -f $(BUILD)/build.ninja ] || meson setup $(BUILD)
WITH_TESTS = [ -f $(BUILD)/with-tests ] || \
	{ meson configure $(BUILD) -Dtests=enabled && touch $(BUILD)/with-tests; }
# tests that do not compile are a failure to be counted, too
COMPILE_TESTS = ninja -C $(BUILD) || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

.PHONY: build run test test-long bench fuzz layers format format-check tidy install \
	install-files clean tests-built

build:
	@tools/install-packages run build
	@$(CONFIGURE)
	ninja -C $(BUILD) thimd thim thim-sim libthim.so.1 libthim.a

run: build
	@tools/run

tests-built:
	@tools/install-packages run build test
	@$(CONFIGURE)
	@$(WITH_TESTS)
	@$(COMPILE_TESTS)

test: tests-built
	@tools/test-summary $(BUILD) --no-suite long

test-long: tests-built
	@tools/test-summary $(BUILD) --suite long

bench:
	@tools/install-packages run build test dev
	@$(CONFIGURE)
	@$(WITH_TESTS)
	ninja -C $(BUILD) thimd thim thim-sim fleet verdicts
	@bench/run
	@bench/verify
	@bench/platforms

fuzz:
	@tools/fuzz

layers:
	@tools/layers

format:
	$(SOURCES) | xargs clang-format -i

format-check:
	@$(SOURCES) | xargs clang-format --dry-run -Werror
	@echo "format: every file is as .clang-format has it"

tidy:
	@[ -f build-tidy/build.ninja ] || CC=clang meson setup build-tidy -Dtests=enabled
	@tools/tidy build-tidy

install: build
	@$(MAKE) --no-print-directory install-files

# what has been built, where it belongs
install-files:
	install -D -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/thimd $(BUILD)/thim $(BUILD)/thim-sim
	install -D -m 644 -t $(DESTDIR)$(LIBDIR) $(BUILD)/libthim.so.1 $(BUILD)/libthim.a
	ln -sf libthim.so.1 $(DESTDIR)$(LIBDIR)/libthim.so
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|' \
		-e "s|@VERSION@|$$(sed -n 's/^#define THIM_VERSION "\(.*\)".*/\1/p' include/thim.h)|" \
		src/lib/thim.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/thim.pc
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include include/thim.h
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man3 doc/libthim.3
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/thim/examples doc/examples/*.c
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/thim doc/thim.yaml \
		doc/azure-like.yaml doc/policy.md doc/verify.md LICENSE README.md

clean:
	rm -rf $(BUILD) build-* bench/out .run
