// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows channels from the product that sums over them to those that compute them.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITSEARCH_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITSEARCH_H

#include "lib/Compress/PruneStructured/ChannelGroup.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

namespace retort {

/// A walk over values, in both directions, until every operation on the way is known to keep the
/// channels apart, to compute them of all of something else, or to be the product. What is known of
/// a value grows: of a matrix for queries, keys and values the columns of each come by another way.
class UnitSearch {
public:
  UnitSearch(mlir::func::FuncOp function, int64_t units) : function(function) {
    group.units = units;
  }

  /// Says that units lie along an axis of a value: the way begins there.
  void join(mlir::Value value, const UnitAxis &units);
  /// The product that must read the channels, by this operand, and its weight; without, the walk
  /// finds it.
  void expectProduct(mlir::OpOperand &use, mlir::Value weight, int64_t weightAxis);
  /// Lets units be whole heads of attention; where they are linked, heads that share keys and
  /// values go together with these.
  void passHeads(bool linked) {
    passesHeads = true;
    linksGroups = linked;
  }
  /// The error says why the channels cannot go.
  llvm::Expected<ChannelGroup> run();
  /// The weight that reads the channels, as far as the walk came; null where it found none.
  mlir::Value consumerSoFar() const { return group.consumer; }

private:
  void joinAligned(mlir::Value value, int64_t fromLast, llvm::ArrayRef<int32_t> units);
  void visitOrigin(mlir::Value value, const UnitAxis &units);
  void visitUse(mlir::OpOperand &use, const UnitAxis &units);
  bool visitShared(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  bool visitElements(mlir::Operation *op, int64_t fromLast, llvm::ArrayRef<int32_t> units);
  bool visitMovement(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  void visitReshape(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  std::optional<UnitAxis> reshaped(mlir::Value known, const UnitAxis &units, mlir::Value other);
  void visitExpand(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  bool visitThereAndBack(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  void visitTranspose(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  void visitParts(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  void visitConcat(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  void visitGather(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  bool visitRows(mlir::Operation *op, mlir::Value known, const UnitAxis &units);
  void visitAttention(llm::AttentionOp op, mlir::Value known, const UnitAxis &units);
  void pick(mlir::OpOperand &operand, int64_t fromLast, llvm::ArrayRef<int32_t> units);
  bool visitProducer(mlir::Operation *op, mlir::Value result, const UnitAxis &units);
  bool visitConsumer(mlir::OpOperand &use, const UnitAxis &units);
  void visitReturn(mlir::OpOperand &use);
  void checkSharing();
  void refuse(const llvm::Twine &why) {
    if (reason.empty())
      reason = why.str();
  }

  onnx::SymbolicDims &sizes();

  mlir::func::FuncOp function;
  ChannelGroup group;
  std::unique_ptr<onnx::SymbolicDims> dims;
  mlir::OpOperand *expected = nullptr;
  bool passesHeads = false, linksGroups = false;
  llvm::SmallSetVector<mlir::Value, 16> pending;
  llvm::SmallPtrSet<mlir::Operation *, 16>
      seen; ///< operations that read channels or their constants
  std::string reason;
};

} // namespace retort

#endif
