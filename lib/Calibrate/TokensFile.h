// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A sample that is tokens already.
#ifndef RETORT_LIB_CALIBRATE_TOKENSFILE_H
#define RETORT_LIB_CALIBRATE_TOKENSFILE_H

#include "lib/Text/Tokenizer.h"

#include "llvm/Support/Error.h"

namespace retort {

/// Windows of the ids in a file, the first `most` of them (0: all). A `.npy` of two axes has a
/// window in each row, whatever `length` is usual; `asked` (0: none) is the length that a user
/// wants. One of one axis, or a text of numbers between white space, is cut into windows of
/// `length`; a rest that is shorter is dropped. Errors name the file.
llvm::Expected<std::vector<text::TokenIds>>
readTokenWindows(const std::string &path, int64_t length, int64_t asked, int64_t most);

} // namespace retort

#endif
