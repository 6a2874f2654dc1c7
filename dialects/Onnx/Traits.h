// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the lines of operations say of them without a function of their own (Families.td).
#ifndef RETORT_DIALECTS_ONNX_TRAITS_H
#define RETORT_DIALECTS_ONNX_TRAITS_H

#include "mlir/IR/OpDefinition.h"

namespace retort::onnx {

/// What an element-wise operation computes of its elements.
enum class ElementKind {
  Copy,       ///< the element itself
  Conversion, ///< the same number in another type
  Arithmetic, ///< sums, products, and choices among operands: indices stay indices
  Power,      ///< powers and roots
  Test,       ///< comparisons, logic and bits
  Function    ///< everything else
};

/// How elements are moved.
enum class MovementKind {
  Reshape, ///< all of them, in their order
  Permute, ///< all of them, in another order
  Repeat,  ///< all of them, some several times
  Select,  ///< some of them
  Join     ///< those of several operands
};

constexpr bool hasSlot(uint64_t slots, unsigned slot) { return slot < 64 && slots >> slot & 1; }

/// The second of the pair whose first is `slot`; -1 where there is none.
template <unsigned... pairs> constexpr int pairedWith(unsigned slot) {
  constexpr unsigned list[] = {pairs...};
  for (unsigned i = 0; i + 1 < sizeof...(pairs); i += 2)
    if (list[i] == slot)
      return int(list[i + 1]);
  return -1;
}

template <ElementKind kind> struct ElementwiseBy {
  template <typename Op>
  struct Impl : mlir::OpTrait::TraitBase<Op, ElementwiseBy<kind>::template Impl> {
    ElementKind elementKind() { return kind; }
  };
};

template <MovementKind kind, uint64_t slots> struct MovesBy {
  template <typename Op>
  struct Impl : mlir::OpTrait::TraitBase<Op, MovesBy<kind, slots>::template Impl> {
    MovementKind movementKind() { return kind; }
    bool movesOperand(unsigned slot) { return hasSlot(slots, slot); }
  };
};

template <uint64_t slots> struct LinearIn {
  template <typename Op>
  struct Impl : mlir::OpTrait::TraitBase<Op, LinearIn<slots>::template Impl> {
    bool isLinearIn(uint64_t asked) {
      bool isOne = asked && !(asked & (asked - 1));
      return isOne && (asked & slots) == asked;
    }
  };
};

template <typename Op> struct LinearInAll : mlir::OpTrait::TraitBase<Op, LinearInAll> {
  bool isLinearIn(uint64_t asked) {
    unsigned count = this->getOperation()->getNumOperands();
    return count < 64 && asked == (uint64_t(1) << count) - 1;
  }
};

template <unsigned... pairs> struct LooksUpBy {
  template <typename Op>
  struct Impl : mlir::OpTrait::TraitBase<Op, LooksUpBy<pairs...>::template Impl> {
    int tableSlot(unsigned slot) { return pairedWith<pairs...>(slot); }
  };
};

template <unsigned... pairs> struct CarriesBy {
  template <typename Op>
  struct Impl : mlir::OpTrait::TraitBase<Op, CarriesBy<pairs...>::template Impl> {
    int nextStateSlot(unsigned slot) { return pairedWith<pairs...>(slot); }
  };
};

template <uint64_t positions, uint64_t masks, uint64_t lengths> struct TakesBy {
  template <typename Op>
  struct Impl : mlir::OpTrait::TraitBase<Op, TakesBy<positions, masks, lengths>::template Impl> {
    bool takesPositions(unsigned slot) { return hasSlot(positions, slot); }
    bool takesMask(unsigned slot) { return hasSlot(masks, slot); }
    bool takesLength(unsigned slot) { return hasSlot(lengths, slot); }
  };
};

template <typename Op> struct AsksShape : mlir::OpTrait::TraitBase<Op, AsksShape> {};
template <typename Op> struct MatrixProduct : mlir::OpTrait::TraitBase<Op, MatrixProduct> {};
template <typename Op> struct Normalizes : mlir::OpTrait::TraitBase<Op, Normalizes> {};

} // namespace retort::onnx

#endif
