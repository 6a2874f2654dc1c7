// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pipelines of passes as text.
#include "lib/Pipeline/PassText.h"
#include "lib/Pipeline/Diagnostics.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace retort;

llvm::Error retort::addPasses(OpPassManager &pm, StringRef text, const Twine &source) {
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (text.empty() || succeeded(parsePassPipeline(text, pm, stream)))
    return llvm::Error::success();
  // MLIR's text is three lines, the message in the first, behind the parser's own place.
  StringRef message = StringRef(problem).split('\n').first;
  size_t mark = message.find("error: ");
  return makeError(source + (mark == StringRef::npos ? message : message.substr(mark + 7)));
}
