// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Flags that take one of a few names: a name that is none of them gets a message that lists them.
#ifndef RETORT_TOOLS_RETORT_CHOICEFLAG_H
#define RETORT_TOOLS_RETORT_CHOICEFLAG_H

#include "tools/retort/Command.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace retort {

template <typename T> struct Choice {
  const char *name, *description;
  T value;
};

/// The first choice is the default.
template <typename T> class ChoiceFlag : public CheckedFlag {
public:
  ChoiceFlag(Command &command, llvm::StringRef name, llvm::StringRef description,
             std::vector<Choice<T>> choices)
      : CheckedFlag(command), choices(std::move(choices)), help(describe(description)),
        names(join("|")),
        text(name, llvm::cl::desc(help), llvm::cl::value_desc(names), llvm::cl::sub(command)) {}

  operator T() const { return chosen().value; }
  bool isGiven() const { return text.getNumOccurrences() > 0; }
  /// What the user would write.
  llvm::StringRef spelling() const { return chosen().name; }

  llvm::Error check() const override {
    if (text.getNumOccurrences() == 0 || find())
      return llvm::Error::success();
    return llvm::make_error<UsageError>(("unknown value '" + llvm::StringRef(text.getValue()) +
                                         "' of --" + text.ArgStr + ": expects one of " + join(", "))
                                            .str());
  }

private:
  const Choice<T> &chosen() const {
    const Choice<T> *found = find();
    return found ? *found : choices.front();
  }
  const Choice<T> *find() const {
    auto it = llvm::find_if(choices, [&](const Choice<T> &c) { return text.getValue() == c.name; });
    return it == choices.end() ? nullptr : &*it;
  }
  std::string join(llvm::StringRef between) const {
    return llvm::join(
        llvm::map_range(choices, [](const Choice<T> &c) { return llvm::StringRef(c.name); }),
        between);
  }
  std::string describe(llvm::StringRef description) const {
    std::string lines = description.str();
    for (const Choice<T> &choice : choices)
      lines += std::string("\n") + choice.name + ": " + choice.description;
    return lines;
  }

  std::vector<Choice<T>> choices;
  std::string help, names; // which `text` refers to
  llvm::cl::opt<std::string> text;
};

} // namespace retort

#endif
