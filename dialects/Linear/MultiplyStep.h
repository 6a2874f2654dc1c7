// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A multiply-accumulate step: what one instruction set computes sums of products with. Everything
// that depends on it is stated or built here: how rows are packed, how large tiles are, when they
// are worth it. docs/write-a-step.md is the tutorial.
//   struct MultiplyAdd : MultiplyStep { ... };
//   addStep(*context, std::make_unique<MultiplyAdd>());
#ifndef RETORT_DIALECTS_LINEAR_MULTIPLYSTEP_H
#define RETORT_DIALECTS_LINEAR_MULTIPLYSTEP_H

#include "dialects/Linear/Linear.h"
#include "dialects/Linear/RowBuilder.h"
#include "dialects/Retort/Retort.h"

namespace retort {

class BlockStep;

/// How far sums may be from those of f32, the strictest first.
enum class Numerics {
  Exact,    ///< sums and products of f32
  Accurate, ///< off by some 1e-5 of the largest, whatever the numbers are
  Fast,     ///< off by some 2e-3: numbers are rounded to half their width or less
};

/// The name of a user's choice; nullopt where none has it.
std::optional<Numerics> numericsNamed(llvm::StringRef name);
llvm::StringRef nameOf(Numerics numerics);

/// The weight of a product. Without a format it is numbers of f32 as they lie, as in attention.
struct StepWeight {
  linear::LinearFormatKernel format;
  int64_t depth = 0;
  unsigned parts = 0;

  /// Of a product whose format has a kernel.
  static StepWeight of(linear::ProductOp product);
  RowOrder order() const { return format.getRowOrder(depth, parts); }
  std::optional<CodeParts> codes() const { return format ? format.getCodes(parts) : std::nullopt; }
};

/// How a step takes an operand.
struct StepOperand {
  mlir::Type element;
  /// So many elements stand for a number, the most significant first.
  int64_t planes = 1;
  /// The places of a word of rows in the order in which they are taken; each plane has all of them.
  llvm::SmallVector<int64_t> order = {0};
};

/// A tile of M rows and N columns, and from how many rows of the product on it is used.
struct StepTile {
  int64_t fromRows;
  TileShape shape;
  /// Vector registers that are live in its innermost loop.
  int64_t registers;
  /// Vector instructions for each row of the tile, vector of columns, and row of the weight.
  double cost;
};

/// What is kept for each packed row beside its numbers.
struct StepScratch {
  mlir::Type element;
  int64_t count;
};

class MultiplyStep {
public:
  virtual ~MultiplyStep();
  /// Tells it from other steps of a context.
  virtual llvm::StringRef name() const = 0;

  // When it is used.
  virtual Numerics numerics() const = 0;
  /// Of these, which are LLVM's names, a target needs one; where there are none, any target will
  /// do.
  virtual llvm::SmallVector<llvm::StringRef> features(TargetAttr) const { return {}; }
  /// Why it does not take the weight; empty where it does.
  virtual std::string refusal(const StepWeight &weight) const = 0;

  // What it multiplies.
  virtual StepOperand rows(const StepWeight &weight, mlir::MLIRContext *context) const = 0;
  virtual StepOperand columns(const StepWeight &weight, mlir::MLIRContext *context) const = 0;
  virtual mlir::Type accumulator(mlir::MLIRContext *context) const = 0;
  /// Rows of the weight that one step takes: K of its tile. M and N are those of `tiles`, the
  /// largest number of rows last.
  virtual int64_t depth() const = 0;
  virtual llvm::SmallVector<StepTile> tiles(TargetAttr target, const StepWeight &weight) const = 0;

  /// Whether the weight may be taken in blocks of rows: sums then start where those of the block
  /// before ended (`TileBuilder::start`).
  virtual bool takesBlocks(const StepWeight &) const { return false; }

  /// Null where sums stay in vector registers.
  virtual const BlockStep *asBlockStep() const { return nullptr; }

  // What it builds.
  /// The order in which rows are packed, group by group.
  virtual RowOrder packOrder(const StepWeight &weight) const { return weight.order(); }
  virtual llvm::SmallVector<StepScratch> beside(const StepWeight &, mlir::MLIRContext *) const {
    return {};
  }
  /// Packs the present group of the present row: as `rows` says into the first scratch, what is
  /// kept beside them into the others.
  virtual void packGroup(RowBuilder &builder, const StepWeight &weight) const = 0;
  /// The sums of the present tile in f32, one for each row and vector of it: where they start,
  /// which takes zero points in, the steps, and what scales them. The portable form means the same
  /// to the last bit, and needs no feature.
  virtual VectorBuilder::Values sumTile(TileBuilder &builder, const StepWeight &weight,
                                        bool isPortable) const = 0;

  /// The buffers of packed rows, of any number of tiles.
  virtual llvm::SmallVector<mlir::MemRefType> scratch(const StepWeight &weight, TileShape shape,
                                                      mlir::MLIRContext *context) const;
  bool isNative(TargetAttr target) const;
};

/// Adds a step to those that the context knows, unless it has one of that name.
void addStep(mlir::MLIRContext &context, std::unique_ptr<MultiplyStep> step);

/// All steps of the context, in the order in which they were added.
llvm::ArrayRef<std::shared_ptr<const MultiplyStep>> stepsOf(mlir::MLIRContext *context);

} // namespace retort

#endif
