// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass identify-model.
#ifndef RETORT_STATISTICS_IDENTIFYMODEL
#define RETORT_STATISTICS_IDENTIFYMODEL

include "mlir/Pass/PassBase.td"

def IdentifyModelPass : Pass<"identify-model", "::mlir::ModuleOp"> {
  let summary = "Write on a module what tells it from others, for statistics that were measured on it";
  let description = [{
    Sets `retort.content` to a hash of the operations and of the bytes of all constants. Statistics name the model that
    they were measured on; a method that reads them compares. The pass runs behind recognition and before any method, in
    `retort calibrate` and in `retort compile --calibration` alike: a method changes the content, and not which model it is.

    `statistics` names the file that methods read.

    {{example test/Statistics/identify-model.mlir}}
  }];
  let options = [
    Option<"statistics", "statistics", "std::string", "", "File that `retort calibrate` wrote, for the methods that follow">
  ];
}

#endif
