// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tool says when it fails: one line, however long the names in it are.
#include "lib/Support/ErrorLine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Signals.h"

#include <atomic>
#include <csignal>
#include <unistd.h>

using namespace llvm;
using namespace retort;

static constexpr size_t longest = 190;

/// Where the longest text between single or double quotes lies; all of the line where it has none
/// that is worth shortening.
static std::pair<size_t, size_t> longestQuote(StringRef line) {
  std::pair<size_t, size_t> best(0, 0);
  for (size_t begin = 0; (begin = line.find_first_of("'\"", begin)) != StringRef::npos;) {
    size_t end = line.find(line[begin], begin + 1);
    if (end == StringRef::npos)
      end = line.size(); // the name has quotes itself
    if (end - begin - 1 > best.second)
      best = {begin + 1, end - begin - 1};
    begin = end + 1;
  }
  return best.second > 24 ? best : std::pair<size_t, size_t>(0, line.size());
}

static bool isInsideCharacter(char byte) { return (byte & 0xc0) == 0x80; }

/// Without what is too much in the middle of `size` bytes at `begin`: names end in what tells most.
static std::string withoutMiddle(StringRef line, size_t begin, size_t size, size_t excess) {
  static constexpr StringLiteral gap = "...";
  size_t kept = size > excess + gap.size() + 16 ? size - excess - gap.size() : 16;
  size_t head = begin + kept / 3, tail = begin + size - (kept - kept / 3);
  while (head > begin && isInsideCharacter(line[head]))
    --head;
  while (tail < begin + size && isInsideCharacter(line[tail]))
    ++tail;
  return (line.take_front(head) + gap + line.drop_front(tail)).str();
}

static std::string shortened(StringRef text) {
  std::string line = json::isUTF8(text) ? text.str() : json::fixUTF8(text);
  for (char &byte : line)
    if (uint8_t(byte) < ' ' || byte == 0x7f)
      byte = byte == '\n' || byte == '\t' ? ' ' : '?';
  while (line.size() > longest) {
    auto [begin, size] = longestQuote(line);
    line = withoutMiddle(line, begin, size, line.size() - longest);
  }
  return line;
}

std::string retort::errorLine(StringRef message) {
  static constexpr StringLiteral note = "\n  note: ";
  std::string result = "error: ";
  for (size_t end = message.find(note); end != StringRef::npos; end = message.find(note)) {
    result += shortened(message.take_front(end)) + note.str();
    message = message.drop_front(end + note.size());
  }
  return result + shortened(message);
}

static void endAfterBusError(int) {
  static constexpr char text[] = "error: a file was cut off while it was read\n";
  // Threads that read the same file fault together: the first one speaks, the others wait for its end.
  static std::atomic_flag isEnding = ATOMIC_FLAG_INIT;
  while (isEnding.test_and_set())
    pause();
  sys::RunInterruptHandlers(); // removes temporary files
  (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
  _exit(1);
}

void retort::explainBusErrors() {
  struct sigaction action = {};
  action.sa_handler = endAfterBusError;
  sigaction(SIGBUS, &action, nullptr);
}
