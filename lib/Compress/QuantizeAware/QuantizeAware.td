// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-quantize-aware.
#ifndef RETORT_COMPRESS_QUANTIZEAWARE
#define RETORT_COMPRESS_QUANTIZEAWARE

include "lib/Train/TrainingOptions.td"

def QuantizeAwarePass : Pass<"compress-quantize-aware", "::mlir::ModuleOp"> {
  let summary = "Train a model with rounded weights, and write their codes";
  let description = [{
    Quantization-aware training (LLM-QAT, 2305.17888): behind each weight matrix stands `compress.fake_quantize`, so that the
    model computes with what codes of `bits` bits stand for, while the weights behind it are trained; so are embeddings,
    norms, biases and the matrix of the logits, which stay floats. What is made small is by default the divergence from
    the model as the pipeline read it. At the end come the codes of the trained weights, of the same function, as
    `compress-quantize-rtn` writes them, and the other numbers.

    - `scale=learned`: scales are trained too, at a tenth of the rate, and weights beyond the bounds have no gradient (LSQ,
      1902.08153; with `symmetric=false` zero points as well, LSQ+, 2004.09576). They begin at those of least squares, as
      `compress-quantize-rtn{range=mse}` has them; with `init=gptq`, of a weight with statistics, at the scales and codes of GPTQ.
    - `scale=fixed`: the scale of a group follows its weights as that of `compress-quantize-rtn` does, so that training begins exactly
      there; nothing is clipped, and the gradient goes straight through.
    - `init=codes`: weights that are codes already, of `compress-allocate`, `-quantize-gptq` or `-quantize-rtn`, keep their form, be it
      integers or levels, and as many bytes; training begins with their codes and scales. `bits`, `group-size`, `symmetric` and `scales`
      have no say then, and other weights stay floats.
    - `activations=BITS`: what products with these weights read is rounded as well, with a scale for each token; `kv=BITS`: keys, behind their
      rotation, and values, with one for each token and head. This is for training alone: the file has codes
      of weights, and a remark tells what who runs it would have to do.

    Matrices that are taken, `include` and `exclude`, groups and `scales` are those of `compress-quantize-rtn`. Numbers come back of the state with the
    least loss on windows that are held out; where that is the one from the start, the weights are rounded and nothing else
    changes, and a remark says so. With `learning-rate=0` it is 5e-4 (128 / width)^1.2 from 3 bits on, and twice that below; with `init=codes`
    1e-3 (128 / width)^.8 / bits, of their average.

    Of a model of 1.4 million weights, 200 steps of 1,024 tokens bring the divergence in groups of 32 to 0.11 nats with 2 bits, to
    0.028 with 3 and to 0.009 with 4; with fixed scales to 0.20, 0.042 and 0.013.

    Runs in Retort's tools and in hosts that load libRetortTrain.so.

    {{example test/Compress/QuantizeAware/quantize-aware.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    Option<"bits", "bits", "int64_t", "4", "Width of a code, 2 to 8">,
    Option<"groupSize", "group-size", "int64_t", "32", "Inputs that share a scale; 0: all inputs of an output">,
    Option<"symmetric", "symmetric", "bool", "true", "Signed codes around zero; false: a zero point for each scale">,
    Option<"scale", "scale", "std::string", "\"learned\"", "learned: is trained; fixed: follows the weights of its group">,
    Option<"init", "init", "std::string", "\"rtn\"", "What learned scales begin with: rtn, gptq of weights with statistics, or codes that weights have">,
    Option<"activations", "activations", "int64_t", "0", "Bits that inputs of these products are rounded to while the model trains, 2 to 8; 0: not at all">,
    Option<"kv", "kv", "int64_t", "0", "The same of keys and values of attention">,
    Option<"scales", "scales", "std::string", "\"f32\"", "What scales are stored as, of weights of f32: f32 or f16">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
