// The families of operations: functions that infer result types or compute values, and the traits that give them to an
// operation. An operation names its families in its one line in Ops/*.td: Onnx_Infer<"Broadcast"> is
// InferBy<&inferBroadcast>, Onnx_Evaluate<"Add"> is EvaluateBy<&evaluateAdd>.
//
// A family is a name in one of the two lists below and a function with that name, defined in one file of Shape/ or
// Evaluate/:
//   LogicalResult retort::onnx::inferBroadcast(Operation *op)        refines the result types of `op` in place
//   FailureOr<SmallVector<Tensor>> retort::onnx::evaluateAdd(Operation *op, ArrayRef<Tensor> inputs)
//                                                                    one tensor per declared input, absent if omitted
// A name without a definition infers nothing and evaluates nothing (Families.cpp), so names may come first.
#ifndef RETORT_DIALECTS_ONNX_FAMILIES_H
#define RETORT_DIALECTS_ONNX_FAMILIES_H

#include "dialects/Onnx/Evaluate/Tensor.h"

#include "mlir/IR/OpDefinition.h"

namespace retort::onnx {

using Evaluated = llvm::FailureOr<llvm::SmallVector<Tensor>>;

#define RETORT_INFER_FAMILIES(FAMILY)                                                                                  \
  /* like the first operand; its shape but boolean; its shape and the type of the second; the named type */            \
  FAMILY(Same) FAMILY(SameShapeBool) FAMILY(CastLike) FAMILY(Cast) FAMILY(Dropout)                                     \
  /* broadcast: element type of the first operand, boolean, of the second operand */                                   \
  FAMILY(Broadcast) FAMILY(Compare) FAMILY(Where)                                                                      \
  FAMILY(Reduce) FAMILY(ArgReduce) FAMILY(TopK)                                                                        \
  FAMILY(Constant) FAMILY(ConstantOfShape) FAMILY(Range) FAMILY(Shape) FAMILY(Size) FAMILY(OneHot) FAMILY(NonZero)     \
  FAMILY(EyeLike)                                                                                                      \
  FAMILY(Concat) FAMILY(Split) FAMILY(Slice) FAMILY(Pad) FAMILY(Tile) FAMILY(Expand) FAMILY(Transpose)                 \
  FAMILY(Reshape) FAMILY(Flatten) FAMILY(Squeeze) FAMILY(Unsqueeze)                                                    \
  FAMILY(Gather) FAMILY(GatherElements) FAMILY(GatherND)                                                               \
  FAMILY(MatMul) FAMILY(MatMulInteger) FAMILY(Gemm) FAMILY(Einsum) FAMILY(Conv) FAMILY(Pool) FAMILY(GlobalPool)        \
  FAMILY(CausalConvWithState)                                                                                          \
  FAMILY(LayerNormalization) FAMILY(QuantizeLinear) FAMILY(DequantizeLinear) FAMILY(DynamicQuantizeLinear)             \
  FAMILY(Attention) FAMILY(LinearAttention) FAMILY(If) FAMILY(Loop) FAMILY(Scan)                                       \
  /* com.microsoft */                                                                                                  \
  FAMILY(FusedMatMul) FAMILY(MatMulNBits) FAMILY(GatherBlockQuantized) FAMILY(SkipLayerNormalization)                  \
  FAMILY(EmbedLayerNormalization) FAMILY(GroupQueryAttention) FAMILY(MultiHeadAttention) FAMILY(MicrosoftAttention)

#define RETORT_EVALUATE_FAMILIES(FAMILY)                                                                               \
  FAMILY(Abs) FAMILY(Acos) FAMILY(Acosh) FAMILY(Asin) FAMILY(Asinh) FAMILY(Atan) FAMILY(Atanh) FAMILY(Ceil)            \
  FAMILY(Cos) FAMILY(Cosh) FAMILY(Erf) FAMILY(Exp) FAMILY(Floor) FAMILY(Identity) FAMILY(IsInf) FAMILY(IsNaN)          \
  FAMILY(Log) FAMILY(Neg) FAMILY(Not) FAMILY(Reciprocal) FAMILY(Round) FAMILY(Sign) FAMILY(Sin) FAMILY(Sinh)           \
  FAMILY(Sqrt) FAMILY(Tan) FAMILY(Tanh)                                                                                \
  FAMILY(Celu) FAMILY(Elu) FAMILY(Gelu) FAMILY(HardSigmoid) FAMILY(HardSwish) FAMILY(LeakyRelu) FAMILY(Mish)           \
  FAMILY(PRelu) FAMILY(Relu) FAMILY(Selu) FAMILY(Sigmoid) FAMILY(Softplus) FAMILY(Softsign) FAMILY(Swish)              \
  FAMILY(ThresholdedRelu)                                                                                              \
  FAMILY(Add) FAMILY(Sub) FAMILY(Mul) FAMILY(Div) FAMILY(Mod) FAMILY(Pow) FAMILY(Max) FAMILY(Min) FAMILY(Mean)         \
  FAMILY(Sum) FAMILY(And) FAMILY(Or) FAMILY(Xor) FAMILY(Equal) FAMILY(Greater) FAMILY(GreaterOrEqual) FAMILY(Less)     \
  FAMILY(LessOrEqual) FAMILY(BitShift) FAMILY(BitwiseAnd) FAMILY(BitwiseOr) FAMILY(BitwiseXor) FAMILY(BitwiseNot)      \
  FAMILY(Where) FAMILY(Clip) FAMILY(Cast) FAMILY(CastLike) FAMILY(Dropout)                                             \
  /* all Reduce* ops; ArgMax and ArgMin */                                                                             \
  FAMILY(Reduce) FAMILY(ArgReduce) FAMILY(CumSum) FAMILY(TopK) FAMILY(Softmax) FAMILY(LogSoftmax) FAMILY(Hardmax)      \
  FAMILY(Constant) FAMILY(ConstantOfShape) FAMILY(Range) FAMILY(Shape) FAMILY(Size) FAMILY(OneHot) FAMILY(EyeLike)     \
  FAMILY(NonZero) FAMILY(Concat) FAMILY(Split) FAMILY(Slice) FAMILY(Pad) FAMILY(Tile) FAMILY(Expand)                   \
  FAMILY(Transpose) FAMILY(Trilu)                                                                                      \
  /* Reshape, Flatten, Squeeze, Unsqueeze: the elements stay as they are */                                            \
  FAMILY(Reshape)                                                                                                      \
  FAMILY(Gather) FAMILY(GatherElements) FAMILY(GatherND) FAMILY(ScatterElements) FAMILY(ScatterND)                     \
  FAMILY(TensorScatter) FAMILY(MatMul) FAMILY(Gemm) FAMILY(Einsum) FAMILY(Conv)                                        \
  FAMILY(LayerNormalization) FAMILY(RMSNormalization) FAMILY(RotaryEmbedding) FAMILY(Attention)                        \
  FAMILY(QuantizeLinear) FAMILY(DequantizeLinear) FAMILY(DynamicQuantizeLinear)                                        \
  /* com.microsoft */                                                                                                  \
  FAMILY(FastGelu) FAMILY(FusedMatMul) FAMILY(MatMulNBits) FAMILY(GatherBlockQuantized)                                \
  FAMILY(SkipLayerNormalization) FAMILY(SkipSimplifiedLayerNormalization) FAMILY(EmbedLayerNormalization)              \
  FAMILY(GroupQueryAttention) FAMILY(MultiHeadAttention) FAMILY(MicrosoftAttention) FAMILY(MicrosoftRotaryEmbedding)

#define RETORT_DECLARE(NAME) llvm::LogicalResult infer##NAME(mlir::Operation *op);
RETORT_INFER_FAMILIES(RETORT_DECLARE)
#undef RETORT_DECLARE
#define RETORT_DECLARE(NAME) Evaluated evaluate##NAME(mlir::Operation *op, llvm::ArrayRef<Tensor> inputs);
RETORT_EVALUATE_FAMILIES(RETORT_DECLARE)
#undef RETORT_DECLARE

/// ShapeInference::inferShapes by a function.
template <llvm::LogicalResult (*function)(mlir::Operation *)> struct InferBy {
  template <typename Op> struct Impl : mlir::OpTrait::TraitBase<Op, InferBy<function>::template Impl> {
    llvm::LogicalResult inferShapes() { return function(this->getOperation()); }
  };
};

/// Evaluation::evaluate by a function.
template <Evaluated (*function)(mlir::Operation *, llvm::ArrayRef<Tensor>)> struct EvaluateBy {
  template <typename Op> struct Impl : mlir::OpTrait::TraitBase<Op, EvaluateBy<function>::template Impl> {
    Evaluated evaluate(llvm::ArrayRef<Tensor> inputs) { return function(this->getOperation(), inputs); }
  };
};

} // namespace retort::onnx

#include "dialects/Onnx/Families.h.inc"

#endif
