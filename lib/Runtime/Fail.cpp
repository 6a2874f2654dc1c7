// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors that compiled code finds while it runs: retort_fail leaves the model and returns to
// whoever called it.
#include "lib/Runtime/Fail.h"

#include "retort/Runtime.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace retort::runtime;

namespace {
struct Frame {
  std::jmp_buf buffer;
  char message[512];
  Frame *outer;
};
} // namespace

static thread_local Frame *innermost = nullptr;

/// True where `function` returned. In a function of its own: nothing here has a destructor that a
/// jump would skip.
static bool returns(void (*function)(void *), void *argument, Frame &frame) {
  if (setjmp(frame.buffer))
    return false;
  function(argument);
  return true;
}

Status retort::runtime::callGuarded(void (*function)(void *), void *argument) {
  Frame frame;
  frame.outer = innermost;
  innermost = &frame;
  bool returned = returns(function, argument, frame);
  innermost = frame.outer;
  if (!returned)
    return Error{frame.message};
  return Done();
}

void retort_fail(const char *message) {
  if (!innermost) {
    // The code was called without the runtime: there is nowhere to go back to.
    std::fprintf(stderr, "error: %s\n", message);
    std::abort();
  }
  std::snprintf(innermost->message, sizeof(innermost->message), "%s", message);
  std::longjmp(innermost->buffer, 1);
}
