// How one line of an operation names its behaviour. A family is a C++ function declared in Families.h:
//   def Onnx_AddOp : Onnx_AddSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Add">]>;
// gives the op the interface ShapeInference by inferBroadcast and the interface Evaluation by evaluateAdd.
#ifndef RETORT_ONNX_FAMILIES
#define RETORT_ONNX_FAMILIES

include "mlir/IR/Interfaces.td"
include "mlir/IR/OpBase.td"

def Onnx_ShapeInference : OpInterface<"ShapeInference"> {
  let cppNamespace = "::retort::onnx";
  let description = "Operations that know the types of their results.";
  let methods = [InterfaceMethod<"Refines the types of the results in place; fails, with a diagnostic, where the "
                                 "operands contradict each other.",
                                 "::llvm::LogicalResult", "inferShapes">];
}

def Onnx_Evaluation : OpInterface<"Evaluation"> {
  let cppNamespace = "::retort::onnx";
  let description = "Operations whose results can be computed from the elements of their operands.";
  let methods = [InterfaceMethod<"The values of the results; an omitted operand is an absent tensor.",
                                 "::llvm::FailureOr<::llvm::SmallVector<::retort::onnx::Tensor>>", "evaluate",
                                 (ins "::llvm::ArrayRef<::retort::onnx::Tensor>":$inputs)>];
}

class Onnx_Family<string trait, string function> : ParamNativeOpTrait<trait, "&::retort::onnx::" # function> {
  let cppNamespace = "::retort::onnx";
}

/// The types of the results, by the function infer<family>.
class Onnx_Infer<string family> : TraitList<[Onnx_ShapeInference, Onnx_Family<"InferBy", "infer" # family>]>;

/// The values of the results, by the function evaluate<family>.
class Onnx_Evaluate<string family> : TraitList<[Onnx_Evaluation, Onnx_Family<"EvaluateBy", "evaluate" # family>]>;

#endif
