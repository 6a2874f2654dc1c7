// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts that end a continuation where they occur in it.
#ifndef RETORT_LIB_TEXT_STOPTEXTS_H
#define RETORT_LIB_TEXT_STOPTEXTS_H

#include <string>
#include <vector>

namespace retort::text {

/// A text that comes in parts: what may yet become one of the stops is held back.
class StopTexts {
public:
  explicit StopTexts(std::vector<std::string> stops) : stops(std::move(stops)) {}

  /// What can be shown, now that `part` has come: up to the first stop.
  std::string push(const std::string &part);
  /// What was held back.
  std::string finish();
  /// Whether a stop has occurred; nothing is shown from then on.
  bool reached() const { return found; }

private:
  std::vector<std::string> stops; // none is empty
  std::string held;
  bool found = false;
};

} // namespace retort::text

#endif
