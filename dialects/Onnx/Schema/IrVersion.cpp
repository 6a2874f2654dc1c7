// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Onnx/Schema/IrVersion.h"
#include "dialects/Onnx/Schema/Schema.h"

using namespace retort;

namespace {
struct Release {
  llvm::StringLiteral domain;
  int64_t opset, irVersion;
};
} // namespace

#include "dialects/Onnx/OnnxReleases.cpp.inc"

int64_t onnx::lowestIrVersion(llvm::StringRef domain, int64_t opset) {
  int64_t version = 0;
  for (const Release &release : releases)
    if (release.domain == plainDomain(domain) && release.opset <= opset)
      version = std::max(version, release.irVersion);
  return version;
}
