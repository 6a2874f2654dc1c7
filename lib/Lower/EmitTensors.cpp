// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loop nests of linalg on tensors, views, and small tensors computed element by element.
#include "lib/Lower/Emitter.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace retort;

RankedTensorType Emitter::typeFor(ArrayRef<Value> sizes, Type element) {
  auto shape = llvm::map_to_vector(
      sizes, [](Value size) { return constantOf(size).value_or(ShapedType::kDynamic); });
  for (int64_t &size : shape) // a size computed wrong fails at run time, not here
    if (size < 0)
      size = ShapedType::kDynamic;
  return RankedTensorType::get(shape, element);
}

SmallVector<Value> Emitter::refine(Type type, ArrayRef<Value> sizes) {
  SmallVector<Value> result(sizes);
  auto ranked = dyn_cast<RankedTensorType>(type);
  if (!ranked || ranked.getRank() != int64_t(sizes.size()))
    return result;
  for (auto [i, size] : llvm::enumerate(ranked.getShape())) {
    if (ShapedType::isDynamic(size))
      continue;
    result[i] = index(size);
    if (result[i] != sizes[i])
      require(equal(sizes[i], result[i]),
              ("expects the declared size " + Twine(size) + " at axis " + Twine(i)).str());
  }
  return result;
}

static SmallVector<Value> dynamicSizes(RankedTensorType type, ArrayRef<Value> sizes) {
  SmallVector<Value> result;
  for (auto [i, size] : llvm::enumerate(sizes))
    if (type.isDynamicDim(i))
      result.push_back(size);
  return result;
}

Value Emitter::empty(ArrayRef<Value> sizes, Type element) {
  if (llvm::all_of(sizes, [&](Value size) { return isBounded(size); }))
    requireNotNegative(sizes);
  else
    requireFit(sizes);
  trusted.back().insert(sizes.begin(), sizes.end());
  RankedTensorType type = typeFor(sizes, element);
  Value result = tensor::EmptyOp::create(*this, type, dynamicSizes(type, sizes));
  setDims(result, sizes);
  return result;
}

Value Emitter::fill(ArrayRef<Value> sizes, Value scalar) {
  Value result = linalg::FillOp::create(*this, scalar, empty(sizes, scalar.getType())).getResult(0);
  setDims(result, sizes);
  return result;
}

AffineMap Emitter::project(int64_t loops, ArrayRef<int64_t> positions) {
  auto exprs = llvm::map_to_vector(positions, [&](int64_t i) { return getAffineDimExpr(i); });
  return AffineMap::get(loops, 0, exprs, getContext());
}

/// A linalg.generic whose body is built by the emitter itself.
static Value buildGeneric(Emitter &e, Value init, AffineMap result,
                          ArrayRef<utils::IteratorType> iterators, ArrayRef<Access> inputs,
                          function_ref<Value(ValueRange)> body) {
  SmallVector<AffineMap> maps;
  SmallVector<Value> tensors;
  for (const Access &input : inputs) {
    maps.push_back(input.map);
    tensors.push_back(input.tensor);
  }
  maps.push_back(result);
  auto op = linalg::GenericOp::create(e, init.getType(), tensors, init, maps, iterators);
  Block *block = new Block;
  op.getRegion().push_back(block);
  for (Value tensor : tensors)
    block->addArgument(elementType(tensor), e.getLoc());
  block->addArgument(elementType(init), e.getLoc());
  Emitter::Nested nested(e);
  e.setInsertionPointToStart(block);
  Value element = body(block->getArguments());
  linalg::YieldOp::create(e, element);
  return op.getResult(0);
}

Value Emitter::map(ArrayRef<Value> sizes, Type element, ArrayRef<Access> inputs, Body body) {
  SmallVector<utils::IteratorType> loops(sizes.size(), utils::IteratorType::parallel);
  Value result = buildGeneric(*this, empty(sizes, element), identity(sizes.size()), loops, inputs,
                              [&](ValueRange elements) { return body(elements.drop_back()); });
  setDims(result, sizes);
  return result;
}

Value Emitter::mapIndexed(ArrayRef<Value> sizes, Type element, ArrayRef<Access> inputs,
                          function_ref<Value(ValueRange, ValueRange)> body) {
  return map(sizes, element, inputs, [&](ValueRange elements) {
    SmallVector<Value> indices;
    for (size_t i = 0; i < sizes.size(); ++i)
      indices.push_back(linalg::IndexOp::create(*this, i));
    return body(indices, elements);
  });
}

Value Emitter::generate(ArrayRef<Value> sizes, Type element, IndexedBody body) {
  return mapIndexed(sizes, element, {},
                    [&](ValueRange indices, ValueRange) { return body(indices); });
}

Value Emitter::reduce(ArrayRef<Value> sizes, Type element, Value start, AffineMap result,
                      StringRef iterators, ArrayRef<Access> inputs, Body body) {
  auto loops = llvm::map_to_vector(iterators, [](char c) {
    return c == 'r' ? utils::IteratorType::reduction : utils::IteratorType::parallel;
  });
  Value sum = buildGeneric(*this, fill(sizes, start), result, loops, inputs, body);
  setDims(sum, sizes);
  return sum;
}

Value Emitter::sum(Value a, Value b) {
  if (!isa<FloatType>(a.getType()))
    return arith::AddIOp::create(*this, a, b);
  return arith::AddFOp::create(*this, a, b,
                               arith::FastMathFlags::reassoc | arith::FastMathFlags::contract);
}

SmallVector<Value> Emitter::loop(Value count, ValueRange start,
                                 function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, index(0), count, index(1), start);
  Nested nested(*this);
  if (!loop.getBody()->empty()) // without carried values it comes with a terminator
    loop.getBody()->getTerminator()->erase();
  setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(*this, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value Emitter::forEach(ArrayRef<Value> sizes, Value start,
                       function_ref<Value(ValueRange, Value)> body) {
  SmallVector<Value> indices, shape = dims(start);
  std::function<Value(Value)> nest = [&](Value tensor) -> Value {
    setDims(tensor, shape);
    if (indices.size() == sizes.size())
      return body(indices, tensor);
    return loop(sizes[indices.size()], tensor, [&](Value index, ValueRange carried) {
      indices.push_back(index);
      Value next = nest(carried[0]);
      indices.pop_back();
      return SmallVector<Value>{next};
    })[0];
  };
  Value result = nest(start);
  setDims(result, shape);
  return result;
}

/// Every reshape goes through one dimension: both steps are views, whatever the sizes.
Value Emitter::reshape(Value tensor, ArrayRef<Value> sizes) {
  RankedTensorType target = typeFor(sizes, elementType(tensor));
  if (target == tensor.getType() &&
      (target.hasStaticShape() || dims(tensor) == SmallVector<Value>(sizes)))
    return tensor;
  Value count = product(dims(tensor)), wanted = product(sizes);
  if (wanted != count)
    requireEqual(wanted, count, "the new shape has another number of elements");
  SmallVector<ReassociationIndices> all(1);
  Value flat = tensor;
  if (rankOf(tensor) != 1) {
    if (rankOf(tensor) > 0)
      llvm::append_range(all[0], llvm::seq(rankOf(tensor)));
    if (rankOf(tensor) == 0)
      flat = tensor::ExpandShapeOp::create(*this, RankedTensorType::get({1}, elementType(tensor)),
                                           tensor, ArrayRef<ReassociationIndices>{});
    else
      flat = tensor::CollapseShapeOp::create(*this, tensor, all);
    setDims(flat, count);
  }
  if (sizes.size() == 1)
    return castTo(flat, target);
  if (sizes.empty())
    return tensor::CollapseShapeOp::create(
        *this, RankedTensorType::get({}, elementType(tensor)),
        castTo(flat, RankedTensorType::get({1}, elementType(tensor))),
        ArrayRef<ReassociationIndices>{});
  // Expansion needs a static length exactly where the result is static.
  flat = castTo(flat, RankedTensorType::get(target.hasStaticShape() ? target.getNumElements()
                                                                    : ShapedType::kDynamic,
                                            elementType(tensor)));
  all[0].clear();
  llvm::append_range(all[0], llvm::seq<int64_t>(sizes.size()));
  SmallVector<OpFoldResult> shape =
      llvm::map_to_vector(sizes, [](Value size) { return getAsOpFoldResult(size); });
  Value result = tensor::ExpandShapeOp::create(*this, target, flat, all, shape);
  setDims(result, sizes);
  return result;
}

static SmallVector<OpFoldResult> foldable(ArrayRef<Value> values) {
  return llvm::map_to_vector(values, [](Value value) { return getAsOpFoldResult(value); });
}

/// True where the part has no elements, or lies so far behind that it cannot have any.
static bool isNothing(Emitter &e, Value whole, ArrayRef<Value> offsets, ArrayRef<Value> sizes) {
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    auto offset = constantOf(offsets[axis]), all = constantOf(e.dim(whole, axis));
    if (constantOf(size) == 0 || (offset && all && *offset >= *all))
      return true;
  }
  return false;
}

Value Emitter::slice(Value tensor, ArrayRef<Value> offsets, ArrayRef<Value> sizes) {
  if (isNothing(*this, tensor, offsets, sizes))
    return empty(sizes, elementType(tensor));
  SmallVector<OpFoldResult> ones(sizes.size(), getIndexAttr(1));
  Value result = tensor::ExtractSliceOp::create(*this, typeFor(sizes, elementType(tensor)), tensor,
                                                foldable(offsets), foldable(sizes), ones);
  setDims(result, sizes);
  return result;
}

Value Emitter::insert(Value part, Value whole, ArrayRef<Value> offsets) {
  SmallVector<Value> sizes = dims(part);
  if (isNothing(*this, whole, offsets, sizes))
    return whole;
  SmallVector<OpFoldResult> ones(sizes.size(), getIndexAttr(1));
  Value source = castTo(part, typeFor(sizes, elementType(part)));
  Value result =
      tensor::InsertSliceOp::create(*this, source, whole, foldable(offsets), foldable(sizes), ones);
  setDims(result, dims(whole));
  return result;
}

Value Emitter::transpose(Value tensor, ArrayRef<int64_t> permutation) {
  SmallVector<Value> sizes;
  SmallVector<int64_t> source(permutation.size()); // axis of the tensor -> loop
  for (auto [i, axis] : llvm::enumerate(permutation)) {
    sizes.push_back(dim(tensor, axis));
    source[axis] = i;
  }
  return map(sizes, elementType(tensor), Access{tensor, project(permutation.size(), source)},
             [](ValueRange elements) { return elements[0]; });
}

Value Emitter::castTo(Value tensor, Type type) {
  if (tensor.getType() == type)
    return tensor;
  SmallVector<Value> sizes = dims(tensor), elements = elementsOf.lookup(tensor);
  Value result = tensor::CastOp::create(*this, type, tensor);
  setDims(result, sizes);
  if (!elements.empty())
    elementsOf[result] = elements;
  return result;
}

Value Emitter::extract(Value tensor, ValueRange indices) {
  if (SmallVector<Value> elements = elementsOf.lookup(tensor); !elements.empty()) {
    std::optional<int64_t> position = 0;
    for (auto [i, axis] : llvm::enumerate(indices)) {
      auto number = constantOf(axis);
      if (!number || *number < 0 || *number >= tensorType(tensor).getDimSize(i))
        return tensor::ExtractOp::create(*this, tensor, indices);
      *position = *position * tensorType(tensor).getDimSize(i) + *number;
    }
    return elements[*position];
  }
  return createOrFold<tensor::ExtractOp>(tensor, indices);
}

bool Emitter::isSmall(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && tensor.getNumElements() <= 16 &&
         isa<IntegerType>(tensor.getElementType());
}

SmallVector<Value> Emitter::scalars(Value tensor) {
  SmallVector<Value> elements = elementsOf.lookup(tensor);
  RankedTensorType type = tensorType(tensor);
  if (!elements.empty() || type.getNumElements() == 0)
    return elements;
  DenseElementsAttr value;
  if (matchPattern(tensor, m_Constant(&value))) {
    for (Attribute element : value.getValues<Attribute>())
      elements.push_back(constant(cast<TypedAttr>(element)));
    return elementsOf[tensor] = elements;
  }
  SmallVector<int64_t> strides = computeStrides(type.getShape());
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    SmallVector<int64_t> position = delinearize(i, strides);
    elements.push_back(
        extract(tensor, llvm::map_to_vector(position, [&](int64_t j) { return index(j); })));
  }
  return elements;
}

Value Emitter::fromScalars(RankedTensorType type, ArrayRef<Value> elements) {
  Value result;
  SmallVector<Attribute> attributes(elements.size());
  bool isConstant = llvm::all_of(llvm::enumerate(elements), [&](auto element) {
    return matchPattern(element.value(), m_Constant(&attributes[element.index()]));
  });
  if (isConstant)
    result = constant(DenseElementsAttr::get(type, attributes));
  else
    result = tensor::FromElementsOp::create(*this, type, elements);
  elementsOf[result].assign(elements.begin(), elements.end());
  return result;
}
