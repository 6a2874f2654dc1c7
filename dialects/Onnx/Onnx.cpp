// Registers the onnx dialect.
#include "dialects/Onnx/Onnx.h"

using namespace retort;

#include "dialects/Onnx/OnnxDialect.cpp.inc"

void onnx::OnnxDialect::initialize() {
  addGraph();
  addTypedOperations();
}
