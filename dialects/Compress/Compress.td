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
  let summary = "numbers from codes of a width that ONNX lacks, or with zero points that are no codes";
  let description = [{
    `result = (codes - zero_points) * scales`, with the attributes and the meaning of `onnx.DequantizeLinear`, for codes of
    2 to 8 bits: `i3` is signed, `ui3` is not. Codes are packed as a stream of bits, the first in the low bits of the first
    byte. Scales and zero points have one shape:

    - a scalar, or one element: one scale for all;
    - of rank 1, without `block_size`: one for each place along `axis`;
    - of the codes' rank, with `block_size` B: the size along `axis` is that of the codes divided by B, rounded up; each
      holds for B places, the last perhaps for fewer.

    Without zero points they are zero. They may be floats, which no code stands for: numbers are computed in f32 then.
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

def Compress_DecodeLevelsOp : Compress_Op<"decode_levels"> {
  let summary = "numbers from codes of unevenly spaced levels, with scales that are codes too";
  let description = [{
    `result = level(codes) * scale(scales)`, where both tables are known and take no room:

    - codes of b = 2 to 8 bits count from 0: level 0 is -1, level 2^b - 1 is 1. Of 2 to 5 bits they are those that leave the
      least squares of normally distributed numbers, of 6 to 8 bits evenly spaced ones (`Levels.h`);
    - scales of 6 bits count the 64 floats whose bits, read as integers, are `ladder[0] + i * ladder[1]`: about 4 % apart
      where the largest scale of a weight is ten times the least.

    `scales` has the rank of the codes; its size along `axis` is that of the codes divided by `block_size`, rounded up, and
    each holds for `block_size` places. Groups of 32 numbers take 0.19 bits a number for scales, where f32 takes one.
    Numbers are computed in f32.

    ```mlir
    %w = compress.decode_levels(%codes, %scales, %ladder) {axis = 0 : i64, block_size = 32 : i64}
      : (tensor<64x96xui3>, tensor<2x96xui6>, tensor<2xi32>) -> tensor<64x96xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$codes, AnyStaticShapeTensor:$scales, AnyStaticShapeTensor:$ladder,
                       DefaultValuedOptionalAttr<I64Attr, "0">:$axis, I64Attr:$block_size);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "`(` $codes `,` $scales `,` $ladder `)` attr-dict `:` functional-type(operands, results)";
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
