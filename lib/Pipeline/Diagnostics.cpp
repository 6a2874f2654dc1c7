// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns the diagnostics of a compilation into one error, and prints the rest.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/Progress.h"

#include "mlir/IR/Location.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace retort;

llvm::Error retort::makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// The name that a location carries: that of a node of the model.
static std::string placeOf(Location location) {
  std::string place;
  location->walk([&](Location inner) {
    if (auto named = dyn_cast<NameLoc>(inner); named && place.empty())
      place = named.getName().str();
    return WalkResult::advance();
  });
  return place;
}

static std::string lineOf(const std::string &model, Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  // A message that names its file already needs no second name.
  std::string line = StringRef(text).contains(model) ? text : model + ": " + text;
  if (std::string place = placeOf(diagnostic.getLocation()); !place.empty())
    line += " (at '" + place + "')";
  for (Diagnostic &note : diagnostic.getNotes())
    line += "\n  note: " + note.str();
  return line;
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context, std::string model,
                                         Progress *progress)
    : model(std::move(model)), progress(progress),
      handler(context, [this](Diagnostic &diagnostic) { return handle(diagnostic); }) {}

LogicalResult DiagnosticCollector::handle(Diagnostic &diagnostic) {
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    if (first.empty())
      first = lineOf(model, diagnostic);
    break;
  case DiagnosticSeverity::Warning:
    if (progress)
      progress->clear();
    llvm::errs() << "warning: " << lineOf(model, diagnostic) << "\n";
    break;
  default:
    break; // remarks reach the user through the ledger
  }
  return success();
}

llvm::Error DiagnosticCollector::take(StringRef otherwise) {
  return makeError(first.empty() ? model + ": " + otherwise.str() : first);
}
