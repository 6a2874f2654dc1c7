# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ends a command at a line that it says, or at a size that a file of its reaches: not after a time, which a busy machine stretches."""

import os
import shutil
import signal
import subprocess

from harness import skip, tool

# Calls the signal END_HOW in the write(2) that completes the END_COUNT-th line on stderr with the text END_LINE, or that makes
# the file END_FILE longer than END_SIZE bytes.
PRELOADED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static long number(const char *name) { return getenv(name) ? atol(getenv(name)) : 0; }
static void end(void) {
  static int ended;
  if (!ended++)
    kill(getpid(), (int)number("END_HOW"));
}
static void watch_lines(const char *text, const char *bytes, size_t size) {
  static char line[4096];
  static size_t length;
  static long count;
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != '\n') {
      length += length < sizeof(line) - 1 ? 1 : 0;
      line[length - 1] = bytes[i];
      continue;
    }
    line[length] = 0;
    length = 0;
    if (strstr(line, text) && ++count == number("END_COUNT"))
      end();
  }
}
static void watch_file(const char *path, int file) {
  struct stat written, watched;
  if (!fstat(file, &written) && !stat(path, &watched) && written.st_ino == watched.st_ino && written.st_size > number("END_SIZE"))
    end();
}
ssize_t write(int file, const void *bytes, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  ssize_t result = real(file, bytes, size);
  if (result > 0 && file == 2 && getenv("END_LINE"))
    watch_lines(getenv("END_LINE"), bytes, (size_t)result);
  if (result > 0 && file > 2 && getenv("END_FILE"))
    watch_file(getenv("END_FILE"), file);
  return result;
}
"""


def ended(folder, how, *words, **where):
    """Runs `retort words` until it gets the signal, at `line` for the `count`-th time or when `file` exceeds `size` bytes: (exit code,
    stderr)."""
    library = folder / "interrupted.so"
    if not library.exists():
        if shutil.which("cc") is None:
            skip("no C compiler")
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-ldl"], input=PRELOADED, text=True, check=True)
    environment = {**os.environ, "LD_PRELOAD": str(library), "END_HOW": str(int(how)), **{f"END_{k.upper()}": str(v) for k, v in where.items()}}
    environment["ASAN_OPTIONS"] = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
    # A shell in the background hands SIGINT on as ignored.
    result = subprocess.run([tool("retort"), *map(str, words)], capture_output=True, text=True, errors="replace", env=environment,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    return result.returncode, result.stderr
