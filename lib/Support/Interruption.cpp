// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Users who end what would rather keep what is done.
#include "lib/Support/Interruption.h"

using namespace retort;

static constexpr int signals[] = {SIGINT, SIGTERM};
static volatile std::sig_atomic_t asked = 0;

Interruption::Interruption() {
  asked = 0;
  struct sigaction note = {};
  note.sa_handler = [](int) { asked = 1; };
  note.sa_flags = SA_RESETHAND | SA_RESTART;
  for (int i = 0; i < 2; ++i)
    sigaction(signals[i], &note, &before[i]);
}

Interruption::~Interruption() {
  for (int i = 0; i < 2; ++i)
    sigaction(signals[i], &before[i], nullptr);
}

bool Interruption::isAsked() { return asked != 0; }
