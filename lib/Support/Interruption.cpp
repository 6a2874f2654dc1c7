// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Users who end what would rather keep what is done.
#include "lib/Support/Interruption.h"

#include "llvm/Support/Signals.h"

#include <csignal>

using namespace retort;

static constexpr int signals[] = {SIGINT, SIGTERM};
static volatile std::sig_atomic_t asked = 0;
static struct sigaction before[2];

static void handOver() {
  for (int i = 0; i < 2; ++i)
    sigaction(signals[i], &before[i], nullptr);
}

Interruption::Interruption() {
  // LLVM's handlers, which remove temporary files, come with the first such file. Were that one
  // made later, they would stand before these: a file that is being written would be gone, and the
  // process would go on.
  llvm::sys::RemoveFileOnSignal("");
  llvm::sys::DontRemoveFileOnSignal("");
  asked = 0;
  struct sigaction note = {};
  note.sa_handler = [](int) {
    asked = 1;
    handOver();
  };
  note.sa_flags = SA_RESTART;
  for (int i = 0; i < 2; ++i)
    sigaction(signals[i], &note, &before[i]);
}

Interruption::~Interruption() { handOver(); }

bool Interruption::isAsked() { return asked != 0; }
