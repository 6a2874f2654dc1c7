// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How one line of an operation says what it is.
//
// A family is a C++ function that serves all operations which behave alike; Families.h declares
// what the lines name:
//   def Onnx_AddOp : Onnx_AddSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Add">,
//   Onnx_Rows<"Aligned">]>;
// gives the op the interface ShapeInference by inferBroadcast, Evaluation by evaluateAdd, RowRule
// by rowsAligned.
//
// A trait states a fact that needs no function: which operands are only moved, in which the
// operation is linear. All of these are interfaces, so that operations of other dialects have them
// too.
#ifndef RETORT_ONNX_FAMILIES
#define RETORT_ONNX_FAMILIES

include "mlir/IR/Interfaces.td"
include "mlir/IR/OpBase.td"

class Onnx_Interface<string name> : OpInterface<name> { let cppNamespace = "::retort::onnx"; }

def Onnx_ShapeInference : Onnx_Interface<"ShapeInference"> {
  let description = "Operations that know the types of their results.";
  let methods = [InterfaceMethod<
      "Refines the types of the results in place, and tells the analysis their sizes; fails, "
      "with a diagnostic, where the operands contradict each other.",
      "::llvm::LogicalResult", "inferShapes", (ins "::retort::onnx::SymbolicDims &":$dims)>];
}

def Onnx_Evaluation : Onnx_Interface<"Evaluation"> {
  let description = "Operations whose results can be computed from the elements of their operands.";
  let methods = [InterfaceMethod<
      "The values of the results; an omitted operand is an absent tensor.",
      "::llvm::FailureOr<::llvm::SmallVector<::retort::onnx::Tensor>>", "evaluate",
      (ins "::llvm::ArrayRef<::retort::onnx::Tensor>":$inputs)>];
}

def Onnx_RowRule : Onnx_Interface<"RowRule"> {
  let description = "Operations that may keep the rows of a text apart.";
  let methods = [InterfaceMethod<
      "Whether row i of each result depends on row i of the operands alone, where the rows lie "
      "as `rows` says.",
      "bool", "keepsRows", (ins "::retort::onnx::Rows &":$rows)>];
}

def Onnx_ElementwiseInterface : Onnx_Interface<"Elementwise"> {
  let description = "Operations that compute each element of the result from one element of each "
                    "operand, which broadcast "
                    "against each other.";
  let methods = [InterfaceMethod<"What is computed.", "::retort::onnx::ElementKind",
                                 "elementKind">];
}

def Onnx_MovementInterface : Onnx_Interface<"Movement"> {
  let description = "Operations whose results hold elements of operands, and nothing else.";
  let methods =
      [InterfaceMethod<"How elements are moved.", "::retort::onnx::MovementKind", "movementKind">,
       InterfaceMethod<"Whether the operand at a slot is what is moved; the others say where to.",
                       "bool", "movesOperand", (ins "unsigned":$slot)>];
}

def Onnx_LinearityInterface : Onnx_Interface<"Linearity"> {
  let description = "Operations that are linear, to rounding.";
  let methods = [InterfaceMethod<
      "Whether the result is linear in the operands at `slots` (bit i: slot i), taken together, "
      "while the others are fixed.",
      "bool", "isLinearIn", (ins "uint64_t":$slots)>];
}

def Onnx_LookupInterface : Onnx_Interface<"Lookup"> {
  let description = "Operations that look up rows of tables by number.";
  let methods = [InterfaceMethod<
      "The slot of the table that the indices at a slot choose from; -1 where these are none.",
      "int", "tableSlot", (ins "unsigned":$slot)>];
}

def Onnx_StateInterface : Onnx_Interface<"StateCarrier"> {
  let description = "Operations that take a cache or a state and hand it over, with the new rows.";
  let methods = [InterfaceMethod<
      "The slot of the result that carries on the operand at a slot; -1 where none does.", "int",
      "nextStateSlot", (ins "unsigned":$slot)>];
}

def Onnx_OperandRoleInterface : Onnx_Interface<"OperandRoles"> {
  let description = "Operations with operands that say something of the text: positions, which "
                    "columns are seen, lengths.";
  let methods = [InterfaceMethod<"Whether positions stand at a slot.", "bool", "takesPositions",
                                 (ins "unsigned":$slot)>,
                 InterfaceMethod<"Whether a mask, or what counts as one, stands at a slot.", "bool",
                                 "takesMask", (ins "unsigned":$slot)>,
                 InterfaceMethod<"Whether a number of rows stands at a slot.", "bool",
                                 "takesLength", (ins "unsigned":$slot)>];
}

class Onnx_Family<string trait, string arguments> : ParamNativeOpTrait<trait, arguments> {
  let cppNamespace = "::retort::onnx";
}

class Onnx_Fact<string trait> : NativeOpTrait<trait> { let cppNamespace = "::retort::onnx"; }

/// The types of the results, by the function infer<family>.
class Onnx_Infer<string family>
    : TraitList<[Onnx_ShapeInference, Onnx_Family<"InferBy", "&::retort::onnx::infer"#family>]>;

/// The values of the results, by the function evaluate<family>.
class Onnx_Evaluate<string family>
    : TraitList<[Onnx_Evaluation, Onnx_Family<"EvaluateBy", "&::retort::onnx::evaluate"#family>]>;

/// Whether rows stay apart, by the function rows<family>.
class Onnx_Rows<string family>
    : TraitList<[Onnx_RowRule, Onnx_Family<"RowsBy", "&::retort::onnx::rows"#family>]>;

/// Element by element; what is computed is a case of ElementKind. Rows stay apart wherever they are
/// aligned.
class Onnx_Elementwise<string kind>
    : TraitList<[Onnx_ElementwiseInterface,
                 Onnx_Family<"ElementwiseBy", "::retort::onnx::ElementKind::"#kind>, Onnx_RowRule,
                 Onnx_Family<"RowsBy", "&::retort::onnx::rowsAligned">]>;

/// Element by element, of one operand; of several, that broadcast against each other; the same with a truth as result.
class Onnx_Unary<string family, string kind = "Function">
    : TraitList<[Onnx_Infer<"Same">, Onnx_Evaluate<family>, Onnx_Elementwise<kind>]>;
class Onnx_Broadcast<string family, string kind>
    : TraitList<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<family>, Onnx_Elementwise<kind>]>;
class Onnx_Compare<string family>
    : TraitList<[Onnx_Infer<"Compare">, Onnx_Evaluate<family>, Onnx_Elementwise<"Test">]>;

/// Element by element, as the interface ScalarBody (dialects/Retort) says, which the operation
/// implements: types and values follow from the body.
class Onnx_ByScalarBody<string kind>
    : TraitList<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"ScalarBody">, Onnx_Elementwise<kind>]>;

/// Operand slots as bits; without slots `none`, which by default is all of them.
class Onnx_Slots<list<int> slots, int none = -1> {
  int mask = !if(!empty(slots), none, !foldl(0, slots, all, slot, !or(all, !shl(1, slot))));
  string text = "uint64_t("#!cast<string>(mask)#")";
}

/// The operands at `slots` are moved; how is a case of MovementKind.
class Onnx_Moves<string kind, list<int> slots = [0]>
    : TraitList<[Onnx_MovementInterface,
                 Onnx_Family<"MovesBy",
                             "::retort::onnx::MovementKind::"#kind#", "#Onnx_Slots<slots>.text>]>;

/// Linear in each of the operands at `slots` while all others are fixed.
class Onnx_LinearIn<list<int> slots>
    : TraitList<[Onnx_LinearityInterface, Onnx_Family<"LinearIn", Onnx_Slots<slots>.text>]>;

/// Linear in all operands together.
def Onnx_LinearInAll : TraitList<[Onnx_LinearityInterface, Onnx_Fact<"LinearInAll">]>;

/// Slots in pairs: of indices, and of the table that these choose from.
class Onnx_LooksUp<list<int> pairs>
    : TraitList<[Onnx_LookupInterface, Onnx_Family<"LooksUpBy", !interleave(pairs, ", ")>]>;

/// Slots in pairs: of the past among the operands, and of what carries it on among the results.
class Onnx_Carries<list<int> pairs>
    : TraitList<[Onnx_StateInterface, Onnx_Family<"CarriesBy", !interleave(pairs, ", ")>]>;

/// Slots of operands that say something of the text.
class Onnx_Takes<list<int> positions = [], list<int> masks = [], list<int> lengths = []>
    : TraitList<[Onnx_OperandRoleInterface,
                 Onnx_Family<"TakesBy",
                             !interleave([Onnx_Slots<positions, 0>.text, Onnx_Slots<masks, 0>.text,
                                          Onnx_Slots<lengths, 0>.text],
                                         ", ")>]>;

/// Asks for sizes, never for elements.
def Onnx_AsksShape : Onnx_Fact<"AsksShape">;
/// A product with a matrix over the last axis of operand 0.
def Onnx_MatrixProduct : Onnx_Fact<"MatrixProduct">;
/// Normalizes over the last axes: no element stands for itself behind it.
def Onnx_Normalizes : Onnx_Fact<"Normalizes">;

#endif
