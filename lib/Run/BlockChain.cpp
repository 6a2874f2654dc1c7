// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph as a row of blocks.
//
// 1. Weights are grouped by what they are multiplied with.
// 2. From one cut of the graph to the next goes a segment; a block is some of them, up to the first
//    that has a group.
// 3. Weights that may change are arguments, and so are vectors, of which blocks of one structure
// have
//    each its own.
#include "lib/Run/BlockChain.h"
#include "lib/Run/InProcess.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;
using runtime::Tensor;

static runtime::ElementType elementTypeOf(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return *runtime::elementTypeNamed(name);
}

/// A view of the constant, which someone keeps.
static Tensor tensorOf(const onnx::ConstantView &view) {
  return Tensor::borrow(elementTypeOf(view.type().getElementType()),
                        runtime::Shape(view.type().getShape()),
                        const_cast<char *>(view.bytes().data()));
}

/// Adds the weight to a group, or says why it cannot be replayed.
std::string BlockChain::addToGroup(const GraphCuts &cuts, LinearWeight &weight) {
  if (!weight.values.isPlain())
    return "is written as an expression";
  Group group;
  std::optional<size_t> segment;
  for (const WeightUse &use : weight.uses()) {
    std::optional<size_t> place = cuts.segmentOf(use.op());
    if (!place)
      return "the outputs that the sample is scored by do not follow from it";
    if (use.op()->getBlock() != &graph.getBody().front())
      return "is used within the graph of another operation";
    if (segment && segment != place)
      return "is used in several blocks";
    segment = place;
    if (use.kind != WeightUse::Kind::Product)
      continue;
    if (use.activationAxis < 0)
      return "the axis along which its product sums is not known";
    ObservedValue activation{use.activation(), use.activationAxis};
    if (!llvm::is_contained(group.activations, activation))
      group.activations.push_back(activation);
    size_t before = std::distance(graph.getBody().front().begin(), use.op()->getIterator());
    group.place = group.weights.empty() ? before : std::min(group.place, before);
    group.weights = {weight.name().str()};
  }
  if (group.activations.empty())
    return "no product reads it";
  group.segment = *segment;
  group.inputs = weight.type().getDimSize(weight.inputAxis());
  auto same = llvm::find_if(byActivation, [&](const Group &other) {
    return other.activations == group.activations && other.inputs == group.inputs;
  });
  if (same == byActivation.end())
    byActivation.push_back(std::move(group));
  else
    same->weights.push_back(weight.name().str());
  weights.try_emplace(weight.name(),
                      ChangeableWeight{weight.op, OutputRows(weight), weight.element(),
                                       runtime::Shape(weight.type().getShape())});
  arguments.push_back(weight.op);
  return "";
}

llvm::Error BlockChain::findGroups(const GraphCuts &cuts, ArrayRef<std::string> names) {
  llvm::StringSet<> asked;
  asked.insert(names.begin(), names.end());
  auto all = selectLinearWeights(*module, "replay", ".", "");
  if (failed(all))
    return llvm::createStringError("no weight feeds a product");
  for (LinearWeight &weight : *all)
    if (asked.contains(weight.name()))
      if (std::string why = addToGroup(cuts, weight); !why.empty())
        reasons[weight.name()] = why;
  llvm::sort(byActivation, [](const Group &a, const Group &b) {
    return std::tie(a.place, a.weights) < std::tie(b.place, b.weights);
  });
  return llvm::Error::success();
}

void BlockChain::addPart(Value begin, Value end, size_t segment) {
  Part &part = parts.emplace_back();
  if (wanted)
    for (auto &[place, value] : *wanted)
      if (place <= segment && value != end && !placeOf(value)) // an end is the next one's beginning
        part.observed.push_back({value, cast<RankedTensorType>(value.getType()).getRank() - 1});
  for (const ReplayGroup &group : found)
    if (!wanted && group.block == int64_t(parts.size()) - 1)
      for (const ObservedValue &value : byActivation[&group - found.data()].activations)
        if (!llvm::is_contained(part.observed, value))
          part.observed.push_back(value);
  part.module = BlockModule::of(graph, {begin, end, part.observed, arguments});
  for (Operation *op : part.module.constants) {
    views.push_back(*onnx::ConstantView::of(op->getResult(0)));
    Constant &constant = part.constants.emplace_back(Constant{"", ::tensorOf(views.back())});
    for (auto &entry : weights)
      if (entry.second.op == op)
        constant.weight = entry.first().str();
  }
}

/// Scales of norms, biases and the like.
static bool isVectorOfLayer(onnx::InitializerOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getResult().getType());
  return type && type.getRank() == 1 && isa<FloatType>(type.getElementType()) &&
         onnx::ConstantView::of(op.getResult()) &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           return onnx::elementKindOf(user) || isa<llm::RmsNormOp>(user) ||
                  user->hasTrait<onnx::Normalizes>();
         });
}

void BlockChain::cut(const GraphCuts &cuts) {
  graph.walk([&](onnx::InitializerOp op) {
    if (isVectorOfLayer(op))
      arguments.push_back(op);
  });
  SmallVector<std::pair<Value, size_t>> ends;
  size_t next = 0; // of the groups
  for (auto [segment, end] : llvm::enumerate(cuts.cuts())) {
    bool hasGroup = false;
    for (; next < byActivation.size() && byActivation[next].segment <= segment; ++next) {
      const Group &group = byActivation[next];
      found.push_back({int64_t(ends.size()), group.inputs, group.weights});
      hasGroup = true;
    }
    if (hasGroup || segment + 1 == cuts.cuts().size())
      ends.push_back({end, segment});
  }
  for (auto [place, end] : llvm::enumerate(ends))
    addPart(place ? ends[place - 1].first : Value(), end.first, end.second);
}

llvm::Expected<std::unique_ptr<BlockChain>> BlockChain::create(OwningOpRef<ModuleOp> module,
                                                               unsigned result,
                                                               ArrayRef<std::string> names,
                                                               std::string targetCpu) {
  std::unique_ptr<BlockChain> chain(new BlockChain(std::move(module), std::move(targetCpu)));
  chain->graph = chain->module->lookupSymbol<func::FuncOp>("main");
  Value end = chain->graph.getBody().front().getTerminator()->getOperand(result);
  GraphCuts cuts(chain->graph, end);
  if (cuts.cuts().empty())
    return llvm::createStringError("its logits do not follow from its text by large constants");
  if (llvm::Error error = chain->findGroups(cuts, names))
    return std::move(error);
  chain->cut(cuts);
  return std::move(chain);
}

/// Of all weights: layers of one structure share their code.
static std::vector<std::string> weightsOf(ModuleOp module) {
  std::vector<std::string> names;
  auto all = selectLinearWeights(module, "replay", ".", "");
  if (succeeded(all))
    for (const LinearWeight &weight : *all)
      names.push_back(weight.name().str());
  return names;
}

llvm::Expected<std::unique_ptr<BlockChain>>
BlockChain::create(OwningOpRef<ModuleOp> module, unsigned result, ArrayRef<Value> observed,
                   std::shared_ptr<Code> code, std::string targetCpu) {
  std::vector<std::string> names = weightsOf(*module);
  std::unique_ptr<BlockChain> chain(new BlockChain(std::move(module), std::move(targetCpu)));
  chain->compiled = std::move(code);
  chain->graph = chain->module->lookupSymbol<func::FuncOp>("main");
  GraphCuts cuts(chain->graph, chain->graph.getBody().front().getTerminator()->getOperand(result));
  if (cuts.cuts().empty())
    return llvm::createStringError("its logits do not follow from its text by large constants");
  if (llvm::Error error = chain->findGroups(cuts, names))
    return std::move(error);
  chain->wanted.emplace();
  for (Value value : observed) {
    Operation *op = value.getDefiningOp();
    std::optional<size_t> segment = op ? cuts.segmentOf(op) : std::nullopt;
    if (!segment)
      return llvm::createStringError("a value that is observed does not lie on the way to logits");
    chain->wanted->push_back({*segment, value});
  }
  chain->cut(cuts);
  return std::move(chain);
}

std::optional<std::pair<size_t, size_t>> BlockChain::placeOf(Value observed) const {
  for (auto [block, part] : llvm::enumerate(parts))
    for (auto [place, each] : llvm::enumerate(part.observed))
      if (each.first == observed)
        return std::pair(block, place + 1);
  return std::nullopt;
}

std::string BlockChain::whyNot(StringRef weight) const {
  auto reason = reasons.find(weight);
  return reason == reasons.end() ? "is not found in the graph of the windows" : reason->second;
}

Tensor BlockChain::tensorOf(StringRef name, ArrayRef<float> rows) const {
  const ChangeableWeight &weight = weights.find(name)->second;
  Tensor result = Tensor::allocate(elementTypeOf(weight.element), weight.shape);
  compress::encodeFloats(weight.element, weight.rows.scatter(rows), result.as<char>());
  return result;
}

llvm::Error BlockChain::compile(Part &part) {
  std::string text = part.module.structure();
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
  std::string key = llvm::utohexstr(hash.high64) + "-" + llvm::utohexstr(hash.low64);
  std::shared_ptr<runtime::Model> &code = (*compiled)[key];
  if (!code) {
    auto made = compileInProcess(part.module.module->clone(), targetCpu);
    if (!made)
      return made.takeError();
    code = std::move(*made);
  }
  part.code = code;
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>> BlockChain::run(size_t block, const Tensor &before,
                                                    ArrayRef<Tensor> inputs,
                                                    const llvm::StringMap<Tensor> &changes) {
  Part &part = parts[block];
  if (!part.code)
    if (llvm::Error error = compile(part))
      return std::move(error);
  std::vector<Tensor> given;
  if (part.module.readsBegin)
    given.push_back(before);
  for (unsigned input : part.module.inputs)
    given.push_back(inputs[input]);
  for (const Constant &constant : part.constants) {
    auto changed = constant.weight.empty() ? changes.end() : changes.find(constant.weight);
    given.push_back(changed == changes.end() ? constant.data : changed->second);
  }
  auto outputs = part.code->function("main")->call(given);
  if (!outputs)
    return llvm::createStringError(outputs.error());
  return std::move(*outputs);
}

std::vector<size_t> BlockChain::outputsOf(const ReplayGroup &group) const {
  std::vector<size_t> places;
  auto known =
      llvm::find_if(found, [&](const ReplayGroup &each) { return each.weights == group.weights; });
  const auto &observed = parts[group.block].observed;
  for (const ObservedValue &value : byActivation[known - found.begin()].activations)
    places.push_back(1 + (llvm::find(observed, value) - observed.begin()));
  return places;
}
