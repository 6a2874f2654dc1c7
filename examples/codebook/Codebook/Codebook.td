// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CODEBOOK
#define CODEBOOK

include "dialects/Linear/LinearFormat.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def Codebook_Dialect : Dialect {
  let name = "codebook";
  let cppNamespace = "::codebook";
  let summary = "Weights of 16 numbers times scales";
  let useDefaultAttributePrinterParser = 1;
}

def Codebook_PanelsAttr : AttrDef<Codebook_Dialect, "Panels", [
    DeclareAttrInterfaceMethods<Linear_Format>,
    DeclareAttrInterfaceMethods<Linear_FormatLowering>,
    DeclareAttrInterfaceMethods<Linear_FormatKernel>]> {
  let mnemonic = "panels";
  let summary = "codes of 4 bits that name one of 16 numbers, and a scale for each column";
  let description = [{
    `w[k, n] = book[code[k, n]] * scale[n]`.

    - codes: `panels x words x 32` of i32. A word holds the codes of eight rows of a column, the first in the low bits.
    - book: 16 numbers of f32.
    - scales: `panels x 1 x 32` of f32.
  }];
}

#endif
