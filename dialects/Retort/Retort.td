// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RETORT
#define RETORT_RETORT

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td" // the generator of documentation looks for its class

def Retort_Dialect : Dialect {
  let name = "retort";
  let cppNamespace = "::retort";
  let summary = "What the phases of the compiler tell each other: the target, and facts on functions and their arguments";
  let description = [{
    The dialect has no operations. Its attributes stand on modules, functions, arguments and results of other dialects;
    one that is not known, or stands on something else than its table says, is an error.

    | attribute | on | value | who writes it |
    |---|---|---|---|
    | `retort.target` | module | `#retort.target` | `set-target` |
    | `retort.language` | module | a dictionary: context, vocabulary, bos, eos | the driver, from the files beside a model |
    | `retort.no_decode_step` | module | a string: why no step could be derived | `derive-decode-step` |
    | `retort.weights` | module | an array of tensors | `lower-to-linalg` |
    | `retort.weight_formats` | module | an array: how each of these is packed | `lower-to-linalg` |
    | `retort.content` | module | a string: what tells the model from others | `identify-model` |
    | `retort.statistics` | module | a string: the file of statistics that methods read | `identify-model` |
    | `retort.partial_results` | module | a string: the file for what methods have made of weights so far | the compiler, while methods run |
    | `retort.model_file` | module | a string: the file that the model was read from, which methods that train compare it with | the compiler, while methods run |
    | `retort.tokenizer` | module | a number (i64): a hash of the vocabulary that tokens are of, which files of tokens that methods read must have, too | the compiler, while methods run |
    | `retort.stale_statistics` | module | a string: the method since which they do not hold | methods that change what a model computes |
    | `retort.emission` | module | `native` or `onnx`: what the module is made into; `native` where it is missing | the compiler |
    | `retort.size` | module | a dictionary: the size of the file that was asked for, and of what was chosen for it | `compress-allocate` |
    | `retort.size_beside` | module | what the file holds beside the matrices that were chosen for, in bytes; unit: a file will tell | the compiler |
    | `retort.input_scales` | module | a dictionary: what the inputs of a weight were divided by since the sample | `compress-scale-inputs`, `compress-quantize-smooth` |
    | `retort.output_scales` | module | a dictionary: what the outputs of a weight were divided by since the sample | the same |
    | `retort.originals` | module | a dictionary: what a weight was before it became codes, by its name | methods that round weights, where statistics are known |
    | `retort.kept_inputs` | module | a dictionary: which of its inputs a weight still has, by their numbers in the sample | `compress-prune-structured` |
    | `retort.segments` | module | an array: the results before and behind segments of the residual stream | `expose-activations` |
    | `retort.activations` | module | an array: the results that feed sets of weights | `expose-activations` |
    | `retort.context` | function | the most tokens of a text | `derive-decode-step` |
    | `retort.kernel` | function | a string: what each of its loops is | the passes of code generation |
    | `retort.role` | argument, result | a string: `tokens`, `mask`, `past:0`, `present:0`, `logits`, ... | `assign-roles` |
    | `retort.element` | argument, result | the element type of the model that its bytes hold | `lower-to-linalg` |
    | `retort.weight` | argument | an index into `retort.weights` | `lower-to-linalg` |
    | `retort.default` | argument | the same, of what is taken where a caller gives none | `lower-to-linalg` |
    | `retort.state` | argument | the number of a buffer that calls share | `derive-decode-step` |
    | `retort.work` | argument | unit: how many threads share the work | code generation |
    | `retort.noalias` | argument | unit: no other argument reaches its memory | code generation |
  }];
  // Scalar bodies of operations are built in them.
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

def Retort_TargetAttr : AttrDef<Retort_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "the processor that code is generated for";
  let description = [{
    What the phases ask of the processor, said once: `set-target` reads it from LLVM's tables after import, and lowering,
    code generation and emission read it here.

        #retort.target<cpu = "x86-64-v3", vector_bits = 256, vector_registers = 16
                       features["avx2", "fma"] caches[32768, 1048576, 33554432]>

    - `cpu`: a name that LLVM knows; `native` is resolved.
    - `features`: the instruction sets that matter to a choice of the compiler, by LLVM's names, in the order of the
      alphabet.
    - `vector_bits`, `vector_registers`: of one vector register, and how many there are.
    - `caches`: bytes of the caches, the nearest first; what is not known is left out.
  }];
  let parameters = (ins StringRefParameter<>:$cpu, "int64_t":$vectorBits, "int64_t":$vectorRegisters,
                        OptionalArrayRefParameter<"::mlir::StringAttr">:$features,
                        OptionalArrayRefParameter<"int64_t">:$caches);
  let assemblyFormat = [{
    `<` `cpu` `=` $cpu `,` `vector_bits` `=` $vectorBits `,` `vector_registers` `=` $vectorRegisters
    (`features` `[` $features^ `]`)? (`caches` `[` $caches^ `]`)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// f32 elements of a vector register.
    int64_t lanes() const { return getVectorBits() / 32; }
    bool has(::llvm::StringRef feature) const;
  }];
}

#endif
