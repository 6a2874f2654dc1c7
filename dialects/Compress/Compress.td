// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_COMPRESS_DIALECT
#define RETORT_COMPRESS_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Compress_Dialect : Dialect {
  let name = "compress";
  let cppNamespace = "::retort::compress";
  let summary = "Forms of a compressed weight that ONNX lacks";
  let description = [{
    A compressed weight is an expression over constants. Most of them are written in ONNX: `onnx.DequantizeLinear` of
    codes, `onnx.MatMul` of two factors. This dialect holds the rest. README.md gives the reasons.
  }];
  let extraClassDeclaration = [{
    /// What the context knows of weights, see WeightForm.h.
    std::vector<std::shared_ptr<const WeightForm>> forms;
  }];
}

class Compress_Op<string mnemonic> : Op<Compress_Dialect, mnemonic, [Pure]>;

def Compress_DequantizeOp : Compress_Op<"dequantize"> {
  let summary = "numbers from codes of a width that ONNX lacks";
  let description = [{
    `result = (codes - zero_points) * scales`, with the attributes and the meaning of `onnx.DequantizeLinear`, for codes of
    2 to 8 bits: `i3` is signed, `ui3` is not. Codes are packed as a stream of bits, the first in the low bits of the first
    byte. Scales and zero points have one shape:

    - a scalar, or one element: one scale for all;
    - of rank 1, without `block_size`: one for each place along `axis`;
    - of the codes' rank, with `block_size` B: the size along `axis` is that of the codes divided by B, rounded up; each
      holds for B places, the last perhaps for fewer.

    Without zero points they are zero.
  }];
  let arguments = (ins AnyStaticShapeTensor:$codes, AnyStaticShapeTensor:$scales,
                       Optional<AnyStaticShapeTensor>:$zero_points,
                       DefaultValuedOptionalAttr<I64Attr, "1">:$axis,
                       DefaultValuedOptionalAttr<I64Attr, "0">:$block_size);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    `(` $codes `,` $scales (`,` $zero_points^)? `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Compress_DecodeSparseOp : Compress_Op<"decode_sparse"> {
  let summary = "a matrix from the elements that are not zero";
  let description = [{
    `mask` has one bit for each element of the result in row-major order, packed into bytes, the first in the low bits: 1
    where an element is kept; all others are zero. `values` are the kept elements:

    - unstructured (no `m`): a list in row-major order;
    - `n` of each `m` along `axis`: the shape of the result but for the size along `axis`: row p n + r of the values, for
      each place of the other axes, is the r-th kept element among rows p m to p m + m - 1 of the result. Exactly n are
      kept of each m; of a shorter last group all of them, at most n.

    Values may be an expression in their turn: a quantized n:m weight is `decode_sparse(mask, DequantizeLinear(...))`.
  }];
  let arguments = (ins StaticShapeTensorOf<[UI8]>:$mask, AnyStaticShapeTensor:$values,
                       OptionalAttr<I64Attr>:$n, OptionalAttr<I64Attr>:$m,
                       DefaultValuedOptionalAttr<I64Attr, "0">:$axis);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "`(` $mask `,` $values `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The size of `values` along `axis` where n of each m of `length` are kept.
    static int64_t keptLength(int64_t length, int64_t n, int64_t m) {
      return length / m * n + std::min(n, length % m);
    }
  }];
}

#endif
