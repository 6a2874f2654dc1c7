// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets rotary embeddings reach further than they were trained to.
//
//   %y = llm.rope(%x, %cos, %sin at %positions)      tables of 256 rows
//   ==> compress-extend-rope{method=pi factor=2}
//   %y = llm.rope(%x, %cos2, %sin2 at %positions)    tables of 512 rows, for half of the angles
#include "lib/Analysis/TextLimit.h"
#include "lib/Compress/ExtendRope/RopeScaling.h"
#include "lib/Compress/ExtendRope/RopeTables.h"
#include "lib/Replay/ModelScore.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Names.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_EXTENDROPEPASS
#include "lib/Compress/ExtendRope/ExtendRope.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static constexpr StringLiteral languageAttr = names::language;

/// The trained length that the model's configuration tells.
static std::optional<int64_t> configuredLength(ModuleOp module) {
  auto language = module->getAttrOfType<DictionaryAttr>(languageAttr);
  auto context = language ? language.getAs<IntegerAttr>("context") : nullptr;
  return context ? std::optional(context.getInt()) : std::nullopt;
}

/// Frequencies of a power law as code that trains models rounds them, which tables tell to fewer
/// digits than f32 has: at position 10,000 one unit in the last place is a thousandth of a radian.
static std::vector<double> asReleased(const RopeDescription &rope) {
  if (!rope.law || rope.law->first != 1)
    return rope.frequencies;
  std::vector<double> result;
  for (int64_t k = 0; k < rope.width / 2; ++k) {
    auto power = float(std::pow(rope.law->base, 2.0 * double(k) / double(rope.width)));
    result.push_back(double(1.0F / power));
  }
  return result;
}

static void setConfiguredLength(ModuleOp module, int64_t length) {
  NamedAttrList entries(module->getAttrOfType<DictionaryAttr>(languageAttr));
  entries.set("context", IntegerAttr::get(IntegerType::get(module.getContext(), 64), length));
  module->setAttr(languageAttr, entries.getDictionary(module.getContext()));
}

/// What was done to the frequencies before; empty if nothing.
static std::string scaledBefore(const RopeDescription &rope) {
  if (rope.amplitude != 1)
    return "it was scaled before: its tables have an attention factor of " +
           shortNumber(rope.amplitude);
  if (!rope.law)
    return "it was scaled before: its frequencies follow no power law";
  if (rope.law->first != 1)
    return "it was scaled before: it is interpolated by " + shortNumber(1 / rope.law->first);
  return "";
}

/// An embedding of positions that is a table of too few rows.
static Operation *shorterPositions(func::FuncOp function, const HotValues &hot, int64_t length) {
  Operation *found = nullptr;
  function.walk([&](onnx::GatherOp op) {
    auto table = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
    if (found || !table || table.getRank() < 2 || !isa<FloatType>(table.getElementType()) ||
        op.getAxis() != 0)
      return;
    llvm::SmallBitVector from = hot.sources(op->getOperand(1));
    bool byPosition = llvm::any_of(
        from.set_bits(), [&](unsigned i) { return hot.roles()[i] == InputRole::Positions; });
    bool isRopeTable =
        llvm::any_of(op->getUsers(), [](Operation *user) { return isa<llm::RopeOp>(user); });
    if (byPosition && !isRopeTable && table.getDimSize(0) < length &&
        onnx::ConstantView::of(op->getOperand(0)))
      found = op;
  });
  return found;
}

namespace {
struct ExtendRopePass : retort::impl::ExtendRopePassBase<ExtendRopePass> {
  using Base::Base;

  LogicalResult checkOptions();
  RopeScaling scalingFor(const RopeDescription &rope, int64_t length) const;
  FailureOr<int64_t> chooseLength(const RopeDescription &rope, llm::RopeOp op);
  LogicalResult extend(llm::RopeOp op, const RopeDescription &rope, RopeTables &tables);
  LogicalResult extend(func::FuncOp function);
  LogicalResult checkLimits(func::FuncOp function);
  LogicalResult extend(ModuleOp module);
  FailureOr<double> tryOut(StringRef name, double by, double &unseen);
  LogicalResult search();
  void runOnOperation() override;

  const RopeMethod *chosen = nullptr;
  int64_t longest = 0; ///< the new length
};
} // namespace

LogicalResult ExtendRopePass::checkOptions() {
  ModuleOp module = getOperation();
  chosen = RopeMethod::named(method);
  if (!chosen && method != "search")
    return module.emitError() << "expects 'method' to be one of "
                              << llvm::join(RopeMethod::names(), ", ") << " or search, found '"
                              << method << "'";
  if (method == "search" && data.empty())
    return module.emitError("'method=search' chooses by a text: expects 'data', a file of tokens");
  for (const std::string &name : methods)
    if (!RopeMethod::named(name))
      return module.emitError() << "expects 'methods' among "
                                << llvm::join(RopeMethod::names(), ", ") << ", found '" << name
                                << "'";
  if (windows < 2)
    return module.emitError() << "expects 'windows' of at least 2, found " << int64_t(windows);
  if (!(factor > 1) || !std::isfinite(factor))
    return module.emitError() << "expects 'factor' above 1, found " << shortNumber(factor);
  if (originalLength < 0)
    return module.emitError() << "expects 'original-length' above 0, found "
                              << int64_t(originalLength);
  if (!(betaSlow > 0 && betaSlow < betaFast))
    return module.emitError() << "expects 0 < 'beta-slow' < 'beta-fast', found "
                              << shortNumber(betaSlow) << " and " << shortNumber(betaFast);
  if (!(attentionFactor >= 0))
    return module.emitError() << "expects 'attention-factor' of 0 or more, found "
                              << shortNumber(attentionFactor);
  if (ramp != "code" && ramp != "paper")
    return module.emitError() << "expects 'ramp' to be code or paper, found '" << ramp << "'";
  return success();
}

FailureOr<int64_t> ExtendRopePass::chooseLength(const RopeDescription &rope, llm::RopeOp op) {
  if (originalLength)
    return int64_t(originalLength);
  if (auto length = configuredLength(getOperation()))
    return *length;
  if (rope.limit)
    return *rope.limit;
  return op.emitError() << "neither the model nor its configuration tells the trained length: "
                           "expects 'original-length'";
}

RopeScaling ExtendRopePass::scalingFor(const RopeDescription &rope, int64_t length) const {
  RopeScaling scaling;
  scaling.factor = factor;
  scaling.length = length;
  scaling.base = rope.law ? rope.law->base : 0;
  scaling.betaFast = betaFast;
  scaling.betaSlow = betaSlow;
  scaling.overIndex = ramp == "code";
  scaling.truncate = truncate;
  scaling.lowFrequency = lowFrequency;
  scaling.highFrequency = highFrequency;
  scaling.shortFactors.assign(shortFactor.begin(), shortFactor.end());
  scaling.longFactors.assign(longFactor.begin(), longFactor.end());
  scaling.attentionFactor = attentionFactor;
  return scaling;
}

LogicalResult ExtendRopePass::extend(llm::RopeOp op, const RopeDescription &described,
                                     RopeTables &tables) {
  std::string reason;
  RopeDescription exact = described;
  exact.frequencies = asReleased(described);
  const RopeDescription *rope = &exact;
  if (!rope->rowStable)
    return op.emitError("rotary embedding cannot be extended: its frequencies depend on the length "
                        "of the text already "
                        "(dynamic NTK)");
  if (std::string before = scaledBefore(*rope); !before.empty() && !rescale)
    return op.emitError() << "rotary embedding is left alone: " << before
                          << "; 'rescale' scales it further";
  FailureOr<int64_t> length = chooseLength(*rope, op);
  if (failed(length))
    return failure();
  RopeScaling scaling = scalingFor(*rope, *length);
  if (chosen->needsBase(scaling) && !rope->law)
    return op.emitError("rotary embedding follows no power law, which the blend over pairs stands "
                        "on: expects 'ramp=paper'");
  if (std::string problem = chosen->problem(scaling, rope->frequencies.size()); !problem.empty())
    return op.emitError() << "rotary embedding cannot be extended: " << problem;
  longest = std::max(longest, int64_t(std::ceil(double(*length) * factor)));
  Location loc = op.getLoc(); // keys may turn elsewhere
  ScaledRope scaled = chosen->scale(rope->frequencies, scaling, double(*length) * factor);
  double amplitude = rope->amplitude * scaled.amplitude;
  int64_t rows =
      std::max(longest, rope->limit ? int64_t(std::ceil(double(*rope->limit) * factor)) : 0);
  LogicalResult done = chosen->isDynamic()
                           ? tables.rewriteDynamic(op, *rope, *chosen, scaling, reason)
                           : tables.rewrite(op, *rope, scaled.frequencies, amplitude, rows, reason);
  if (failed(done))
    return emitError(loc) << "rotary embedding cannot be extended: " << reason;
  if (method == "search") // a copy, to see what the model says then
    return success();
  remark::passed(loc, remark::RemarkOpts::name(getArgument()).category("compress"))
      << remark::metric("weight", "rotary embedding") << remark::metric("method", StringRef(method))
      << remark::metric("factor", double(factor)) << remark::metric("original_length", *length)
      << remark::metric("attention_factor", amplitude)
      << remark::metric("exactness", "statistical");
  return success();
}

/// Other places that hold the model to the old length.
LogicalResult ExtendRopePass::checkLimits(func::FuncOp function) {
  Samples after(function);
  if (Operation *table = shorterPositions(function, after.hot(), longest))
    return table->emitError()
           << "positions are limited to "
           << cast<RankedTensorType>(table->getOperand(0).getType()).getDimSize(0)
           << " here, expects " << longest << " for the extended length";
  if (!takesLength(after, longest))
    return function.emitError() << "model cannot run at the extended length of " << longest
                                << " tokens: another table or a fixed size holds it to less";
  return success();
}

LogicalResult ExtendRopePass::extend(func::FuncOp function) {
  SmallVector<llm::RopeOp> ropes;
  function.walk([&](llm::RopeOp op) { ropes.push_back(op); });
  if (ropes.empty())
    return success();
  // All are described before any is changed: samples are those of the function as it was.
  Samples samples(function);
  RopeTables tables(function, samples);
  SmallVector<RopeDescription> described;
  for (llm::RopeOp op : ropes) {
    Refusal refusal;
    auto rope = describeRope(op, samples, refusal);
    if (failed(rope))
      return op.emitError() << "rotary embedding cannot be extended: " << refusal.reason;
    described.push_back(*rope);
  }
  for (auto [op, rope] : llvm::zip_equal(ropes, described))
    if (failed(extend(op, rope, tables)))
      return failure();
  tables.finish();
  if (failed(onnx::SymbolicDims().infer(function)))
    return failure();
  return checkLimits(function);
}

LogicalResult ExtendRopePass::extend(ModuleOp module) {
  longest = 0;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal() && failed(extend(function)))
      return failure();
  if (longest == 0)
    return module.emitError()
           << "'" << getArgument()
           << "' finds no rotary embedding in the model: it looks for llm.rope, which "
              "retort-recognize makes";
  return success();
}

static double mean(ArrayRef<double> numbers) {
  double sum = 0;
  for (double number : numbers)
    sum += number;
  return sum / double(numbers.size());
}

/// The loss on the first half of the windows, and on the others.
FailureOr<double> ExtendRopePass::tryOut(StringRef name, double by, double &unseen) {
  OwningOpRef<ModuleOp> copy = getOperation().clone();
  chosen = RopeMethod::named(name);
  double wanted = factor;
  factor = by;
  LogicalResult extended = success();
  {
    // A method that does not fit the model is none to choose.
    ScopedDiagnosticHandler silence(&getContext(), [](Diagnostic &) { return success(); });
    extended = extend(*copy);
  }
  factor = wanted;
  if (failed(extended))
    return std::numeric_limits<double>::infinity();
  // All are read at the length that is wanted.
  auto length = int64_t(std::llround(double(longest) / by * wanted));
  auto scores = ScoresModels::of(getOperation())->score(std::move(copy), data, length, windows);
  if (!scores)
    return getOperation().emitError() << llvm::toString(scores.takeError());
  size_t half = scores->size() / 2;
  if (half == 0)
    return getOperation().emitError()
           << "expects 'data' of at least 2 windows, found " << scores->size();
  unseen = mean(ArrayRef(*scores).drop_front(half));
  return mean(ArrayRef(*scores).take_front(half));
}

/// All methods that need no lists, with the factor and a quarter more.
LogicalResult ExtendRopePass::search() {
  if (!ScoresModels::of(getOperation()))
    return getOperation().emitError("'method=search' runs the model, which this host cannot: "
                                    "expects Retort's tools, or one that loads libRetortRun.so");
  std::string best;
  double bestFactor = factor, least = std::numeric_limits<double>::infinity(), unseen = 0;
  for (StringRef name : RopeMethod::names()) {
    if ((!methods.empty() && !llvm::is_contained(methods, name)) ||
        (name == "longrope" && (shortFactor.empty() || longFactor.empty())))
      continue;
    for (double by : {double(factor), 1.25 * factor}) {
      double other = 0;
      FailureOr<double> loss = tryOut(name, by, other);
      if (failed(loss))
        return failure();
      remark::analysis(getOperation().getLoc(),
                       remark::RemarkOpts::name(getArgument()).category("compress"))
          << remark::metric("method", name) << remark::metric("factor", by)
          << remark::metric("loss", *loss) << remark::metric("unseen_loss", other);
      if (*loss < least) {
        least = *loss;
        best = name.str();
        bestFactor = by;
        unseen = other;
      }
    }
  }
  if (best.empty()) { // as if one was asked for: it says what is wrong
    method = "yarn";
    chosen = RopeMethod::named("yarn");
    return success();
  }
  getOperation().emitRemark() << "chooses " << best << " with factor " << shortNumber(bestFactor)
                              << ": perplexity " << shortNumber(std::exp(least))
                              << " on what it was chosen by, " << shortNumber(std::exp(unseen))
                              << " on text behind it";
  method = best;
  factor = bestFactor;
  chosen = RopeMethod::named(best);
  return success();
}

void ExtendRopePass::runOnOperation() {
  if (failed(checkOptions()) || (method == "search" && failed(search())) ||
      failed(extend(getOperation())))
    return signalPassFailure();
  getOperation()->setAttr(extendedLengthAttr, Builder(&getContext()).getI64IntegerAttr(longest));
  markStale(getOperation(), getArgument());
  if (configuredLength(getOperation()))
    setConfiguredLength(getOperation(), longest);
}
