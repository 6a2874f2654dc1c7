// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LINEAR
#define RETORT_LINEAR

include "dialects/Linear/LinearFormat.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Linear_Dialect : Dialect {
  let name = "linear";
  let cppNamespace = "::retort::linear";
  let summary = "Products with constant weights, in the layouts that kernels stream";
  let description = [{
    What `MatMul(x, <weight expression>)` becomes between lowering and code generation: one operation that names the format
    of its weight. A weight of K x N numbers lies in panels of 32 columns, `[panel][k][32]`, zeros behind the last column:
    one layout for products of many rows and of one.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// How the context multiplies, see MultiplyStep.h.
    std::vector<std::shared_ptr<const MultiplyStep>> steps;
  }];
}

class Linear_Attr<string name, string mnemonic_> : AttrDef<Linear_Dialect, name, [DeclareAttrInterfaceMethods<Linear_Format>]> {
  let mnemonic = mnemonic_;
}

def Linear_DenseAttr : Linear_Attr<"Dense", "dense"> {
  let summary = "a weight of plain numbers";
  let description = [{
    One part: `panels x K x 32` of f32, f16 or bf16.
  }];
}

def Linear_GroupsAttr : Linear_Attr<"Groups", "groups"> {
  let summary = "a weight of small codes with a scale for each group of rows in a column";
  let description = [{
    `w = scale * (code - zero)` with codes of `bits` (2, 4 or 8) from 0 up, for groups of `size` rows; the last group may
    be shorter.

    - codes: `panels x words x 32` of i32. A word holds 32 / bits codes of one column, the first row in the low bits; every
      group begins a word, codes behind its last row are 0.
    - scales: `panels x groups x 32` of f32 or f16.
    - zeros (i8 read without sign, `panels x groups x 32`), absent: 2^(bits - 1). With `float_zeros` they are f32, f16 or bf16,
      and never absent.
  }];
  let parameters = (ins "int64_t":$bits, "int64_t":$size, DefaultValuedParameter<"bool", "false">:$float_zeros);
  let builders = [AttrBuilder<(ins "int64_t":$bits, "int64_t":$size), [{ return $_get($_ctxt, bits, size, false); }]>];
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t codesPerWord() const { return 32 / getBits(); }
    int64_t wordsPerGroup() const { return (getSize() + codesPerWord() - 1) / codesPerWord(); }
    int64_t groups(int64_t depth) const { return (depth + getSize() - 1) / getSize(); }
    /// What a zero point is where there is none: the middle of the codes.
    int64_t middle() const { return int64_t(1) << (getBits() - 1); }
  }];
}

def Linear_LevelsAttr : Linear_Attr<"Levels", "levels"> {
  let summary = "a weight of codes of levels, with scales that are codes too";
  let description = [{
    `w = level(code) * scale(index)`, see `compress.decode_levels`; codes of `bits` (2 to 8), a scale for each `size` rows of
    a column. Rows lie in blocks of W = 32; of 16 or 8 where that is `size`, which is else a multiple of 32, or at least K.
    W codes take `bits` words of W bits. A word holds W / bits codes, rounded down, the first in the low bits, word after word;
    the bits that words have left at the top hold the last W mod bits codes of the block, a bit of each in each word: bit j
    of the codes in word j. So every width is packed without a gap.

    - codes: `panels x (blocks * bits) x 32` of iW; codes behind the last row are 0, words
      behind it are left out;
    - low: `panels x (groups / 2) x 32` of i8, rounded up: the low four bits of two scales' indices, the first in the low bits;
    - high: `panels x (groups / 4) x 32` of i8, rounded up: the high two bits of four;
    - ladder: two i32, the bits of the least scale as f32 and what each further one adds.
  }];
  let parameters = (ins "int64_t":$bits, "int64_t":$size);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Rows of a block, and bits of a word.
    int64_t block() const { return getSize() == 8 || getSize() == 16 ? getSize() : 32; }
    int64_t codesPerWord() const { return block() / getBits(); }
    /// Codes that lie in whole words; those behind them are spread.
    int64_t wholeCodes() const { return codesPerWord() * getBits(); }
    int64_t groups(int64_t depth) const { return (depth + getSize() - 1) / getSize(); }
    int64_t blocksPerGroup() const { return (getSize() + block() - 1) / block(); }
    /// Words of so many rows of a group: of a block that ends early, those that hold something.
    int64_t wordsOf(int64_t rows) const {
      int64_t rest = rows % block(), last = (rest + codesPerWord() - 1) / codesPerWord();
      return rows / block() * getBits() + (rest > wholeCodes() ? getBits() : last);
    }
    /// Words of a column of so many rows.
    int64_t wordRows(int64_t depth) const {
      int64_t before = groups(depth) - 1;
      return before * blocksPerGroup() * getBits() + wordsOf(depth - before * getSize());
    }
    /// Whether a weight of so many rows can lie so.
    static bool takes(int64_t bits, int64_t size, int64_t depth) {
      return bits >= 2 && bits <= 8 && size > 0 && (size == 8 || size == 16 || size % 32 == 0 || size >= depth);
    }
  }];
}

def Linear_SparseAttr : Linear_Attr<"Sparse", "sparse"> {
  let summary = "a weight of which n of each m rows in a column are kept";
  let description = [{
    `m` is 2, 4, 8 or 16; K may end within a block of m.

    - values: `panels x (blocks * n) x 32` of f32, f16 or bf16; the n of a block one behind the other.
    - places: `panels x blocks x 32` of i8, i16, i32 or i64, the first that holds n times log2(m) bits: where in the block
      each value stands, the first in the low bits. Values that a block lacks are 0.
  }];
  let parameters = (ins "int64_t":$n, "int64_t":$m);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t placeBits() const { return llvm::Log2_64(getM()); }
    /// The width of the integers that hold the places of a block.
    int64_t wordBits() const { return std::max<int64_t>(8, llvm::PowerOf2Ceil(getN() * placeBits())); }
    int64_t blocks(int64_t depth) const { return (depth + getM() - 1) / getM(); }
  }];
}

def Linear_SparseGroupsAttr : Linear_Attr<"SparseGroups", "sparse_groups"> {
  let summary = "a weight of which n of each m rows in a column are kept, as codes with a scale for each group of rows";
  let description = [{
    `w = scale * (code - zero)` where a row is kept, else 0. `m` is 2, 4, 8 or 16, `n` a power of two up to half of it; codes
    have a sign and `bits` (2, 4 or 8) bits. A group of `size` rows shares a scale; the last may be shorter. `size` is a
    multiple of `unit`, the rows that fill words of both kinds; K may end within a group.

    - codes: `panels x (groups * codeWords) x 32` of i32, 32 / bits of one column each, block by block, the first in the low
      bits.
    - places: `panels x (groups * placeWords) x 32` of i32: where in its block each code stands. A block takes the power of
      two from n times log2(m) bits on, the first block of a word lies in the low bits, and so does the first code of a block.
    - scales: `panels x groups x 32` of f32, f16 or bf16.
    - zeros (i8, `panels x groups x 32`), absent: 0.

    Of what a block keeps less of, the first codes are the zero point, at place 0.
  }];
  let parameters = (ins "int64_t":$n, "int64_t":$m, "int64_t":$bits, "int64_t":$size);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t placeBits() const { return llvm::Log2_64(getM()); }
    /// Bits that the places of a block take.
    int64_t blockBits() const { return llvm::PowerOf2Ceil(getN() * placeBits()); }
    int64_t codesPerWord() const { return 32 / getBits(); }
    int64_t blocksPerWord() const { return 32 / blockBits(); }
    /// Rows that fill words of codes and words of places.
    static int64_t unitOf(int64_t n, int64_t m, int64_t bits) {
      int64_t blocksPerWord = 32 / llvm::PowerOf2Ceil(n * llvm::Log2_64(m));
      return std::max({m * blocksPerWord, 32 / bits * m / n, m});
    }
    int64_t unit() const { return unitOf(getN(), getM(), getBits()); }
    /// Words of a group.
    int64_t codeWords() const { return getSize() / getM() * getN() / codesPerWord(); }
    int64_t placeWords() const { return getSize() / getM() / blocksPerWord(); }
    int64_t groups(int64_t depth) const { return (depth + getSize() - 1) / getSize(); }
  }];
}

def Linear_Buffer : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef], "tensor or memref">;

def Linear_ProductOp : Op<Linear_Dialect, "product", [
    DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
                              ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>]> {
  let summary = "rows times a constant weight";
  let description = [{
    `init[i, j] = sum over k of rows[i, k] * W[k, j]`, with rows MxK of f32, f16 or bf16, and init MxN of f32; K and N are
    known. The format is any attribute that implements `LinearFormat`, of this dialect or another; the parts of the weight
    are those that it names. Sums are f32; products are of f32, so nothing is
    rounded but the sums.

    ```mlir
    %y = linear.product #linear.groups<bits = 4, size = 32> %x, %codes, %scales into %init
      : tensor<?x64xf32>, tensor<2x8x32xi32>, tensor<2x2x32xf32> into tensor<?x48xf32> -> tensor<?x48xf32>
    ```
  }];
  let arguments = (ins AnyAttr:$format, Linear_Buffer:$rows, Variadic<Linear_Buffer>:$weight, Linear_Buffer:$init);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $format $rows `,` $weight `into` $init attr-dict `:` type($rows) `,` type($weight) `into` type($init)
    (`->` type($result)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    int64_t depth() { return llvm::cast<mlir::ShapedType>(getRows().getType()).getDimSize(1); }
    int64_t columns() { return llvm::cast<mlir::ShapedType>(getInit().getType()).getDimSize(1); }
    int64_t panels();
  }];
}

#endif
