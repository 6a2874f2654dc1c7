// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dialect with one attribute: the format of weights that are 16 numbers times scales.
#ifndef CODEBOOK_CODEBOOK_H
#define CODEBOOK_CODEBOOK_H

#include "retort/WeightFormat.h"

#include "Codebook/CodebookDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "Codebook/CodebookAttributes.h.inc"

namespace codebook {

/// Rows of a column in a word.
constexpr int64_t perWord = 8, codeBits = 4, bookSize = 16;

/// How such a weight is told and read.
std::unique_ptr<retort::compress::WeightForm> makeForm();

} // namespace codebook

#endif
