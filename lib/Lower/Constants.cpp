// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants of the lowered functions: small ones in the code, large ones as arguments.
#include "lib/Lower/Constants.h"

#include "lib/Import/MappedFile.h"
#include "lib/Lower/NarrowFloat.h"
#include "lib/Lower/Scalars.h"

#include "dialects/Linear/LinearFormat.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Names.h"
#include "dialects/Retort/ScratchPages.h"

#include "mlir/IR/Iterators.h"

using namespace mlir;
using namespace retort;

WeightTable::WeightTable(ModuleOp module) {
  if (auto known = module->getAttrOfType<ArrayAttr>(names::weights))
    for (Attribute weight : known)
      indexOf(cast<ElementsAttr>(weight));
}

int64_t WeightTable::indexOf(ElementsAttr value) {
  auto [entry, isNew] = indices.try_emplace(value, weights.size());
  if (isNew)
    weights.push_back(value);
  return entry->second;
}

/// Packed bytes after which weights need not stay in memory.
static constexpr int64_t bytesToLeave = 128 << 20;

ArrayRef<ElementsAttr> WeightTable::packed(const WeightMatrix &weight) {
  auto [entry, isNew] = packedParts.try_emplace(weight.key);
  if (!isNew)
    return entry->second;
  for (ElementsAttr part : entry->second = weight.pack()) {
    formats[part] = weight.format;
    packedBytes += onnx::encodedBytes(cast<RankedTensorType>(part.getType()));
  }
  // What was packed is seldom read again, and what it became not before the code runs.
  if (packedBytes >= bytesToLeave) {
    MappedFile::forgetPages();
    leaveScratchOnDisk();
    packedBytes = 0;
  }
  return entry->second;
}

void WeightTable::write(ModuleOp module) {
  SmallVector<Attribute> used;
  llvm::DenseMap<int64_t, int64_t> places;
  for (auto func : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      for (StringRef mark : {StringRef(names::weight), StringRef(defaultMark)}) {
        auto index = func.getArgAttrOfType<IntegerAttr>(i, mark);
        if (!index)
          continue;
        auto [place, isNew] = places.try_emplace(index.getInt(), used.size());
        if (isNew)
          used.push_back(weights[index.getInt()]);
        func.setArgAttr(i, mark, IntegerAttr::get(index.getType(), place->second));
      }
  Builder builder(module.getContext());
  module->setAttr(names::weights, builder.getArrayAttr(used));
  SmallVector<Attribute> packedAs = llvm::map_to_vector(used, [&](Attribute weight) -> Attribute {
    Attribute format = formats.lookup(weight);
    return format ? format : builder.getUnitAttr();
  });
  if (!llvm::all_of(packedAs, llvm::IsaPred<UnitAttr>))
    module->setAttr(names::weightFormats, builder.getArrayAttr(packedAs));
}

static bool isPacked(Type element) {
  return !element.isInteger(1) && element.isIntOrFloat() && element.getIntOrFloatBitWidth() < 8;
}

bool retort::isComputedWhereRead(ElementsAttr value) {
  auto dense = dyn_cast<DenseElementsAttr>(value);
  return onnx::isLarge(value.getType()) &&
         (isPacked(value.getElementType()) || (dense && dense.isSplat()));
}

/// Element `place` of a byte of packed ones, low bits first, as a byte.
static Value unpackElement(Emitter &e, Value byte, Value place, Type element) {
  Value bits = linear::unpackBits(e, byte, place, element.getIntOrFloatBitWidth());
  bool isSigned = element.isInteger() && !element.isUnsignedInteger();
  return isSigned ? scalar::wrap(e, bits, element) : bits;
}

/// One byte per element from packed ones.
static Value unpack(Emitter &e, Value bytes, RankedTensorType type) {
  Type element = type.getElementType();
  int64_t perByte = 8 / type.getElementTypeBitWidth();
  SmallVector<Value> sizes =
      llvm::map_to_vector(type.getShape(), [&](int64_t size) { return e.index(size); });
  // Rows of whole bytes: bytes and places in them are loops of their own, and what follows fuses.
  if (type.getRank() > 0 && type.getShape().back() % perByte == 0) {
    SmallVector<Value> loops = sizes;
    loops.back() = e.index(type.getShape().back() / perByte);
    Value rows = e.reshape(bytes, loops);
    loops.push_back(e.index(perByte));
    SmallVector<int64_t> byteOf = llvm::to_vector(llvm::seq(type.getRank()));
    Value parted = e.mapIndexed(
        loops, e.getI8Type(), Access{rows, e.project(loops.size(), byteOf)},
        [&](ValueRange at, ValueRange x) { return unpackElement(e, x[0], at.back(), element); });
    SmallVector<ReassociationIndices> rowsAndPlaces;
    for (int64_t i = 0; i < type.getRank(); ++i)
      rowsAndPlaces.push_back({i});
    rowsAndPlaces.back().push_back(type.getRank());
    return tensor::CollapseShapeOp::create(e, parted, rowsAndPlaces);
  }
  return e.generate(sizes, e.getI8Type(), [&](ValueRange indices) -> Value {
    Value position = e.index(0);
    for (auto [index, size] : llvm::zip(indices, sizes))
      position = e.add(e.mul(position, size), index);
    Value count = e.index(perByte);
    Value byte = e.extract(bytes, Value(arith::DivUIOp::create(e, position, count)));
    return unpackElement(e, byte, arith::RemUIOp::create(e, position, count), element);
  });
}

Value Constants::weight(Emitter &e, ElementsAttr value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t index = table.indexOf(value);
  Value &argument = arguments[index];
  if (!argument) {
    auto held = type.clone(storageType(type.getElementType()));
    if (isPacked(type.getElementType()))
      held = RankedTensorType::get((type.getNumElements() * type.getElementTypeBitWidth() + 7) / 8,
                                   e.getI8Type());
    unsigned position = func.getNumArguments();
    (void)func.insertArgument(
        position, held,
        DictionaryAttr::get(e.getContext(),
                            e.getNamedAttr(names::weight, e.getI64IntegerAttr(index))),
        func.getLoc());
    argument = func.getArgument(position);
  }
  return isPacked(type.getElementType()) ? unpack(e, argument, type) : argument;
}

SmallVector<Value> Constants::packed(Emitter &e, const WeightMatrix &weight) {
  return llvm::map_to_vector(table.packed(weight),
                             [&](ElementsAttr part) { return this->weight(e, part); });
}

void Constants::dropUnused() {
  func.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
  BitVector unread(func.getNumArguments());
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (func.getArgAttr(i, names::weight) && func.getArgument(i).use_empty())
      unread.set(i);
  (void)func.eraseArguments(unread);
}

TypedAttr retort::heldElement(const onnx::ConstantView &view, int64_t i) {
  Type type = view.type().getElementType(), held = storageType(type);
  if (isa<FloatType>(held))
    return FloatAttr::get(held, view.floatAt(i));
  uint64_t bits = isNarrowFloat(type) ? view.bitsAt(i) : uint64_t(view.intAt(i));
  return IntegerAttr::get(held, APInt(held.getIntOrFloatBitWidth(), bits, false, true));
}

/// The elements of a small constant, as they are held in the code.
static DenseElementsAttr denseAttr(const onnx::ConstantView &view, RankedTensorType held) {
  SmallVector<Attribute> elements;
  for (int64_t i = 0; i < view.size(); ++i)
    elements.push_back(heldElement(view, i));
  return DenseElementsAttr::get(held, elements);
}

Value Constants::materialize(Emitter &e, Operation *op, ElementsAttr value) {
  auto type = cast<RankedTensorType>(value.getType());
  auto view = onnx::ConstantView::of(Attribute(value));
  if (!view)
    return op->emitOpError("holds no data of its type"), Value();
  auto held = type.clone(storageType(type.getElementType()));
  SmallVector<Value> sizes =
      llvm::map_to_vector(type.getShape(), [&](int64_t size) { return e.index(size); });
  if (!onnx::isLarge(type)) {
    if (Emitter::isSmall(held)) {
      SmallVector<Value> elements;
      for (int64_t i = 0; i < view->size(); ++i)
        elements.push_back(e.constant(heldElement(*view, i)));
      return e.fromScalars(held, elements);
    }
    return e.constant(denseAttr(*view, held));
  }
  if (view->isSplat())
    return e.fill(sizes, e.constant(heldElement(*view, 0)));
  return weight(e, value);
}
