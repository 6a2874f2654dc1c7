// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_FUSED
#define RETORT_FUSED

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Fused_Dialect : Dialect {
  let name = "fused";
  let cppNamespace = "::retort::fused";
  let summary = "What one kernel computes although linalg would take several";
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
  let description = [{
    Between lowering and code generation: operations whose intermediate results never lie in memory as a whole.
  }];
}

def Fused_Buffer : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef], "tensor or memref">;

def Fused_AttentionOp : Op<Fused_Dialect, "attention", [
    AttrSizedOperandSegments, DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
                              ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>]> {
  let summary = "attention in f32, whose scores never exist at once";
  let description = [{
    `init = softmax(softcap(scale * Q K') + bias, hidden columns left out) V`, for each batch and head, all of f32. The sizes
    are those of `llm.attention`: query BxHxTxD, key BxGxSxD, value BxGxSxE, init BxHxTxE; D and E are known.

    - `offset`: how many columns lie before the first row; an index, or i64 of one number or one for each batch.
    - `left_window`, `right_window`: row i sees i + offset - left <= j <= i + offset + right; absent: unbounded. What is causal
      has a right window of 0.
    - `key_length` (i64, one number or one for each batch): columns behind it are hidden.
    - `bias`, of four axes, each of size 1 or of BxHxTxS, the last of size S: added to scores; where it is -inf a column is
      hidden, whatever its score.
    - `sinks` (H): one more logit per head, without a value.

    A row that sees no column yields zeros.

    ```mlir
    %y = fused.attention %q, %k, %v offset %past : index into %init {right_window = 0, scale = 0.125 : f32}
      : tensor<1x9x?x64xf32>, tensor<1x3x512x64xf32>, tensor<1x3x512x64xf32> into tensor<1x9x?x64xf32> -> tensor<1x9x?x64xf32>
    ```
  }];
  let arguments = (ins Fused_Buffer:$query, Fused_Buffer:$key, Fused_Buffer:$value,
                       AnyTypeOf<[Index, Fused_Buffer]>:$offset, Optional<Fused_Buffer>:$key_length,
                       Optional<Fused_Buffer>:$bias, Optional<Fused_Buffer>:$sinks, Fused_Buffer:$init,
                       F32Attr:$scale, OptionalAttr<I64Attr>:$left_window, OptionalAttr<I64Attr>:$right_window,
                       OptionalAttr<F32Attr>:$softcap);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value `offset` $offset `:` type($offset) (`key_length` $key_length^ `:` type($key_length))?
    (`bias` $bias^ `:` type($bias))? (`sinks` $sinks^ `:` type($sinks))? `into` $init attr-dict
    `:` type($query) `,` type($key) `,` type($value) `into` type($init) (`->` type($result)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// Of a head of queries and keys, and of one of values.
    int64_t depth() { return llvm::cast<mlir::ShapedType>(getQuery().getType()).getDimSize(3); }
    int64_t width() { return llvm::cast<mlir::ShapedType>(getInit().getType()).getDimSize(3); }
  }];
}

#endif
