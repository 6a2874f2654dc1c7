// Binds batch, mask and positions of a graph:
//   @main(ids: BxT, mask: BxS, positions: BxT, past: BxGxPxD)
//     ->  @step(ids: 1xT, past: 1xGxPxD), mask = ones(1, P + T), positions = [P ... P + T - 1]
#include "lib/Recognize/DecodeStep/TextGraph.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "lib/Recognize/Constants.h"
#include "lib/Recognize/Roles.h"

using namespace mlir;
using namespace retort;

namespace {
class Specializer {
public:
  Specializer(func::FuncOp graph, StringRef name, Refusal &refusal);
  FailureOr<TextGraph> run();

private:
  LogicalResult assignRoles();
  LogicalResult addCache(BlockArgument past, Value present);
  void narrowInputs();
  void countRows();
  LogicalResult bindMask(BlockArgument mask);
  LogicalResult bindPositions(BlockArgument positions);
  void keepLogits();
  StringRef nameOf(BlockArgument argument) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
    return name ? name.getValue() : "";
  }
  Value cast(Value value, Type element);

  func::FuncOp function;
  Roles roles;
  Refusal &refusal;
  OpBuilder builder;
  Location loc;
  TextGraph text;
  BlockArgument mask, positions;
  unsigned logits = 0;
  Value past, total; // rows before and in all, i64 scalars
};
} // namespace

static Roles rolesOf(func::FuncOp graph) {
  Roles roles;
  for (unsigned i = 0; i < graph.getNumArguments(); ++i)
    roles.arguments.push_back(roleOfArgument(graph, i).str());
  for (unsigned i = 0; i < graph.getNumResults(); ++i)
    roles.results.push_back(roleOfResult(graph, i).str());
  return llvm::is_contained(roles.arguments, "tokens") ? roles : findRoles(graph);
}

Specializer::Specializer(func::FuncOp graph, StringRef name, Refusal &refusal)
    : function(graph.clone()), roles(rolesOf(graph)), refusal(refusal), builder(graph.getContext()),
      loc(graph.getLoc()) {
  function.setName(name);
  graph->getBlock()->getOperations().insertAfter(graph->getIterator(), function);
  builder.setInsertionPointToStart(&function.getBody().front());
}

/// How the axes of the last value in a chain of transpositions lie in the first.
static SmallVector<int64_t> orderBetween(Value value, Value source) {
  SmallVector<int64_t> order =
      llvm::to_vector(llvm::seq(llvm::cast<RankedTensorType>(source.getType()).getRank()));
  SmallVector<onnx::TransposeOp> moves;
  for (; value != source; value = value.getDefiningOp()->getOperand(0))
    if (auto transpose = value.getDefiningOp<onnx::TransposeOp>())
      moves.push_back(transpose);
  for (onnx::TransposeOp move : llvm::reverse(moves)) {
    SmallVector<int64_t> next;
    std::optional<ArrayRef<int64_t>> permutation = move.getPerm();
    for (size_t i = 0; i < order.size(); ++i)
      next.push_back(order[permutation ? (*permutation)[i] : order.size() - 1 - i]);
    order = next;
  }
  return order;
}

/// The past has to be the past of an attention, and the present what that makes of it, in the same
/// layout.
LogicalResult Specializer::addCache(BlockArgument past, Value present) {
  Value source = withoutTranspositions(present);
  auto attention = source.getDefiningOp<llm::AttentionOp>();
  bool holdsKeys = attention && source == attention.getPresentKey();
  Value before = !attention  ? Value()
                 : holdsKeys ? attention.getPastKey()
                             : attention.getPastValue();
  if (!before || source == attention.getResult() || withoutTranspositions(before) != past)
    return refusal.because(function, "input '" + nameOf(past) +
                                         "' is not the keys or values of an attention");
  SmallVector<int64_t> in = orderBetween(before, past), out = orderBetween(present, source);
  for (size_t i = 0; i < in.size(); ++i)
    if (in[out[i]] != int64_t(i))
      return refusal.because(function, "input '" + nameOf(past) +
                                           "' and its next value are laid out differently");
  text.caches.push_back({past, attention, holdsKeys});
  return success();
}

LogicalResult Specializer::assignRoles() {
  auto resultOf = [&](const std::string &role) -> std::optional<unsigned> {
    auto found = llvm::find(roles.results, role);
    if (found == roles.results.end())
      return std::nullopt;
    return found - roles.results.begin();
  };
  for (BlockArgument argument : function.getArguments()) {
    StringRef role = roles.arguments[argument.getArgNumber()];
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (role == "tokens" && type && type.getRank() == 2) {
      text.tokens = argument;
    } else if (role.consume_front("past:") && type) {
      auto present = resultOf(("present:" + role).str());
      if (!present)
        return refusal.because(function, "input '" + nameOf(argument) + "' has no next value");
      if (failed(addCache(argument, text.end().getOperand(*present))))
        return failure();
    } else if (role == "mask") {
      mask = argument;
    } else if (role == "positions") {
      positions = argument;
    } else if (!argument.use_empty()) {
      return refusal.because(function, "input '" + nameOf(argument) +
                                           "' has no role in a model that continues a text");
    }
  }
  auto found = resultOf("logits");
  if (!text.tokens || !found)
    return refusal.because(function, text.tokens ? "no result is logits" : "no input is tokens");
  logits = *found;
  return success();
}

/// One text: 1 x T tokens, caches of one number P of rows.
void Specializer::narrowInputs() {
  auto narrow = [&](BlockArgument argument, StringRef symbol) {
    auto type = llvm::cast<RankedTensorType>(argument.getType());
    SmallVector<int64_t> shape(type.getShape());
    SmallVector<Attribute> names(shape.size(), builder.getStringAttr(""));
    shape[0] = 1;
    if (argument == text.tokens)
      shape[1] = ShapedType::kDynamic;
    for (auto [size, name] : llvm::zip(shape, names))
      if (ShapedType::isDynamic(size))
        name = builder.getStringAttr(symbol);
    argument.setType(type.clone(shape));
    function.setArgAttr(argument.getArgNumber(), "onnx.dims", builder.getArrayAttr(names));
  };
  narrow(text.tokens, "rows of the text");
  for (GraphCache &cache : text.caches)
    narrow(cache.past, "rows of the past");
}

/// The axis of a cache that grows: the last one of unknown size.
static int64_t growingAxis(BlockArgument cache) {
  auto type = llvm::cast<RankedTensorType>(cache.getType());
  for (int64_t axis = type.getRank() - 1; axis > 0; --axis)
    if (type.isDynamicDim(axis))
      return axis;
  return -1;
}

void Specializer::countRows() {
  Type integer = builder.getI64Type(), scalar = RankedTensorType::get({}, integer);
  auto number = [&](int64_t value) {
    return makeConstantOp(builder, loc,
                          DenseElementsAttr::get(llvm::cast<ShapedType>(scalar), value));
  };
  auto sizeOf = [&](Value tensor, int64_t axis) -> Value {
    auto rank = llvm::cast<RankedTensorType>(tensor.getType()).getRank();
    Value shape = onnx::ShapeOp::create(builder, loc, RankedTensorType::get(rank, integer), tensor,
                                        IntegerAttr());
    return onnx::GatherOp::create(builder, loc, scalar, shape, number(axis));
  };
  total = sizeOf(text.tokens, 1);
  past = number(0);
  if (text.caches.empty() || growingAxis(text.caches.front().past) < 0)
    return;
  past = sizeOf(text.caches.front().past, growingAxis(text.caches.front().past));
  total = onnx::AddOp::create(builder, loc, scalar, past, total);
}

Value Specializer::cast(Value value, Type element) {
  auto type = llvm::cast<RankedTensorType>(value.getType());
  if (type.getElementType() == element)
    return value;
  int64_t number = element.isInteger(32) ? 6 : element.isF32() ? 1 : element.isF16() ? 10 : 7;
  return onnx::CastOp::create(builder, loc, type.clone(element), value, StringAttr(), IntegerAttr(),
                              builder.getI64IntegerAttr(number));
}

LogicalResult Specializer::bindMask(BlockArgument mask) {
  auto type = dyn_cast<RankedTensorType>(mask.getType());
  if (!type || type.getRank() != 2)
    return refusal.because(function,
                           "input '" + nameOf(mask) + "' is a mask of other than two axes");
  Type element = type.getElementType();
  auto one = RankedTensorType::get({1}, element);
  Attribute value = isa<FloatType>(element) ? Attribute(builder.getFloatAttr(element, 1))
                                            : builder.getIntegerAttr(element, 1);
  Value columns =
      onnx::UnsqueezeOp::create(builder, loc, RankedTensorType::get({1}, builder.getI64Type()),
                                total, makeIntegers(builder, loc, {0}));
  Value shape =
      onnx::ConcatOp::create(builder, loc, RankedTensorType::get({2}, builder.getI64Type()),
                             ValueRange{makeIntegers(builder, loc, {1}), columns}, 0);
  Value ones = onnx::ConstantOfShapeOp::create(
      builder, loc, RankedTensorType::get({1, ShapedType::kDynamic}, element), shape,
      DenseElementsAttr::get(one, value));
  mask.replaceAllUsesWith(ones);
  return success();
}

LogicalResult Specializer::bindPositions(BlockArgument positions) {
  auto type = dyn_cast<RankedTensorType>(positions.getType());
  if (!type || type.getRank() < 1 || type.getRank() > 2 || !type.getElementType().isInteger())
    return refusal.because(function, "input '" + nameOf(positions) +
                                         "' holds positions that are no list for each text");
  Value one = makeConstantOp(
      builder, loc,
      DenseElementsAttr::get(RankedTensorType::get({}, builder.getI64Type()), int64_t(1)));
  auto list = RankedTensorType::get({ShapedType::kDynamic}, builder.getI64Type());
  Value count =
      cast(onnx::RangeOp::create(builder, loc, list, past, total, one), type.getElementType());
  if (type.getRank() == 2)
    count = onnx::UnsqueezeOp::create(builder, loc, type.clone({1, ShapedType::kDynamic}), count,
                                      makeIntegers(builder, loc, {0}));
  positions.replaceAllUsesWith(count);
  return success();
}

/// What a step hands over; caches become states. What is assumed stays until it is proven.
void Specializer::keepLogits() {
  SmallVector<Value> kept{text.end().getOperand(logits)};
  for (CacheAssumption &assumption : text.assumptions)
    kept.push_back(assumption.value);
  text.end()->setOperands(kept);
  llvm::BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    if (argument != text.tokens && argument.use_empty())
      unused.set(argument.getArgNumber());
  for (GraphCache &cache : text.caches)
    unused.reset(cache.past.getArgNumber());
  (void)function.eraseArguments(unused);
  function.setResAttrsAttr({});
  eraseDeadOperations(function);
}

void retort::eraseDeadOperations(func::FuncOp function) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

FailureOr<TextGraph> Specializer::run() {
  text.function = function;
  auto refuse = [&] {
    function.erase();
    return failure();
  };
  text.assumptions = joinPastAndAttention(function);
  lookUpAngles(function);
  if (failed(assignRoles()))
    return refuse();
  narrowInputs();
  countRows();
  if ((mask && failed(bindMask(mask))) || (positions && failed(bindPositions(positions))))
    return refuse();
  keepLogits();
  ScopedDiagnosticHandler silence(function.getContext(), [](Diagnostic &) { return success(); });
  if (failed(onnx::SymbolicDims().infer(function))) {
    (void)refusal.because(function, "the sizes of the graph contradict each other for one text");
    return refuse();
  }
  return text;
}

FailureOr<TextGraph> retort::specializeToText(func::FuncOp graph, StringRef name,
                                              Refusal &refusal) {
  return Specializer(graph, name, refusal).run();
}
