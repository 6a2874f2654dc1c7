// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms of weights that a context knows.
#include "dialects/Compress/WeightForm.h"

#include "dialects/Compress/Compress.h"

using namespace mlir;
using namespace retort;
using namespace retort::compress;

WeightReader::~WeightReader() = default;
WeightForm::~WeightForm() = default;

void compress::addForm(MLIRContext &context, std::unique_ptr<WeightForm> form) {
  auto &forms = context.getOrLoadDialect<CompressDialect>()->forms;
  if (llvm::none_of(forms, [&](auto &known) { return known->name() == form->name(); }))
    forms.push_back(std::move(form));
}

ArrayRef<std::shared_ptr<const WeightForm>> compress::formsOf(MLIRContext *context) {
  auto *dialect = context->getLoadedDialect<CompressDialect>();
  return dialect ? ArrayRef(dialect->forms) : ArrayRef<std::shared_ptr<const WeightForm>>();
}

bool compress::isKeptFromFolding(Operation *op) {
  return llvm::any_of(formsOf(op->getContext()), [&](auto &form) { return form->keeps(op); });
}

std::optional<WeightMatrix> compress::factorOf(Operation *product) {
  for (auto &form : formsOf(product->getContext()))
    if (auto found = form->factorOf(product))
      return found;
  return std::nullopt;
}

std::optional<ConstantUse> compress::constantUse(OpOperand &use) {
  for (auto &form : formsOf(use.getOwner()->getContext()))
    if (auto found = form->useOf(use))
      return found;
  return std::nullopt;
}
