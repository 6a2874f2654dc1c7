// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns the nodes of a file into typed operations at the canonical opset.
//   %y = onnx.node "ReduceMean"(%x) to ["y"] with [#onnx.attribute<"axes" = array<i64: 1>>]
//   ==>
//   %axes = onnx.Constant() {value = dense<1> : tensor<1xi64>}
//   %y = onnx.ReduceMean(%x, %axes) {onnx.outputs = ["y"]}
// Types are inferred on the way, in the order of the graph: what an older version of an operation
// means may depend on them.
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/RaiseNode.h"

#include "dialects/Onnx/Shape/SymbolicDims.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_RAISEONNXNODESPASS
#include "lib/Raise/RaiseOnnxNodes.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
class Raiser {
public:
  Raiser(func::FuncOp function, const OpsetImports &imports, StringRef pass)
      : imports(imports), pass(pass) {
    dims.enter(function);
  }
  ~Raiser() {
    for (NodeOp node : llvm::reverse(replaced))
      node.erase();
  }

  void raise(Region &region) {
    for (Block &block : region)
      for (Operation *op = block.empty() ? nullptr : &block.front(); op;) {
        Operation *before = op->getPrevNode(), *after = op->getNextNode();
        if (auto node = dyn_cast<NodeOp>(op))
          raise(node);
        infer(before ? before->getNextNode() : &block.front(), after);
        op = after;
      }
  }

private:
  void raise(NodeOp node) {
    if (raiseNode(node, imports)) {
      // The analysis knows values by their address: nodes stay until it is done.
      replaced.push_back(node);
      return;
    }
    StringRef why = node->getAttrOfType<StringAttr>(refusedNode).getValue();
    remark::missed(node.getLoc(), remark::RemarkOpts::name(pass).category("raise"))
        << remark::metric("operation", node.getOpType()) << remark::reason("{0}", why);
  }

  /// Of the operations in [op, end); graphs are raised once it is known what they are given.
  void infer(Operation *op, Operation *end) {
    for (; op != end; op = op->getNextNode()) {
      inferTypes(op);
      if (op->getNumRegions() == 0)
        continue;
      for (Region &region : op->getRegions())
        raise(region);
      inferTypes(op);
    }
  }

  /// What is impossible is told when types are inferred for their own sake.
  void inferTypes(Operation *op) {
    ScopedDiagnosticHandler silence(op->getContext(), [](Diagnostic &diagnostic) {
      return success(diagnostic.getSeverity() != DiagnosticSeverity::Warning);
    });
    (void)dims.infer(op);
  }

  const OpsetImports &imports;
  StringRef pass;
  SymbolicDims dims;
  SmallVector<NodeOp> replaced;
};

struct RaiseOnnxNodesPass : retort::impl::RaiseOnnxNodesPassBase<RaiseOnnxNodesPass> {
  void runOnOperation() override {
    OpsetImports imports(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal()) {
        Raiser(function, imports, getArgument()).raise(function.getBody());
        SymbolicDims::leave(function);
      }
  }
};
} // namespace
