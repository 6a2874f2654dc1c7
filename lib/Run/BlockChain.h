// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph as a row of blocks, each compiled when it is first run; blocks of one structure share
// their code.
#ifndef RETORT_LIB_RUN_BLOCKCHAIN_H
#define RETORT_LIB_RUN_BLOCKCHAIN_H

#include "lib/Analysis/GraphCuts.h"
#include "lib/Replay/ModelReplay.h"
#include "lib/Run/BlockModule.h"
#include "lib/Runtime/Model.h"
#include "lib/Weights/OutputRows.h"

namespace retort {

class BlockChain {
public:
  /// Of a graph `main` whose inputs have fixed sizes, and that is read for one of its results.
  /// `weights` are those that someone wants to change. `targetCpu` as EmitOptions have it.
  static llvm::Expected<std::unique_ptr<BlockChain>>
  create(mlir::OwningOpRef<mlir::ModuleOp> module, unsigned result,
         llvm::ArrayRef<std::string> weights, std::string targetCpu);

  /// Code of blocks, by what they compute: chains that share it compile a block of both once.
  using Code = llvm::StringMap<std::shared_ptr<runtime::Model>>;
  /// The same for who exchanges blocks, not weights: each block ends as soon as it multiplies with
  /// some weight, and gives these values of the graph that it computes, and nothing else.
  static llvm::Expected<std::unique_ptr<BlockChain>>
  create(mlir::OwningOpRef<mlir::ModuleOp> module, unsigned result,
         llvm::ArrayRef<mlir::Value> observed, std::shared_ptr<Code> code, std::string targetCpu);

  size_t size() const { return parts.size(); }
  /// In the order of the graph.
  llvm::ArrayRef<ReplayGroup> groups() const { return found; }
  /// Why a weight is in none of them.
  std::string whyNot(llvm::StringRef weight) const;
  /// A weight of some group, as its block reads it.
  runtime::Tensor tensorOf(llvm::StringRef weight, llvm::ArrayRef<float> rows) const;

  /// What a block gives: its end, then what its groups are multiplied with. `before` is the end of
  /// the block before, `inputs` those of the graph; `changes` are weights, in the order of their
  /// elements, that are read in place of the graph's.
  llvm::Expected<std::vector<runtime::Tensor>> run(size_t block, const runtime::Tensor &before,
                                                   llvm::ArrayRef<runtime::Tensor> inputs,
                                                   const llvm::StringMap<runtime::Tensor> &changes);
  /// Where among these are what a group is multiplied with.
  std::vector<size_t> outputsOf(const ReplayGroup &group) const;
  /// The block that computes a value that is observed, and where among what that gives it is.
  std::optional<std::pair<size_t, size_t>> placeOf(mlir::Value observed) const;

private:
  /// Weights that are multiplied with the same.
  struct Group {
    llvm::SmallVector<ObservedValue> activations;
    std::vector<std::string> weights;
    size_t segment = 0, place = 0;
    int64_t inputs = 0;
  };
  struct Constant {
    std::string weight; ///< empty: one that nobody changes
    runtime::Tensor data;
  };
  struct Part {
    BlockModule module;
    llvm::SmallVector<ObservedValue> observed;
    std::vector<Constant> constants;
    std::shared_ptr<runtime::Model> code;
  };
  struct ChangeableWeight {
    mlir::Operation *op;
    OutputRows rows;
    mlir::FloatType element;
    runtime::Shape shape;
  };

  BlockChain(mlir::OwningOpRef<mlir::ModuleOp> module, std::string targetCpu)
      : module(std::move(module)), targetCpu(std::move(targetCpu)) {}
  llvm::Error findGroups(const GraphCuts &cuts, llvm::ArrayRef<std::string> names);
  std::string addToGroup(const GraphCuts &cuts, LinearWeight &weight);
  void cut(const GraphCuts &cuts);
  void addPart(mlir::Value begin, mlir::Value end, size_t segment);
  llvm::Error compile(Part &part);

  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string targetCpu;
  mlir::func::FuncOp graph;
  std::vector<Group> byActivation;
  llvm::StringMap<ChangeableWeight> weights;
  llvm::SmallVector<mlir::Operation *> arguments;
  std::vector<onnx::ConstantView> views; ///< what the constants of parts lie in
  std::vector<Part> parts;
  std::vector<ReplayGroup> found;
  llvm::StringMap<std::string> reasons; ///< of weights that are in no group
  std::shared_ptr<Code> compiled = std::make_shared<Code>();
  /// Values that are observed in the first segments up to that of a number, without groups.
  std::optional<std::vector<std::pair<size_t, mlir::Value>>> wanted;
};

} // namespace retort

#endif
