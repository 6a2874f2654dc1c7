// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A page that shows a JSON object, and reads nothing else.
#include "tools/retort/ReportPage.h"
#include "lib/Pipeline/Diagnostics.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

/// A file of the page: beside the installed executable, or where the build found it.
static Expected<std::string> readPart(StringRef name, StringRef built) {
  static int anchor;
  SmallString<256> path(sys::path::parent_path(sys::fs::getMainExecutable("retort", &anchor)));
  sys::path::append(path, "..", "share", "retort", "report");
  sys::path::append(path, name);
  if (!sys::fs::exists(path) && !built.empty())
    path = built;
  auto file = MemoryBuffer::getFile(path);
  if (!file)
    return makeError("the page takes '" + name + "', which is not at '" + path +
                     "': expects an installation of Retort with it");
  return (*file)->getBuffer().str();
}

/// As text of a script element: a name cannot end it.
static std::string textOf(const json::Value &data) {
  std::string text = formatv("{0}", data), result;
  for (char c : text)
    c == '<' ? result += "\\u003c" : result += c;
  return result;
}

Expected<std::string> retort::buildPage(const json::Value &data) {
  auto page = readPart("page.html", RETORT_SOURCE_REPORT "/page.html"),
       style = readPart("page.css", RETORT_SOURCE_REPORT "/page.css"),
       training = readPart("training.js", RETORT_SOURCE_REPORT "/training.js"),
       script = readPart("page.js", RETORT_SOURCE_REPORT "/page.js"),
       plotly = readPart("plotly.min.js", RETORT_PLOTLY);
  for (auto *part : {&page, &style, &training, &script, &plotly})
    if (!*part)
      return joinErrors(
          joinErrors(page.takeError(), style.takeError()),
          joinErrors(training.takeError(), joinErrors(script.takeError(), plotly.takeError())));
  const std::pair<StringRef, std::string> parts[] = {{"@STYLE@", *style},
                                                     {"@DATA@", textOf(data)},
                                                     {"@PLOTLY@", *plotly},
                                                     {"@TRAINING@", *training},
                                                     {"@SCRIPT@", *script}};
  std::string result;
  StringRef rest = *page;
  for (auto &[mark, text] : parts) { // in the order of the page; what is put in is not read again
    auto [before, after] = rest.split(mark);
    result += before;
    result += text;
    rest = after;
  }
  result += rest;
  return result;
}
