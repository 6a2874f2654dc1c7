// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the onnx dialect.
#include "dialects/Onnx/Bytecode.h"
#include "dialects/Onnx/Onnx.h"

#include "dialects/Onnx/Fourier/Fourier.h"
#include "dialects/Onnx/Recurrent/Recurrent.h"
#include "dialects/Retort/Retort.h"

using namespace retort;

#include "dialects/Onnx/OnnxDialect.cpp.inc"

void onnx::OnnxDialect::initialize() {
  addGraph();
  addTypedOperations();
  addInterface(makeBytecodeInterface(this));
  addFourierOperations(*this);
  addRecurrentOperations(*this);
}
