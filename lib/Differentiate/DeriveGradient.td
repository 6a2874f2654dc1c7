// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass derive-gradient.
#ifndef RETORT_DIFFERENTIATE_DERIVEGRADIENT
#define RETORT_DIFFERENTIATE_DERIVEGRADIENT

include "mlir/Pass/PassBase.td"

def DeriveGradientPass : Pass<"derive-gradient", "::mlir::ModuleOp"> {
  let summary = "Derive functions that compute a loss of the model, and its gradient";
  let description = [{
    From the graph `@main` of a causal language model, adds

        @loss(tokens: 1xT, weights: T [, teacher: TxV], parameters ...) -> loss
        @gradient(the same) -> (loss, gradients ...)

    in reverse mode, as operations like those of the model: what lowers and compiles one compiles the other. Parameters are
    the constants that the model has learned (matrices, tables that tokens look up, scales and biases) and whose names
    `parameters` matches; they become arguments, in the order of the graph, and so
    nothing folds them, packs them or maps them read-only. Row i of the logits predicts token i + 1; the loss is the sum over
    rows of `weights` times the loss of the row, so that who wants the mean divides the weights. `teacher` are the logits
    that the losses other than `ce` compare with. With `hidden` above 0 the teacher's hidden states are arguments, too, one for each
    that the model has: what tokens look up, and the residual stream behind each half of a block.

    The number T of tokens is fixed by `context`: masks and positions are constants, caches are empty, and what was broadcast is summed over axes
    that are known. A model of f16 or bf16 is computed in f32, and that is what its parameters are. Each operation has its rule in a file of lib/Differentiate/Rules, or is an operation of a plugin with
    the interface `Differentiable`, or is a function of others, which its body then replaces. One that has none of these is an
    error if it lies between a parameter and the loss, and of no matter elsewhere.

    Sources: training of RetNet (2307.08621), distillation (1503.02531, 2306.08543, 2306.13649, 2402.03898).

    {{example test/Differentiate/derive-gradient.mlir}}
  }];
  let options = [
    Option<"context", "context", "int64_t", "0", "Tokens of a text; 0: what the model was trained with, at most 256">,
    Option<"parameters", "parameters", "std::string", "\".\"", "Regular expression: constants that become arguments, by their names">,
    Option<"loss", "loss", "std::string", "\"ce\"", "ce, forward-kl, reverse-kl, jsd or skew-kl">,
    Option<"temperature", "temperature", "double", "1", "By which logits of both are divided, but for ce">,
    Option<"beta", "beta", "double", "0.5", "Share of the teacher in the mean of jsd and skew-kl">,
    Option<"mix", "mix", "double", "1", "Share of the teacher; the rest is ce">,
    Option<"hidden", "hidden", "double", "0", "Factor of the mean, over hidden states h and those of the teacher t, of |h - t|^2 / |t|^2 of each row">,
    Option<"mostBytes", "most-bytes", "int64_t", "-1", "Of values that are kept for the gradient; where they take more, a segment at a time is computed again from the value before it, and the function has one more argument, the number 1. -1: all are kept">,
    Option<"logitBytes", "logit-bytes", "int64_t", "33554432", "Of logits that are made at once, some rows after the other; eight times as many where what makes them is a parameter">,
    Option<"topK", "top-k", "int64_t", "0", "Most probable ids of the teacher that forward-kl compares; 0: all">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect", "::retort::RetortDialect"];
}

#endif
