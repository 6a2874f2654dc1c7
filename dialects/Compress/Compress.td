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

class Compress_Op<string mnemonic, list<Trait> traits = []> : Op<Compress_Dialect, mnemonic, !listconcat(traits, [Pure])>;

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

def Compress_FakeQuantizeOp : Compress_Op<"fake_quantize", [AllTypesMatch<["input", "result"]>]> {
  let summary = "the nearest numbers that codes of a few bits stand for";
  let description = [{
    `result = (clip(round(input / scale) + z, lo, hi) - z) * scale`, rounded to nearest, ties to even, computed in f32 or
    wider: what `compress.dequantize` makes of the codes that `onnx.QuantizeLinear` would write. Codes have `bits` 2 to 8;
    lo and hi are -2^(bits-1) and 2^(bits-1) - 1, or 0 and 2^bits - 1 where `is_signed` is false. What is no number gets
    the lowest code.

    - `scale` broadcasts to the input, axes counted from the last: each of its sizes is 1 or that of the input. With
      `block_size` B above 0 the size along `axis` is 1 or that of the input divided by B, rounded up, and each scale holds
      for B places, the last perhaps for fewer. It may follow from the input: one for each token, or for each group of a
      weight that changes.
    - `z` is `zero_point`, of the type and shape of the scale, rounded and clipped to a code; 0 where it is absent.
    - `scale_type`: what scales are rounded to before they are used, f16 or bf16, since they will be stored so.
    - `ladder`: codes are the levels of `compress.decode_levels` of `bits` bits, -1 to 1, in place of integers, and scales are
      rounded to the nearest of the ladder's. Of f32, without zero points: `result = level(input / s) * s`.

    Rounding is flat, so gradients are defined: straight through, all of the result's goes to the input and none to scales.
    `learned` (LSQ, 1902.08153; LSQ+, 2004.09576), with v = input / scale + z, k = 1 / sqrt(n hi), n the elements of a
    scale, and bounds outside:

    | | lo < v < hi | below, above |
    |---|---|---|
    | input | dy | 0 |
    | scale | k sum dy (round(v) - v) | k sum dy (lo - z), k sum dy (hi - z) |
    | zero point | 0 | -scale sum dy |

    With a ladder lo is -1 and hi is 1, and round(v) is the level; scales have the gradient as if they were not rounded.

    ```mlir
    %w = compress.fake_quantize(%x, %scale) {axis = 0 : i64, bits = 3 : i64, block_size = 32 : i64}
      : (tensor<64x96xf32>, tensor<2x96xf32>) -> tensor<64x96xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyRankedTensor:$scale, Optional<AnyRankedTensor>:$zero_point,
                       I64Attr:$bits, DefaultValuedAttr<BoolAttr, "true">:$is_signed,
                       DefaultValuedAttr<I64Attr, "0">:$axis, DefaultValuedAttr<I64Attr, "0">:$block_size,
                       OptionalAttr<TypeAttr>:$scale_type, OptionalAttr<DenseI32ArrayAttr>:$ladder,
                       UnitAttr:$learned);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    `(` $input `,` $scale (`,` $zero_point^)? `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Of what codes stand for before they are scaled, without zero points: integers, or levels where there is a ladder.
    int64_t lowest() { return getLadder() ? -1 : getIsSigned() ? -(int64_t(1) << (getBits() - 1)) : 0; }
    int64_t highest() { return getLadder() ? 1 : lowest() + (int64_t(1) << getBits()) - 1; }
    /// The axis of the input that has blocks, from the front; -1 where none has, or where one scale is for all of it.
    int64_t blockedAxis();
    /// The elements of the input that share a scale; of a shorter last block as of the others. Sizes are known.
    int64_t elementsOfScale();
  }];
}

#endif
