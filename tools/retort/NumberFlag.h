// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Flags that are numbers of a range. They are read as text, so that whatever is wrong with one gets
// the same message: the flag, its range, and what was found.
#ifndef RETORT_TOOLS_RETORT_NUMBERFLAG_H
#define RETORT_TOOLS_RETORT_NUMBERFLAG_H

#include "tools/retort/Command.h"

#include <limits>

namespace retort {

/// Both ends belong to it, unless `isOpen` leaves out the least.
template <typename T> struct Range {
  T least = std::numeric_limits<T>::lowest(), most = std::numeric_limits<T>::max();
  bool isOpen = false;

  bool holds(T value) const { // a NaN is in no range
    return (isOpen ? value > least : value >= least) && value <= most;
  }
};

/// "from 0 to 1024", "of at least 0", "above 0 and up to 1".
std::string describe(const Range<int64_t> &range);
std::string describe(const Range<uint64_t> &range);
std::string describe(const Range<double> &range);

/// False where `text` is no such number.
bool readNumber(llvm::StringRef text, int64_t &value);
bool readNumber(llvm::StringRef text, uint64_t &value);
bool readNumber(llvm::StringRef text, double &value);

/// The most tokens of a text: whatever is longer is a mistake.
inline constexpr int64_t mostTokens = int64_t(1) << 30;

template <typename T> class NumberFlag : public CheckedFlag {
public:
  NumberFlag(Command &command, llvm::StringRef name, llvm::StringRef description,
             llvm::StringRef placeholder, T initial, Range<T> range)
      : CheckedFlag(command),
        text(name, llvm::cl::desc(description), llvm::cl::value_desc(placeholder),
             llvm::cl::sub(command)),
        initial(initial), range(range) {}

  operator T() const {
    T value = initial;
    if (isGiven())
      readNumber(text.getValue(), value);
    return value;
  }
  bool isGiven() const { return text.getNumOccurrences() > 0; }
  void addCategory(llvm::cl::OptionCategory &category) { text.addCategory(category); }

  llvm::Error check() const override {
    T value = initial;
    bool isNumber = !isGiven() || readNumber(text.getValue(), value);
    if (isNumber && (!isGiven() || range.holds(value)))
      return llvm::Error::success();
    std::string message = ("expects --" + text.ArgStr + " " + describe(range) + " (found " +
                           (text.getValue().empty() ? "nothing" : text.getValue()) + ")")
                              .str();
    if (!isNumber)
      return llvm::make_error<UsageError>(message);
    return llvm::createStringError(message);
  }

private:
  llvm::cl::opt<std::string> text;
  T initial;
  Range<T> range;
};

} // namespace retort

#endif
