// Turns the nodes of a file into typed operations at the canonical opset.
//   %y = onnx.node "ReduceMean"(%x) to ["y"] with [#onnx.attribute<"axes" = array<i64: 1>>]
//   ==>
//   %axes = onnx.Constant() {value = dense<1> : tensor<1xi64>}
//   %y = onnx.ReduceMean(%x, %axes) {onnx.outputs = ["y"]}
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/RaiseNode.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_RAISEONNXNODESPASS
#include "lib/Raise/RaiseOnnxNodes.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
struct RaiseOnnxNodesPass : retort::impl::RaiseOnnxNodesPassBase<RaiseOnnxNodesPass> {
  void runOnOperation() override {
    OpsetImports imports(getOperation());
    getOperation().walk([&](NodeOp node) {
      if (raiseNode(node, imports))
        return;
      StringRef why = node->getAttrOfType<StringAttr>(refusedNode).getValue();
      remark::missed(node.getLoc(), remark::RemarkOpts::name(getArgument()).category("raise"))
          << remark::metric("operation", node.getOpType()) << remark::reason("{0}", why);
    });
  }
};
} // namespace
