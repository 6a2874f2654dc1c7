// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --progress: how far a command is, on stderr.
#include "tools/retort/ProgressBar.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;
using namespace retort;

using namespace std::chrono_literals;

// What a bar is worth watching for, and how often it changes.
static constexpr auto delay = 2000ms, interval = 200ms;

static constexpr std::pair<const char *, double> shareOfPhase[] = {
    {"import", 0.03}, {"raise", 0.09},   {"recognize", 0.12}, {"compress", 0.12},
    {"lower", 0.1},   {"codegen", 0.24}, {"emit", 0.3}};

void ProgressShares::begin(StringRef phase, Clock::time_point now) {
  double sum = 0;
  bool wasCompiling = share < 1;
  first = 0;
  share = 1;
  for (auto [each, part] : shareOfPhase) {
    if (phase == each) {
      first = sum;
      share = part;
    }
    sum += part;
  }
  // A compilation is one row; whatever comes after is measured for itself.
  if (share == 1 || !wasCompiling)
    start = now;
  done = known = 0;
  hasAdvanced = false;
  name = phase.str();
}

void ProgressShares::advance(double part, Clock::time_point now) {
  done = part;
  // What a phase of its own begins with was done before, or is not like what follows.
  if (share == 1 && !hasAdvanced) {
    known = part;
    start = now;
  }
  hasAdvanced = true;
}

double ProgressShares::fraction() const { return first + share * std::clamp(done, 0.0, 1.0); }

std::string ProgressShares::line(Clock::time_point now) const {
  constexpr size_t width = 20;
  auto full = size_t(fraction() * double(width));
  std::string bar = std::string(full, '#') + std::string(width - full, ' ');
  double elapsed = std::chrono::duration<double>(now - start).count();
  std::string left =
      fraction() - known > 0.02
          ? formatv("{0:F0} s left", elapsed / (fraction() - known) * (1 - fraction())).str()
          : "";
  return formatv("{0,-9} [{1}] {2,3} %  {3}", name, bar, int(fraction() * 100), left);
}

ProgressBar::ProgressBar(Command &command)
    : mode(command, "progress", "how far the work is, on stderr:",
           {{"auto", "a bar, on a terminal, after two seconds", ProgressMode::Auto},
            {"plain", "lines", ProgressMode::Plain},
            {"none", "nothing", ProgressMode::None}}) {}

void ProgressBar::begin(StringRef phase) {
  std::lock_guard<std::mutex> lock(mutex);
  shares.begin(phase, ProgressShares::Clock::now());
  printed = 0;
  if (mode == ProgressMode::Plain)
    printLine();
  bool draws = mode == ProgressMode::Auto && errs().is_displayed() && !finished;
  if (!draws || drawer.joinable())
    return;
  shownFrom = ProgressShares::Clock::now() + delay;
  drawer = std::thread([this] { draw(); });
}

void ProgressBar::printLine() {
  errs() << "progress: " << shares.line(ProgressShares::Clock::now()) << "\n";
}

void ProgressBar::advance(double part) {
  std::lock_guard<std::mutex> lock(mutex);
  shares.advance(part, ProgressShares::Clock::now());
  // A compilation has a line for each phase; a long phase of its own has some.
  int tenths = int(part * 10);
  if (mode == ProgressMode::Plain && shares.fraction() == part && tenths > printed) {
    printed = tenths;
    printLine();
  }
}

void ProgressBar::say(const std::string &line) {
  if (mode == ProgressMode::None)
    return;
  clear();
  std::lock_guard<std::mutex> lock(mutex);
  errs() << "progress: " << line << "\n";
}

void ProgressBar::clear() {
  std::lock_guard<std::mutex> lock(mutex);
  if (visible)
    errs() << "\r\x1b[K";
  visible = false;
}

void ProgressBar::finish() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    finished = true;
  }
  wake.notify_all();
  if (drawer.joinable())
    drawer.join();
  clear();
}

void ProgressBar::draw() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!wake.wait_for(lock, interval, [&] { return finished; })) {
    auto now = ProgressShares::Clock::now();
    if (now < shownFrom)
      continue;
    errs() << "\r" << shares.line(now) << "\x1b[K";
    visible = true;
  }
}
