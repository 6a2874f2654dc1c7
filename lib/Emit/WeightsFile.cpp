// Writes the weights of a compiled model, to be mapped: a page of header, then each weight at its
// place.
#include "lib/Emit/Emit.h"
#include "lib/Emit/WeightLayout.h"

#include "dialects/Onnx/Weights.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace retort;

llvm::Error retort::emitWeights(ModuleOp lowered, raw_ostream &stream) {
  SmallVector<WeightPlace> places = layOutWeights(lowered);
  uint64_t end = weightsHeaderBytes;
  if (!places.empty())
    end = llvm::alignTo(places.back().offset + places.back().bytes, 64);
  char size[8];
  llvm::support::endian::write64le(size, end);
  stream << "RETORTW1";
  stream.write(size, sizeof(size));
  stream.write_zeros(weightsHeaderBytes - 16);
  uint64_t position = weightsHeaderBytes;
  for (const WeightPlace &place : places) {
    auto view = onnx::ConstantView::of(Attribute(place.value));
    if (!view || view->bytes().size() != place.bytes)
      return llvm::createStringError("a weight holds no data of its type");
    stream.write_zeros(place.offset - position);
    stream.write(view->bytes().data(), place.bytes);
    position = place.offset + place.bytes;
  }
  stream.write_zeros(end - position);
  return llvm::Error::success();
}
