// The families that no file in Shape/ or Evaluate/ defines yet: they infer nothing, and cannot be
// evaluated. Definitions there take the place of these, which are weak.
#include "dialects/Onnx/Families.h"

#include "dialects/Onnx/Evaluate/Tensor.h"

using namespace mlir;
using namespace retort;

#include "dialects/Onnx/Families.cpp.inc"

#define RETORT_DEFINE(NAME)                                                                        \
  __attribute__((weak)) LogicalResult onnx::infer##NAME(Operation *) { return success(); }
RETORT_INFER_FAMILIES(RETORT_DEFINE)
#undef RETORT_DEFINE

#define RETORT_DEFINE(NAME)                                                                        \
  __attribute__((weak)) onnx::Evaluated onnx::evaluate##NAME(Operation *, ArrayRef<Tensor>) {      \
    return failure();                                                                              \
  }
RETORT_EVALUATE_FAMILIES(RETORT_DEFINE)
#undef RETORT_DEFINE
