// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_DERIVEDECODESTEP
#define RETORT_RECOGNIZE_DERIVEDECODESTEP

include "mlir/Pass/PassBase.td"

def DeriveDecodeStepPass : Pass<"derive-decode-step", "::mlir::ModuleOp"> {
  let summary = "Derive a function that reads new tokens, and keeps keys and values in place";
  let description = [{
    From the graph `@main` of a causal language model, adds

        @step(tokens: 1xT, past: i64, rows: i64, states ...) -> (logits, states ...)

    which reads T tokens behind `past` others, a prompt or a single one, and gives the logits of the last `rows` of them.
    Arguments with the attribute `retort.state` hold the keys and values of one attention each, 1xGxCxD for C = `context`
    tokens; they are updated in place: new rows are written at `past`, and attention reads past + T of them. Others hold
    the state of a retention, or the rows that a convolution looks at again.

    The step is right by construction:
    1. Masks, tables and positions do not depend on how long the text is: each is evaluated once for the whole context,
       compared at sampled lengths (those that stand in the graph among them), and a step takes its rows.
    2. Every operation that tokens reach keeps the rows of the text apart, or is an attention, a retention, or a
       convolution.
    3. None of these lets a row see what follows it.

    Caches that are inputs and outputs of the graph become states, whether they grow or have a fixed number of rows; the
    mask is bound to ones (one of four axes to what rows see), positions count from `past` on, rows are written from
    there. Otherwise the module gets the attribute `retort.no_decode_step`, a text that names the operation and the reason,
    and a remark says the same: who continues a text then has to read it again for every token.

    A graph that reads one token, and whose states are inputs and outputs, is a step by itself, and stays as it is.

    `context` is shortened to the rows of tables of positions, and of caches.

    {{example test/DecodeStep/derive-decode-step.mlir}}
  }];
  let options = [Option<"context", "context", "int64_t", /*default=*/"0",
                        "Most tokens of a text; 0: what the model was trained with, else 2048">];
  let dependentDialects = ["::retort::llm::LlmDialect", "::retort::onnx::OnnxDialect"];
}

#endif
