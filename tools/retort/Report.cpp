// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort report: a sweep, or a ledger, as a page to look at.
#include "lib/Support/PendingFile.h"
#include "tools/retort/Command.h"
#include "tools/retort/ReportData.h"
#include "tools/retort/ReportPage.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

static Error report();
static Command command("report", "show what compression did, as a page",
                       "retort report sizes -o sizes.html", report);
static cl::opt<std::string> input(cl::Positional, cl::desc("DIR|LEDGER"), cl::sub(command));
static cl::opt<std::string> peersFile("peers",
                                      cl::desc("other models of the same text, to compare with"),
                                      cl::value_desc("FILE.json"), cl::sub(command));
static cl::opt<std::string> output("o", cl::desc("page to write; its data go beside it, as JSON"),
                                   cl::value_desc("FILE.html"), cl::sub(command));

static Error report() {
  if (input.empty())
    return make_error<UsageError>(
        "nothing to show: expects a folder of `retort sweep`, or a ledger");
  if (!StringRef(output).ends_with(".html"))
    return make_error<UsageError>("expects -o FILE.html (found '" + output + "')");
  SmallString<256> beside(StringRef(output.getValue()));
  sys::path::replace_extension(beside, "json");
  FilePlan files;
  auto data = gatherReport(input, peersFile, files);
  if (!data)
    return data.takeError();
  files.write(output, "-o");
  files.write(beside, "-o");
  if (Error error = files.check())
    return error;
  json::Value value(std::move(*data));
  auto page = buildPage(value);
  if (!page)
    return page.takeError();
  PendingFiles pending;
  if (Error error = pending.add(output, [&](raw_ostream &stream) {
        stream << *page;
        return Error::success();
      }))
    return error;
  if (Error error = pending.add(beside, [&](raw_ostream &stream) {
        stream << formatv("{0:1}\n", value);
        return Error::success();
      }))
    return error;
  return pending.keep();
}
