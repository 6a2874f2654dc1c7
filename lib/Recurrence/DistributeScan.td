// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECURRENCE_DISTRIBUTESCAN
#define RETORT_RECURRENCE_DISTRIBUTESCAN

include "mlir/Pass/PassBase.td"

def DistributeScanPass : Pass<"distribute-scan", "::mlir::ModuleOp"> {
  let summary = "Compute what needs no state for all steps of a Scan at once";
  let description = [{
    A Scan over the tokens of a text runs a whole model for each of them, and reads all weights each time. Here its body is
    parted:

    1. States that the body takes apart and puts together (layers, and what is kept of each) become states of their own.
    2. An update that is one of `llm.retention`'s rules becomes one, of a single row.
    3. What does not depend on its own state is computed for all steps at once, the steps along a new first axis; a state
       that is handed on as it is computed (a token shift, a window of a convolution) is the same values one step later.
    4. A retention of one row becomes one of as many rows as there are steps. What else depends on its own state stays in
       a Scan, with nothing in it but that, and what reads large states.

    Scans over any axis, forwards or backwards, without a state too. A body that holds other graphs is left as it is, and
    a remark says so.

    {{example test/Recurrence/distribute-scan.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect"];
  let statistics = [Statistic<"scans", "scans", "Scans whose bodies were parted">,
                    Statistic<"left", "sequential parts", "Scans that are left for what depends on its state">];
}

#endif
