#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libthim as those have it who use it: installed, compiled against, linked, and run on what
Intel and AMD have really signed."""

import contextlib
import os
import re
import shutil
import ssl
import subprocess
import tempfile

from harness import BUILD, SOURCE, Skip, equal, shared, tell

SHARED_LIBRARY = os.path.join(BUILD, "libthim.so.1")
STATIC_LIBRARY = os.path.join(BUILD, "libthim.a")
HEADER = os.path.join(SOURCE, "include", "thim.h")
LIST = os.path.join(SOURCE, "src", "lib", "libthim.sym")
EXAMPLES = ["verify_quote", "verify_report"]
# what a library in somebody else's process does not do
NEVER = {"exit", "_exit", "quick_exit", "system", "fork", "execve", "signal", "sigaction",
         "printf", "puts", "putchar", "perror", "fputs", "stdout", "stderr", "__printf_chk",
         "fopen", "open", "open64", "socket", "connect", "getenv", "setenv", "setlocale",
         "time", "clock_gettime", "gettimeofday", "srand", "rand", "syslog",
         "pthread_create"}


def run(*arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120,
                          **more)


def told(*arguments, **more):
    """What a command prints that must go well."""
    done = run(*arguments, **more)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def tool(*names):
    for name in names:
        if shutil.which(name):
            return name
    raise Skip("there is no %s" % " or ".join(names))


def is_sanitized():
    return any("lib" + name in told("readelf", "-d", SHARED_LIBRARY)
               or "__%s_init" % name in told("nm", "-D", SHARED_LIBRARY)
               for name in ("asan", "tsan", "ubsan"))


def functions_of_header():
    with open(HEADER, encoding="ascii") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    return sorted(re.findall(r"\b(thim_[a-z_]+)\(", text))


def the_shared_library_shows_what_list_and_header_have_and_nothing_else():
    with open(LIST, encoding="ascii") as file:
        listed = re.findall(r"^\s+(thim_[a-z_]+);$", file.read(), flags=re.M)
    header = functions_of_header()
    equal(len(header), len(set(header)), "once each")
    equal(listed, header, "list and header")
    shown = [line.split()[-1] for line in
             told("nm", "-D", "--defined-only", SHARED_LIBRARY).splitlines()]
    shown = sorted(name for name in shown if not name.startswith("THIM_1"))
    equal(shown, [name + "@@THIM_1" for name in header], "shown")


def the_static_library_shows_the_same_and_has_no_state():
    shown, state = [], []
    for line in told("nm", STATIC_LIBRARY).splitlines():
        words = line.split()
        if len(words) != 3:
            continue
        if words[1].isupper() and words[1] not in "UWV":
            shown.append(words[2])
        if words[1] in "dDbBC":
            state.append(words[2])
    if is_sanitized():
        raise Skip("sanitizers have state of their own")
    equal(sorted(shown), functions_of_header(), "shown")
    # tables of pointers are relocated, and never written after that: .data.rel.ro
    sections = told("objdump", "-t", STATIC_LIBRARY)
    writable = re.findall(r"^\S+ .{7} (\.(?:data|bss|tdata|tbss)\S*)\s+(\S+)\s+(\S+)$",
                          sections, flags=re.M)
    written = [name for section, size, name in writable
               if not section.startswith(".data.rel.ro") and int(size, 16) > 0]
    equal(written, [], "state, of %r" % state)


def it_needs_libcrypto_and_libc_alone_and_its_name_is_libthim_so_1():
    dynamic = told("readelf", "-d", SHARED_LIBRARY)
    equal(re.findall(r"SONAME.*\[(.*)\]", dynamic), ["libthim.so.1"])
    needed = {name for name in re.findall(r"NEEDED.*\[(.*)\]", dynamic)
              if not re.match(r"lib[atu]\w*san", name)}
    assert needed <= {"libcrypto.so.3", "libc.so.6", "libgcc_s.so.1", "libm.so.6"} \
        if is_sanitized() else needed == {"libcrypto.so.3", "libc.so.6"}, needed


def it_calls_nothing_that_prints_exits_opens_or_tells_the_time():
    if is_sanitized():
        raise Skip("sanitizers do as they like")
    called = {line.split()[-1].split("@")[0] for line in
              told("nm", "-D", "--undefined-only", SHARED_LIBRARY).splitlines()}
    equal(sorted(called & NEVER), [])


def the_header_is_c_and_cpp_of_any_standard_without_a_warning():
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only",
              "-I", os.path.dirname(HEADER)]
    source = "#include <thim.h>\n#include <thim.h>\n"
    tried = 0
    for compiler, language, standards in [
            ("gcc", "c", ["c99", "c11", "c17"]), ("clang", "c", ["c99", "c11", "c17"]),
            ("g++", "c++", ["c++11", "c++20"]), ("clang++", "c++", ["c++11", "c++20"])]:
        for standard in standards if shutil.which(compiler) else []:
            told(compiler, "-x", language, "-std=" + standard, *strict, "-", input=source)
            tried += 1
    if not shutil.which("g++") and not shutil.which("clang++"):
        raise Skip("there is no C++ compiler; C is well")
    assert tried > 0


@contextlib.contextmanager
def installed():
    """A prefix of its own, and how to compile against it."""
    if is_sanitized():
        raise Skip("programs without sanitizers cannot load it")
    with tempfile.TemporaryDirectory(prefix="thim-") as prefix:
        told("make", "-s", "-C", SOURCE, "install-files", "PREFIX=" + prefix,
             "BUILD=" + os.path.abspath(BUILD), env={**os.environ, "MAKEFLAGS": ""})
        yield prefix


def pkg_config(prefix, *arguments):
    return told(tool("pkg-config", "pkgconf"), *arguments, "thim",
                env={**os.environ, "PKG_CONFIG_PATH": os.path.join(
                    prefix, "lib", "pkgconfig")}).split()


def compiled(prefix, example, *more, language=("-std=c99",)):
    program = os.path.join(prefix, example)
    source = os.path.join(prefix, "share", "doc", "thim", "examples", example + ".c")
    told(tool("cc", "gcc", "clang"), *language, "-Wall", "-Wextra", "-Werror", "-o", program,
         source, *pkg_config(prefix, "--cflags", "--libs"), *more)
    return program


def loading(prefix):
    return {**os.environ, "LD_LIBRARY_PATH": os.path.join(prefix, "lib")}


def what_is_installed_compiles_links_and_runs_shared():
    with installed() as prefix:
        for example in EXAMPLES:
            program = compiled(prefix, example)
            done = run(program, env=loading(prefix))
            equal((done.returncode, done.stderr[:6]), (2, "usage:"), example)
        assert os.path.exists(os.path.join(prefix, "share", "man", "man3", "libthim.3"))


def and_static():
    with installed() as prefix:
        libraries = pkg_config(prefix, "--static", "--libs")
        assert "-lcrypto" in libraries, libraries
        os.remove(os.path.join(prefix, "lib", "libthim.so"))
        for example in EXAMPLES:
            program = compiled(prefix, example, *libraries)
            assert "libthim" not in told("readelf", "-d", program)
            equal(run(program).returncode, 2, example)


def header_library_and_package_have_one_version():
    with installed() as prefix:
        source = '#include <stdio.h>\n#include <thim.h>\n' \
            'int main(void) { printf("%s %s\\n", THIM_VERSION, thim_version()); return 0; }\n'
        program = os.path.join(prefix, "version")
        told("cc", "-x", "c", "-", "-o", program,
             *pkg_config(prefix, "--cflags", "--libs"), input=source)
        version = pkg_config(prefix, "--modversion")[0]
        equal(told(program, env=loading(prefix)).split(), [version, version])
        with open(os.path.join(SOURCE, "meson.build"), encoding="ascii") as file:
            equal(re.search(r"^  version: '(.*)',", file.read(), re.M).group(1), version)


def the_manual_is_well_formed():
    done = run(tool("groff"), "-mandoc", "-Tutf8", "-ww", "-z",
               os.path.join(SOURCE, "doc", "libthim.3"))
    equal((done.returncode, done.stderr), (0, ""))


# ---- the examples, on what vendors have signed --------------------------------------------

def pem_of(*ders):
    pem = ""
    for name in ders:
        with open(shared("vectors", "intel", "certs", name + ".der"), "rb") as file:
            pem += ssl.DER_cert_to_PEM_cert(file.read())
    return pem


def lay_out(directory):
    """near-tdx-1 of CASES.tsv, with the collateral of its day."""
    files = {
        "quote": "quotes/tdx/near-tdx-1.bin",
        "tcb_info": "tcbinfo/tdx/b0c06f000000/v3-eval19-20260811T003645Z.json",
        "qe_identity": "identity/td-qe/v2-eval19-20260812T235743Z.json",
        "root_ca_crl": "crl/root/20260226T130400Z.der",
        "pck_crl": "crl/platform/20260812T235711Z.der",
    }
    for name, source in files.items():
        shutil.copy(shared("vectors", "intel", *source.split("/")),
                    os.path.join(directory, name))
    chains = {
        "pck_crl_issuer_chain": ["intel-sgx-pck-platform-ca", "intel-sgx-root-ca"],
        "tcb_info_issuer_chain": ["intel-sgx-tcb-signing-2025", "intel-sgx-root-ca"],
    }
    for name, ders in chains.items():
        with open(os.path.join(directory, name), "w", encoding="ascii") as file:
            file.write(pem_of(*ders))


def change(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


AT = "1786622400"


def a_real_quote_is_believed_and_one_byte_away_it_is_not():
    with installed() as prefix, tempfile.TemporaryDirectory() as directory:
        lay_out(directory)
        program = compiled(prefix, "verify_quote")
        quote = os.path.join(directory, "quote")

        def verdict(at=AT, policy=""):
            done = run(program, quote, directory, policy, at, env=loading(prefix))
            return done.returncode, done.stdout + done.stderr

        answer, said = verdict()
        equal(answer, 0, said)
        assert "status       UpToDate" in said and "mrtd" in said, said
        answer, said = verdict(at="1886622400")
        equal(answer, 1, said)
        assert "_expired" in said and "mrtd" not in said, said
        policy = os.path.join(directory, "policy.json")
        with open(policy, "w", encoding="ascii") as file:
            file.write('{"min_evaluation_data_number": 20}')
        answer, said = verdict(policy=policy)
        equal(answer, 1, said)
        assert "min_evaluation_data_number" in said and "mrtd" in said, said
        change(quote, 48 + 136)  # MRTD
        answer, said = verdict()
        equal(answer, 1, said)
        assert "invalid_quote_signature" in said and "mrtd" not in said, said
        change(os.path.join(directory, "tcb_info"), 200)
        answer, said = verdict()
        equal(answer, 3, said)


def a_real_report_is_believed_and_one_byte_away_it_is_not():
    with installed() as prefix, tempfile.TemporaryDirectory() as directory:
        milan = shared("vectors", "amd", "milan")
        case = os.path.join(milan, "tav-v3")
        report = os.path.join(directory, "report")
        shutil.copy(os.path.join(case, "report.bin"), report)
        program = compiled(prefix, "verify_report")

        def verdict():
            done = run(program, report, os.path.join(case, "vcek.der"),
                       os.path.join(milan, "cert_chain_vcek.pem"), "", AT,
                       env=loading(prefix))
            return done.returncode, done.stdout + done.stderr

        answer, said = verdict()
        equal(answer, 0, said)
        assert '"revocation":"unchecked"' in said.replace(" ", ""), said
        change(report, 0x90)  # measurement
        answer, said = verdict()
        equal(answer, 1, said)
        assert "invalid_report_signature" in said, said


tell(the_shared_library_shows_what_list_and_header_have_and_nothing_else,
     the_static_library_shows_the_same_and_has_no_state,
     it_needs_libcrypto_and_libc_alone_and_its_name_is_libthim_so_1,
     it_calls_nothing_that_prints_exits_opens_or_tells_the_time,
     the_header_is_c_and_cpp_of_any_standard_without_a_warning,
     what_is_installed_compiles_links_and_runs_shared,
     and_static,
     header_library_and_package_have_one_version,
     the_manual_is_well_formed,
     a_real_quote_is_believed_and_one_byte_away_it_is_not,
     a_real_report_is_believed_and_one_byte_away_it_is_not)
