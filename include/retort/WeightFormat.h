// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the author of a weight format includes: how a compressed weight is told and read
// (compress::WeightForm), what its packed parts are (linear::LinearFormat), and how code reads them
// (LinearFormatLowering, LinearFormatKernel). docs/write-a-format.md is the tutorial.
#ifndef RETORT_WEIGHTFORMAT_H
#define RETORT_WEIGHTFORMAT_H

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Linear/WeightMatrix.h"
#include "retort/Operation.h"

#endif
