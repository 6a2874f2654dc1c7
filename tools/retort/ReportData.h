// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a report shows, as one JSON object.
#ifndef RETORT_TOOLS_RETORT_REPORTDATA_H
#define RETORT_TOOLS_RETORT_REPORTDATA_H

#include "lib/Support/FilePlan.h"

#include "llvm/Support/JSON.h"

namespace retort {

/// `path` is the folder of a sweep, or a ledger; `peers` (may be empty) a list of other models of
/// the same text. Adds what is read to `files`.
///
///     {"title", "subtitle", "sweep": sweep.json, "peers": [{"name", "bytes", "kl", "perplexity"}],
///      "ledgers": [{"name", "records", "declined", "training": as trainingRuns tells}]}
llvm::Expected<llvm::json::Object> gatherReport(llvm::StringRef path, llvm::StringRef peers,
                                                FilePlan &files);

} // namespace retort

#endif
