// The pass compress-round-power-of-two.
#ifndef RETORT_COMPRESS_ROUNDPOWEROFTWO
#define RETORT_COMPRESS_ROUNDPOWEROFTWO

include "mlir/Pass/PassBase.td"

def RoundPowerOfTwoPass : Pass<"compress-round-power-of-two", "::mlir::ModuleOp"> {
  let summary = "Round weights to powers of two";
  let description = [{
    Rounds each element of every weight matrix to the nearest power of two (zero stays), so that products become shifts.
    Elements below 2^`lowest` times the largest magnitude of their matrix become zero: with `lowest=-6` eight levels and
    a sign remain, which fit in four bits.
  }];
  let options = [
    Option<"lowest", "lowest", "int64_t", "-6", "Exponent, relative to the largest, below which weights are zero">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
