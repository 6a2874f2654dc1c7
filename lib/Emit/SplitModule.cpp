// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of LLVM IR in parts that threads compile beside one another. Kernels are functions long
// before LLVM sees them; what only one kernel calls stays beside it and is still its own. What LLVM
// finds out about the arguments of functions is done before, since it needs all callers.
#include "lib/Emit/SplitModule.h"
#include "lib/Emit/Optimize.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/IPO/DeadArgumentElimination.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/SCCP.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <algorithm>

using namespace llvm;

/// Instructions that are worth a part (LLVM takes some 80 ms for them), and the most parts.
static constexpr size_t instructionsOfPart = 2000, mostParts = 16;

namespace {
/// Functions that stay together.
struct Family {
  size_t instructions = 0;
  SmallVector<Function *> functions;
};
} // namespace

/// Those functions of which one uses the other, but for entry points, which use all.
static std::vector<Family> familiesOf(Module &module) {
  EquivalenceClasses<Function *> related;
  for (Function &function : module)
    if (!function.isDeclaration())
      related.insert(&function);
  for (Function &function : module)
    for (User *user : function.users())
      if (auto *instruction = dyn_cast<Instruction>(user)) {
        Function *caller = instruction->getFunction();
        if (function.hasLocalLinkage() && caller->hasLocalLinkage())
          related.unionSets(&function, caller);
      }
  std::vector<Family> families;
  DenseMap<Function *, size_t> places;
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    auto [place, isNew] = places.try_emplace(related.getLeaderValue(&function), families.size());
    if (isNew)
      families.emplace_back();
    Family &family = families[place->second];
    family.functions.push_back(&function);
    family.instructions += function.getInstructionCount();
  }
  return families;
}

/// The number of each function's part: the largest family first, each to where the least is.
static DenseMap<const GlobalValue *, size_t> distribute(Module &module) {
  std::vector<Family> families = familiesOf(module);
  std::vector<std::pair<size_t, size_t>> order;
  size_t all = 0;
  for (auto [place, family] : llvm::enumerate(families)) {
    order.emplace_back(family.instructions, families.size() - place);
    all += family.instructions;
  }
  llvm::sort(order, std::greater<>());
  std::vector<size_t> sizes(std::clamp<size_t>(all / instructionsOfPart, 1, mostParts));
  DenseMap<const GlobalValue *, size_t> parts;
  for (auto [instructions, fromBehind] : order) {
    auto least = std::min_element(sizes.begin(), sizes.end());
    *least += instructions;
    for (Function *function : families[families.size() - fromBehind].functions)
      parts[function] = size_t(least - sizes.begin());
  }
  return parts;
}

/// Constants of the module, of which each part may have its own.
static bool isOwnConstant(const GlobalValue &value) {
  auto *variable = dyn_cast<GlobalVariable>(&value);
  return variable && variable->isConstant() && variable->hasLocalLinkage();
}

/// What other parts use can be found by them, and by nobody else.
static void showToParts(Module &module, const DenseMap<const GlobalValue *, size_t> &parts) {
  auto isUsedBeyond = [&](const GlobalValue &value) {
    return llvm::any_of(value.users(), [&](const User *user) {
      auto *instruction = dyn_cast<Instruction>(user);
      return !instruction || parts.lookup(instruction->getFunction()) != parts.lookup(&value);
    });
  };
  for (GlobalValue &value : module.global_values()) {
    if (!value.hasLocalLinkage() || isOwnConstant(value) || !isUsedBeyond(value))
      continue;
    if (!value.hasName())
      value.setName("part");
    value.setLinkage(GlobalValue::ExternalLinkage);
    value.setVisibility(GlobalValue::HiddenVisibility);
  }
}

std::vector<SmallVector<char, 0>> retort::splitModule(Module &module) {
  PassBuilder builder;
  ModulePassManager passes;
  passes.addPass(IPSCCPPass());
  passes.addPass(DeadArgumentEliminationPass());
  passes.addPass(GlobalDCEPass());
  runPasses(module, builder, std::move(passes));
  DenseMap<const GlobalValue *, size_t> parts = distribute(module);
  showToParts(module, parts);
  size_t count = 1;
  for (auto [value, part] : parts)
    count = std::max(count, part + 1);
  std::vector<SmallVector<char, 0>> result(count);
  for (size_t i = 0; i < count; ++i) {
    ValueToValueMapTy copies;
    std::unique_ptr<Module> copy = CloneModule(module, copies, [&](const GlobalValue *value) {
      return isOwnConstant(*value) || parts.lookup(value) == i;
    });
    raw_svector_ostream stream(result[i]);
    WriteBitcodeToFile(*copy, stream);
  }
  return result;
}
