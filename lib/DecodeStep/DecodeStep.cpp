// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The derivation: plan every hot operation, in order; then rewrite.
//
//   1. The graph is bound to one text (TextGraph).
//   2. Each hot operation has to keep the rows of the text apart (RowAxes), or be an attention that
//      no row uses to see what follows it (StepMask).
//   3. Its cold operands become constants, or rows of tables (ColdValues, StepInputs).
//   4. Keys and values of an attention are written into states, in place, behind `past` rows.
//   5. The last matrix product computes the rows of logits that are asked for.
#include "lib/DecodeStep/DecodeStep.h"

#include "dialects/Retort/FunctionNames.h"
#include "dialects/Retort/Names.h"

#include "lib/DecodeStep/Derivation.h"

using namespace mlir;
using namespace retort;

LogicalResult retort::deriveDecodeStep(func::FuncOp graph, int64_t context, Refusal &refusal) {
  FailureOr<TextGraph> text = specializeToText(graph, "step", context, refusal);
  if (failed(text))
    return failure();
  {
    Derivation derivation(*text, context, refusal);
    if (failed(derivation.plan())) {
      if (!refusal.limit)
        refusal.limit = derivation.shorterContext();
      text->function.erase();
      return failure();
    }
    derivation.rewrite();
    if (derivation.keepsRowsAlone())
      text->function->setAttr(names::rewinds, UnitAttr::get(graph.getContext()));
  }
  OpBuilder builder(graph);
  text->function->setAttr(names::context, builder.getI64IntegerAttr(context));
  text->function.setResultAttr(0, "onnx.name", builder.getStringAttr("logits"));
  text->function.setResultAttr(0, names::role, builder.getStringAttr("logits"));
  ScopedDiagnosticHandler silence(graph.getContext(), [](Diagnostic &) { return success(); });
  if (succeeded(onnx::SymbolicDims().infer(text->function)))
    return success();
  text->function.erase();
  return refusal.because(graph, "the sizes of the step contradict each other");
}
