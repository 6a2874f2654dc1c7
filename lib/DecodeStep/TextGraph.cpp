// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binds batch, mask and positions of a graph:
//   @main(ids: BxT, mask: BxS, positions: BxT, past: BxGxPxD)
//     ->  @step(ids: 1xT, past: 1xGxPxD), mask = ones(1, P + T), positions = [P ... P + T - 1]
#include "lib/DecodeStep/TextGraph.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Analysis/Roles.h"
#include "lib/DecodeStep/StackedCaches.h"
#include "lib/DecodeStep/TextPlace.h"

using namespace mlir;
using namespace retort;

namespace {
class Specializer {
public:
  Specializer(func::FuncOp graph, StringRef name, Refusal &refusal);
  FailureOr<TextGraph> run(int64_t context);

private:
  LogicalResult takeDefaults();
  LogicalResult assignRoles();
  LogicalResult addCache(BlockArgument past, Value present);
  void nameSizes(BlockArgument argument, StringRef symbol);
  void narrowInputs();
  LogicalResult addBuffer(BlockArgument buffer, Value present);
  LogicalResult bindPlaces();
  void keepLogits();
  StringRef nameOf(BlockArgument argument) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
    return name ? name.getValue() : "";
  }

  func::FuncOp function;
  Roles roles;
  Refusal &refusal;
  OpBuilder builder;
  Location loc;
  TextGraph text;
  SmallVector<std::pair<BlockArgument, StringRef>> places; // what says where the text stands
  unsigned logits = 0;
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

/// Whether what moves `past` to `before` is undone by what moves `after` to `present`.
static bool keepsLayout(Value past, Value before, Value after, Value present) {
  SmallVector<int64_t> in = orderBetween(before, past), out = orderBetween(present, after);
  return llvm::all_of(llvm::seq(in.size()), [&](size_t i) { return in[out[i]] == int64_t(i); });
}

/// What became the rows of the text in an argument; the argument itself has sizes at most.
LogicalResult Specializer::addBuffer(BlockArgument buffer, Value present) {
  auto type = llvm::cast<RankedTensorType>(buffer.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (const BufferRows &rows : text.forms.rows) {
    if (rows.buffer != buffer)
      continue;
    Operation *write = withoutTranspositions(present).getDefiningOp();
    bool isNext = rows.scatter ? rows.scatter == write && keepsLayout(buffer, write->getOperand(0),
                                                                      write->getResult(0), present)
                               : holdsNextOf(present, rows);
    if (!isNext)
      return refusal.because(function, "input '" + nameOf(buffer) +
                                           "' and its next value are laid out differently");
    text.caches.push_back({rows.past, rows.attention, rows.holdsKeys});
    shape[rows.scatter ? 0 : 1] = 1;
    if (rows.scatter)
      llvm::replace(shape, ShapedType::kDynamic, text.forms.context);
  }
  buffer.setType(type.clone(shape));
  nameSizes(buffer, rowsOfPast);
  return success();
}

/// The past has to be the past of an attention, and the present what that makes of it, in the same
/// layout.
LogicalResult Specializer::addCache(BlockArgument past, Value present) {
  Value source = withoutTranspositions(present);
  auto attention = source.getDefiningOp<llm::AttentionOp>();
  auto refuse = [&](const Twine &why) {
    return refusal.because(function, "input '" + nameOf(past) +
                                         "' is not the keys or values of an attention: " + why);
  };
  Operation *maker = source.getDefiningOp();
  if (!attention || source == attention.getResult())
    return refuse(maker ? "its next value is made by '" + maker->getName().getStringRef() + "'"
                        : Twine("its next value is an input"));
  bool holdsKeys = source == attention.getPresentKey();
  Value before = holdsKeys ? attention.getPastKey() : attention.getPastValue();
  if (!before || withoutTranspositions(before) != past)
    return refuse("what makes its next value reads another past");
  if (!keepsLayout(past, before, source, present))
    return refusal.because(function, "input '" + nameOf(past) +
                                         "' and its next value are laid out differently");
  text.caches.push_back({past, attention, holdsKeys});
  return success();
}

/// A step has no caller who gives more than the text. States begin as zeros.
LogicalResult Specializer::takeDefaults() {
  for (BlockArgument argument : function.getArguments().take_front(roles.arguments.size())) {
    unsigned i = argument.getArgNumber();
    auto value = function.getArgAttrOfType<ElementsAttr>(i, "onnx.default");
    if (!value)
      continue;
    if (StringRef(roles.arguments[i]).starts_with("past:")) {
      auto view = onnx::ConstantView::of(Attribute(value));
      bool isZero = view && llvm::all_of(llvm::seq(view->size()),
                                         [&](int64_t k) { return view->floatAt(k) == 0; });
      if (!isZero)
        return refusal.because(function,
                               "input '" + nameOf(argument) + "' has a default that is not zero");
      continue;
    }
    Value constant = onnx::InitializerOp::create(builder, loc, value.getType(), nameOf(argument),
                                                 value, onnx::MessageAttr());
    argument.replaceAllUsesWith(constant);
  }
  return success();
}

LogicalResult Specializer::assignRoles() {
  auto resultOf = [&](const std::string &role) -> std::optional<unsigned> {
    auto found = llvm::find(roles.results, role);
    if (found == roles.results.end())
      return std::nullopt;
    return found - roles.results.begin();
  };
  auto isBuffer = [&](BlockArgument argument) {
    return llvm::any_of(text.forms.rows,
                        [&](const BufferRows &rows) { return rows.buffer == argument; });
  };
  // Behind the arguments of the graph are those for rows of buffers.
  for (BlockArgument argument : function.getArguments().take_front(roles.arguments.size())) {
    StringRef role = roles.arguments[argument.getArgNumber()];
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (role == "tokens" && type && type.getRank() == 2) {
      text.tokens = argument;
    } else if (role.consume_front("past:") && type) {
      auto present = resultOf(("present:" + role).str());
      if (!present)
        return refusal.because(function, "input '" + nameOf(argument) + "' has no next value");
      Value next = text.end().getOperand(*present);
      if (failed(isBuffer(argument) ? addBuffer(argument, next) : addCache(argument, next)))
        return failure();
    } else if (llvm::is_contained({"mask", "positions", "start", "length"}, role)) {
      places.push_back({argument, role});
    } else if (!argument.use_empty()) {
      bool holdsRows = type && type.getRank() == 3 && isa<FloatType>(type.getElementType()) &&
                       !llvm::is_contained(roles.arguments, "tokens");
      return refusal.because(function,
                             "input '" + nameOf(argument) +
                                 (holdsRows ? "' holds embeddings, for which the model has no "
                                              "table of tokens"
                                            : "' has no role in a model that continues a text"));
    }
  }
  auto found = resultOf("logits");
  if (!text.tokens || !found)
    return refusal.because(function, text.tokens ? "no result is logits" : "no input is tokens");
  logits = *found;
  return success();
}

void Specializer::nameSizes(BlockArgument argument, StringRef symbol) {
  SmallVector<Attribute> names;
  for (int64_t size : llvm::cast<RankedTensorType>(argument.getType()).getShape())
    names.push_back(builder.getStringAttr(ShapedType::isDynamic(size) ? symbol : ""));
  function.setArgAttr(argument.getArgNumber(), "onnx.dims", builder.getArrayAttr(names));
}

/// One text: 1 x T tokens, caches of one number P of rows.
void Specializer::narrowInputs() {
  auto narrow = [&](BlockArgument argument, StringRef symbol) {
    auto type = llvm::cast<RankedTensorType>(argument.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = 1;
    if (argument == text.tokens)
      shape[1] = ShapedType::kDynamic;
    argument.setType(type.clone(shape));
    nameSizes(argument, symbol);
  };
  narrow(text.tokens, rowsOfText);
  for (GraphCache &cache : text.caches)
    narrow(cache.past, rowsOfPast);
}

/// The axis of a cache that grows: that of rows where an attention reads it as it is, else the last
/// one of unknown size.
static int64_t growingAxis(GraphCache &graphCache) {
  BlockArgument cache = graphCache.past;
  auto type = llvm::cast<RankedTensorType>(cache.getType());
  llm::AttentionOp attention = graphCache.attention;
  if (llvm::is_contained({attention.getPastKey(), attention.getPastValue()}, Value(cache)) &&
      type.isDynamicDim(2))
    return 2;
  for (int64_t axis = type.getRank() - 1; axis > 0; --axis)
    if (type.isDynamicDim(axis))
      return axis;
  return -1;
}

/// Inputs that say where the text stands.
LogicalResult Specializer::bindPlaces() {
  BlockArgument cache = text.caches.empty() ? BlockArgument() : text.caches.front().past;
  int64_t axis = cache ? growingAxis(text.caches.front()) : -1;
  TextPlace place(builder, loc, text.tokens, axis < 0 ? Value() : cache, axis);
  for (auto [argument, role] : places) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    Value value;
    if (type && role == "mask") {
      // Only a buffer has columns that no text gives.
      SmallVector<int64_t> shape(type.getShape());
      if (!shape.empty() && text.forms.buffers.empty())
        shape.back() = ShapedType::kDynamic;
      value = place.mask(type.clone(shape));
    } else if (type) {
      value = role == "positions" ? place.positions(type)
              : role == "start"   ? place.start(type)
                                  : place.length(type);
    }
    if (!value)
      return refusal.because(function, "input '" + nameOf(argument) + "' holds " + role +
                                           " in a shape or type that a single text does not give");
    argument.replaceAllUsesWith(value);
    for (CacheAssumption &assumption : text.forms.assumptions)
      if (assumption.value == argument)
        assumption.value = value;
  }
  return success();
}

/// What a step hands over; caches become states. What is assumed stays until it is proven.
void Specializer::keepLogits() {
  SmallVector<Value> kept{text.end().getOperand(logits)};
  for (CacheAssumption &assumption : text.forms.assumptions)
    kept.push_back(assumption.value);
  for (const TurnedKeys &keys : text.forms.turned)
    kept.append({keys.cos, keys.sin});
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

FailureOr<TextGraph> Specializer::run(int64_t context) {
  text.function = function;
  auto refuse = [&] {
    function.erase();
    return failure();
  };
  if (failed(takeDefaults()))
    return refuse();
  SmallVector<TurnedKeys> turned = takeUnturnedKeys(function);
  text.forms = joinPastAndAttention(function, context);
  text.forms.turned = std::move(turned);
  lookUpAngles(function);
  if (failed(assignRoles()))
    return refuse();
  narrowInputs();
  if (failed(bindPlaces()))
    return refuse();
  keepLogits();
  ScopedDiagnosticHandler silence(function.getContext(), [](Diagnostic &) { return success(); });
  if (failed(onnx::SymbolicDims().infer(function))) {
    (void)refusal.because(function, "the sizes of the graph contradict each other for one text");
    return refuse();
  }
  return text;
}

FailureOr<TextGraph> retort::specializeToText(func::FuncOp graph, StringRef name, int64_t context,
                                              Refusal &refusal) {
  return Specializer(graph, name, refusal).run(context);
}
