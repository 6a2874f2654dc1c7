// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of a subcommand: what is wrong with it, and its help.
#include "tools/retort/CommandLine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <map>
#include <unistd.h>

using namespace llvm;
using namespace retort;

StringRef retort::nearestName(StringRef given, ArrayRef<StringRef> names) {
  StringRef nearest;
  unsigned least = ~0u;
  for (StringRef name : names) {
    // A name that begins so is meant more probably than one of the same length.
    unsigned distance = name.starts_with(given) ? 0 : given.edit_distance(name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

static Error unknownFlag(StringRef flag, Command &command) {
  std::vector<StringRef> names;
  for (cl::Option *option : command.flags())
    names.push_back(option->ArgStr);
  StringRef nearest = nearestName(flag.ltrim('-'), names);
  return make_error<UsageError>(("unknown flag '" + flag + "' of " + command.getName() +
                                 ": the nearest is '" + (nearest.size() == 1 ? "-" : "--") +
                                 nearest + "'")
                                    .str());
}

Expected<Asked> retort::whatIsAsked(Command &command, ArrayRef<StringRef> words) {
  StringRef model;
  std::vector<cl::Option *> flags = command.flags();
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    StringRef word = words[i];
    if (!word.starts_with("-") || word == "-") {
      if (!model.empty())
        return make_error<UsageError>(("expects one MODEL (found '" + model + "' and '" + word +
                                       "')")
                                          .str());
      model = word;
      continue;
    }
    auto [flag, value] = word.split('=');
    StringRef name = flag.drop_front(flag.starts_with("--") ? 2 : 1);
    if (name == "help" || word == "-h")
      return Asked::Help;
    if (name == "version")
      return Asked::Version;
    auto option = find_if(flags, [&](cl::Option *each) { return each->ArgStr == name; });
    if (option == flags.end())
      return unknownFlag(flag, command);
    bool takesNext = (*option)->getValueExpectedFlag() == cl::ValueRequired;
    i += takesNext && flag.size() == word.size();
  }
  return Asked::Run;
}

namespace {
/// What is written to stderr while it lives: LLVM's parsers of values print there by themselves.
class CapturedErrors {
public:
  CapturedErrors() : file(std::tmpfile()), before(dup(2)) {
    if (file)
      dup2(fileno(file), 2);
  }
  ~CapturedErrors() {
    dup2(before, 2);
    close(before);
    if (file)
      std::fclose(file);
  }
  std::string text() const {
    char bytes[1024];
    ssize_t count = file ? pread(fileno(file), bytes, sizeof(bytes), 0) : 0;
    return std::string(bytes, count > 0 ? size_t(count) : 0);
  }

private:
  std::FILE *file;
  int before;
};
} // namespace

/// The first problem that LLVM has with the command line; empty where there is none.
static std::string parse(int argc, char **argv) {
  std::string problem;
  raw_string_ostream stream(problem);
  CapturedErrors printed;
  if (cl::ParseCommandLineOptions(argc, argv, "", &stream))
    return "";
  stream << printed.text();
  StringRef first = StringRef(problem).split('\n').first;
  first.consume_front("retort: ");
  return first.empty() ? "wrong usage" : first.str();
}

Error retort::readFlags(Command &command, int argc, char **argv) {
  if (std::string problem = parse(argc, argv); !problem.empty())
    return make_error<UsageError>(problem);
  for (const CheckedFlag *flag : command.checks)
    if (Error error = flag->check())
      return error;
  return Error::success();
}

void retort::printHelp(Command &command) {
  outs() << "retort " << command.getName() << ": " << command.getDescription()
         << "\n\nexample: " << command.example << "\n";
  std::map<StringRef, std::vector<cl::Option *>> groups; // those without a category come first
  size_t width = 0;
  for (cl::Option *option : command.flags()) {
    StringRef group = option->Categories.front()->getName();
    groups[group == cl::getGeneralCategory().getName() ? "" : group].push_back(option);
    width = std::max(width, option->getOptionWidth());
  }
  for (auto &[name, options] : groups) {
    outs() << "\n" << (name.empty() ? "Flags" : name) << ":\n";
    for (cl::Option *option : options)
      option->printOptionInfo(width);
  }
}
