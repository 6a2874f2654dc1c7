// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Flags that are numbers of a range.
#include "tools/retort/NumberFlag.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;

template <typename T> static std::string inWords(const Range<T> &range) {
  bool hasMost = range.most != std::numeric_limits<T>::max();
  if (range.isOpen)
    return formatv("above {0}", range.least).str() +
           (hasMost ? formatv(" and up to {0}", range.most).str() : "");
  return hasMost ? formatv("from {0} to {1}", range.least, range.most).str()
                 : formatv("of at least {0}", range.least).str();
}

static std::string shortest(double value) { return formatv("{0:F0}", value).str(); }

std::string retort::describe(const Range<int64_t> &range) { return inWords(range); }
std::string retort::describe(const Range<uint64_t> &range) { return inWords(range); }

/// The ends of such ranges are whole numbers.
std::string retort::describe(const Range<double> &range) {
  if (range.isOpen)
    return "above " + shortest(range.least) + " and up to " + shortest(range.most);
  return "from " + shortest(range.least) + " to " + shortest(range.most);
}

bool retort::readNumber(StringRef text, int64_t &value) { return !text.getAsInteger(10, value); }
bool retort::readNumber(StringRef text, uint64_t &value) { return !text.getAsInteger(10, value); }
bool retort::readNumber(StringRef text, double &value) {
  return !text.empty() && !text.getAsDouble(value);
}
