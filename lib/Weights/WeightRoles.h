// What a constant is to a model: a matrix that it multiplies with, an embedding, the matrix that
// makes its outputs.
#ifndef RETORT_LIB_WEIGHTS_WEIGHTROLES_H
#define RETORT_LIB_WEIGHTS_WEIGHTROLES_H

#include "mlir/IR/Value.h"

namespace retort {

struct WeightRoles {
  bool linear = false;    ///< operand of a matrix product
  bool embedding = false; ///< rows of it are looked up
  bool output = false;    ///< its products are a result of the model
  /// The axis of the constant along which products sum: each output's weights lie along it. Of an
  /// embedding that is nothing else, the axis of a looked-up row. -1 where it is not known; of
  /// several uses the first decides.
  int64_t inputAxis = -1;
};

/// The roles of the constant `value`, from its uses alone: names tell nothing. Ops that only
/// rearrange or convert it (Transpose, Cast, Reshape ...) are looked through.
WeightRoles rolesOf(mlir::Value value);

} // namespace retort

#endif
