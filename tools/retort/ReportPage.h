// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A page that shows a JSON object, and reads nothing else.
#ifndef RETORT_TOOLS_RETORT_REPORTPAGE_H
#define RETORT_TOOLS_RETORT_REPORTPAGE_H

#include "llvm/Support/JSON.h"

namespace retort {

/// report/page.html with its style, script, plotly.js and `data` in it. An error where the folder
/// of these files lacks one.
llvm::Expected<std::string> buildPage(const llvm::json::Value &data);

} // namespace retort

#endif
