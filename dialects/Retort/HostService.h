// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the host of a context can do for its passes: run models, score them, train them. Passes
// neither link code generation nor the runtime: who does gives Retort's dialect an interface, and
// passes ask for it.
#ifndef RETORT_DIALECTS_RETORT_HOSTSERVICE_H
#define RETORT_DIALECTS_RETORT_HOSTSERVICE_H

#include "dialects/Retort/Retort.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectInterface.h"

namespace retort {

/// The base of such an interface. ServiceT has a type identifier of its own
/// (MLIR_DECLARE_EXPLICIT_TYPE_ID): hosts and passes may be different libraries.
template <typename ServiceT> class HostService : public mlir::DialectInterface::Base<ServiceT> {
public:
  explicit HostService(mlir::Dialect *dialect) : mlir::DialectInterface::Base<ServiceT>(dialect) {}

  /// Null where the host of the module's context does not offer it.
  static const ServiceT *of(mlir::ModuleOp module) {
    auto *dialect = module.getContext()->getOrLoadDialect<RetortDialect>();
    return dialect->getRegisteredInterface<ServiceT>();
  }
};

} // namespace retort

#endif
