// The value of a tensor in the reference evaluator. (Placeholder, to be replaced by the evaluator's own.)
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_TENSOR_H
#define RETORT_DIALECTS_ONNX_EVALUATE_TENSOR_H

namespace retort::onnx {

class Tensor {};

} // namespace retort::onnx

#endif
