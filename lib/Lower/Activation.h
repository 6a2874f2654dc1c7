// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activation functions by the names that ONNX gives them: operations of their own, and parts of
// operations that fuse them.
#ifndef RETORT_LIB_LOWER_ACTIVATION_H
#define RETORT_LIB_LOWER_ACTIVATION_H

#include "lib/Lower/Emitter.h"

namespace retort {

class Lowering;

/// An activation on real numbers in f32 or wider, with its parameters.
class Activation {
public:
  /// The one of that name (with its domain in front unless it is the standard's). Its parameters
  /// are attributes of `op` whose names start with `prefix`; the schema's defaults stand for
  /// missing ones. Nullopt where none has the name.
  static std::optional<Activation> find(llvm::StringRef name, Operation *op,
                                        llvm::StringRef prefix = "");

  /// The one of that name, in any case, as recurrent operations name it. It takes its parameters
  /// from the front of the lists; defaults stand for missing ones.
  static std::optional<Activation> take(llvm::StringRef name, ArrayRef<float> &alphas,
                                        ArrayRef<float> &betas);

  Value operator()(Emitter &e, Value x) const;

private:
  struct Rule;
  static const Rule rules[];
  friend void addActivationLowerings(Lowering &);

  const Rule *rule = nullptr;
  double alpha = 0, beta = 0, gamma = 0;
};

} // namespace retort

#endif
