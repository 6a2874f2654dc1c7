// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_ASSIGNROLES
#define RETORT_RECOGNIZE_ASSIGNROLES

include "mlir/Pass/PassBase.td"

def AssignRolesPass : Pass<"assign-roles", "::mlir::ModuleOp"> {
  let summary = "Say what the inputs and outputs of a language model mean";
  let description = [{
    Writes the attribute `retort.role` on arguments and results, from what the graph does with them:
    - `past:K` and `present:K`: a result that holds an argument as it is but for new rows; through Concat, scatters,
      slots of attention operations, and whatever only moves elements.
    - `tokens`: integers that look up rows of a table of floats, of which the one with as many rows as there are logits
      is preferred (positions look up tables too).
    - `positions`: integers that become angles, or indices of a table, by arithmetic of single elements alone.
    - `start`: integers that become indices of rows written into an argument, or positions, as one number for each text.
    - `length`: integers of at most one axis that reach the scores of attention, and are none of these.
    - `mask`: what reaches the scores of attention, and is none of these.
    - `logits`: a float result that is no `present`; where there are several, the widest. It is called `hidden_states`
      where it is as wide as a row of the tokens' table, `class_scores` where it is one row for a text and has less than
      half as many numbers as that table has rows.

    The usual names decide only what the graph leaves open. An input that has no role gets no attribute. Names of
    dimensions tell nothing.

    {{example test/Recognize/assign-roles.mlir}}
  }];
}

#endif
