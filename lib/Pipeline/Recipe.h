// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recipes: text files that name compression passes.
#ifndef RETORT_LIB_PIPELINE_RECIPE_H
#define RETORT_LIB_PIPELINE_RECIPE_H

#include "llvm/Support/Error.h"

namespace retort {

/// The pass pipeline of a recipe: a file of that path, or `NAME.recipe` among those installed with
/// Retort; with statistics of a sample `NAME.calibrated.recipe` where there is one. Lines that
/// begin with `#` are comments; the others are joined. An unknown name is an error that lists the
/// known ones.
llvm::Expected<std::string> readRecipe(llvm::StringRef nameOrPath, bool isCalibrated);

} // namespace retort

#endif
