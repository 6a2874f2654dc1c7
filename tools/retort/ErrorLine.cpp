// The one line that says what went wrong.
#include "tools/retort/ErrorLine.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <unistd.h>

using namespace llvm;
using namespace retort;

// With "error: " before it, a line stays below 200 bytes.
static constexpr size_t longest = 190, longestWord = 44;
static constexpr StringRef ellipsis = "...";

static bool continuesCharacter(char c) { return (c & 0xc0) == 0x80; }

/// The first `head` bytes of a text and the last ones, `size` in all.
static std::string withoutMiddle(StringRef text, size_t size, size_t head) {
  if (text.size() <= size)
    return text.str();
  size_t first = head, last = text.size() - (size - head - ellipsis.size());
  while (first > 0 && continuesCharacter(text[first]))
    --first;
  while (last < text.size() && continuesCharacter(text[last]))
    ++last;
  return (text.take_front(first) + ellipsis + text.substr(last)).str();
}

/// Long words are paths and values, of which the end says most.
static std::string shortened(StringRef line) {
  if (line.size() <= longest)
    return line.str();
  SmallVector<StringRef> words;
  line.split(words, ' ');
  std::string result;
  for (StringRef word : words)
    result += (result.empty() ? "" : " ") + withoutMiddle(word, longestWord, 8);
  return withoutMiddle(result, longest, longest / 2);
}

std::string retort::shownLines(StringRef message) {
  std::string valid = json::isUTF8(message) ? message.str() : json::fixUTF8(message);
  SmallVector<StringRef> lines;
  StringRef(valid).split(lines, '\n');
  std::string shown;
  for (StringRef line : lines) {
    std::string printable = line.str();
    for (char &c : printable)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        c = '?';
    shown += (shown.empty() ? "" : "\n") + shortened(printable);
  }
  return shown;
}

int retort::fail(StringRef message, int code) {
  outs().flush(); // what was found comes before what is wrong with it
  outs().clear_error();
  errs() << "error: " << shownLines(message) << "\n";
  return code;
}

static void endOnBusError(int) {
  static constexpr char message[] = "error: a file was cut off while it was read\n";
  ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
  (void)ignored;
  _exit(1);
}

void retort::explainBusErrors() {
  struct sigaction action = {};
  action.sa_handler = endOnBusError;
  sigaction(SIGBUS, &action, nullptr);
}
