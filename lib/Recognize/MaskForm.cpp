// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The form of a mask:
//   1. Sample it: small sizes with every padding, and sizes around each integer that its values are
//   computed from (a window of 4096 looks causal at 64). A large integer is replaced by a small one
//   for that, and the rule that is found is checked at small sizes with the large one.
//   2. Terms that hide nothing are biases. If the others only hide, and a rule says what, and rows
//   that see nothing are all alike, the rule is the form.
//   3. Else the values stay as they are: added ones as bias, which is exact whatever they hold,
//   conditions as mask. Where they hide the future anyway, `causal` says so, too.
#include "lib/Recognize/MaskForm.h"

#include <set>

using namespace mlir;
using namespace retort;

/// Integers above are replaced by smaller ones.
static constexpr int64_t largestInteger = 64;

namespace {
class MaskSearch {
public:
  MaskSearch(ArrayRef<MaskTerm> terms, const ScoreSizesAt &sizesAt, Samples &samples)
      : terms(terms), sizesAt(sizesAt), samples(samples),
        integers(integersIn(terms, largestInteger)), standIns(standInsFor(terms, largestInteger)) {
    for (const StandIn &each : standIns)
      if (!llvm::is_contained(integers, each.small))
        integers.push_back(each.small);
  }
  FailureOr<MaskForm> run(Refusal &why);
  FailureOr<MaskForm> explicitForm(Refusal &why);

private:
  LogicalResult checkFills(Refusal &why);
  LogicalResult findPadding(Refusal &why);
  SmallVector<Sample> sizes();
  void sampleAll(Refusal &why);
  bool dependsOnPlaces();
  std::optional<MaskEffect> sample(ArrayRef<MaskTerm> some, Sample at, Refusal &why) {
    return sample(some, at, standIns, why);
  }
  std::optional<MaskEffect> sample(ArrayRef<MaskTerm> some, Sample at, ArrayRef<StandIn> standIns,
                                   Refusal &why);
  std::optional<MaskRule> realRule(MaskRule rule);
  void noteTokens(SampledMask &mask, Sample at);

  ArrayRef<MaskTerm> terms;
  const ScoreSizesAt &sizesAt;
  Samples &samples;
  SmallVector<int64_t> integers;
  SmallVector<StandIn> standIns;
  BlockArgument padding;
  SmallVector<MaskTerm> biases, masks;
  bool sampled = false, biasInMasks = false, headsDiffer = false;
  HiddenRows hiddenRows = HiddenRows::None;
  std::vector<SampledMask> seen;
};
} // namespace

/// What takes the place of a hidden score must leave it no share.
LogicalResult MaskSearch::checkFills(Refusal &why) {
  for (const MaskTerm &term : terms)
    if (term.kind == MaskTerm::Choose && !(term.factor * term.fill <= hidesBelow)) {
      why = "hidden scores become " + std::to_string(term.factor * term.fill);
      return failure();
    }
  return success();
}

/// The one input that says where tokens are. A mask that depends on anything else is no rule.
LogicalResult MaskSearch::findPadding(Refusal &why) {
  llvm::SmallBitVector sources(samples.hot().roles().size());
  for (const MaskTerm &term : terms)
    sources |= samples.hot().sources(term.value);
  for (unsigned i : sources.set_bits()) {
    InputRole role = samples.hot().roles()[i];
    if (role == InputRole::Positions)
      continue;
    BlockArgument argument = samples.argument(i);
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (role != InputRole::Mask || padding || !type || type.getRank() != 2) {
      StringRef name = inputName(argument);
      why = "it depends on input " + (name.empty() ? std::to_string(i) : ("'" + name + "'").str());
      return failure();
    }
    padding = argument;
  }
  return success();
}

SmallVector<Sample> MaskSearch::sizes() {
  SmallVector<Sample> all;
  SmallVector<int64_t> pasts{0};
  if (samples.hasState())
    pasts.push_back(3);
  auto add = [&](int64_t tokens, ArrayRef<Padding> paddings) {
    for (int64_t past : pasts)
      for (Padding kind : paddings)
        if ((padding || kind == Padding::None) && samples.isValid({2, tokens, past}))
          all.push_back({2, tokens, past, kind});
  };
  for (int64_t tokens : {1, 5, 9})
    add(tokens, {Padding::None, Padding::Right, Padding::Left, Padding::Hole, Padding::All});
  std::set<int64_t> near;
  for (int64_t integer : integers)
    near.insert({integer - 1, integer, integer + 1, 2 * integer + 1});
  for (int64_t tokens : near)
    if (tokens > 1 && tokens != 5 && tokens != 9)
      add(tokens, {Padding::None, Padding::Left});
  return all;
}

void MaskSearch::noteTokens(SampledMask &mask, Sample at) {
  if (!padding)
    return;
  auto tensor = samples.evaluate(padding, at);
  if (failed(tensor) || tensor->size() != mask.batch * mask.columns)
    return;
  for (int64_t i = 0; i < tensor->size(); ++i)
    mask.tokens.push_back(tensor->number(i) != 0);
}

std::optional<MaskEffect> MaskSearch::sample(ArrayRef<MaskTerm> some, Sample at,
                                             ArrayRef<StandIn> standIns, Refusal &why) {
  auto scores = sizesAt(at);
  if (!scores) {
    why = "the size of the scores is not known";
    return std::nullopt;
  }
  auto effect = sampleMasks(some, *scores, standIns, samples, at, why);
  return succeeded(effect) ? std::optional(*effect) : std::nullopt;
}

/// Steps 1 and 2.
void MaskSearch::sampleAll(Refusal &why) {
  SmallVector<Sample> all = sizes();
  for (const MaskTerm &term : terms) {
    bool hides = term.kind == MaskTerm::Choose;
    for (size_t k = 0; !hides && k < all.size(); ++k) {
      auto effect = sample(term, all[k], why);
      if (!effect)
        return;
      hides = llvm::is_contained(effect->mask.visible, false);
    }
    (hides ? masks : biases).push_back(term);
  }
  for (Sample at : all) {
    auto whole = sample(terms, at, why), own = sample(masks, at, why);
    if (!whole || !own)
      return;
    own->mask.hiddenRows = whole->mask.hiddenRows;
    biasInMasks |= own->biases;
    headsDiffer |= own->headsDiffer;
    noteTokens(own->mask, at);
    seen.push_back(std::move(own->mask));
  }
  hiddenRows = commonHiddenRows(seen);
  sampled = true;
}

bool MaskSearch::dependsOnPlaces() {
  Sample plain = samples.probes().back();
  Refusal ignored;
  auto expected = sample(masks, plain, ignored);
  for (Places places : {Places::Shifted, Places::Restarted}) {
    Sample other = plain;
    other.places = places;
    auto found = sample(masks, other, ignored);
    if (!found || !expected || found->mask.visible != expected->mask.visible)
      return true;
  }
  return false;
}

/// The rule with the large integers, if the mask follows it at small sizes.
std::optional<MaskRule> MaskSearch::realRule(MaskRule rule) {
  auto real = [&](std::optional<int64_t> &window) {
    for (const StandIn &each : standIns)
      for (auto [small, large] : {std::pair(each.small - 1, each.real - 1),
                                  {each.small, each.real},
                                  {each.small / 2, each.real / 2},
                                  {each.small / 2 - 1, each.real / 2 - 1}})
        if (window == small) {
          window = large;
          return;
        }
  };
  real(rule.left);
  real(rule.right);
  Refusal ignored;
  for (Sample at : samples.probes()) {
    auto effect = sample(masks, at, {}, ignored);
    if (!effect)
      return std::nullopt;
    noteTokens(effect->mask, at);
    if (!fits(rule, effect->mask))
      return std::nullopt;
  }
  return rule;
}

/// Step 3.
FailureOr<MaskForm> MaskSearch::explicitForm(Refusal &why) {
  MaskForm form;
  form.note = why.reason;
  if (failed(checkFills(why)))
    return failure();
  bool allInfinite = true, onlyChoice = terms.size() == 1;
  for (const MaskTerm &term : terms) {
    (term.kind == MaskTerm::Choose ? form.conditions : form.biases).push_back(term);
    if (term.kind == MaskTerm::Choose) {
      allInfinite &= std::isinf(term.fill) && term.factor * term.fill < 0;
    }
  }
  if (form.conditions.empty() || allInfinite)
    hiddenRows = HiddenRows::Zero;
  else if (onlyChoice)
    hiddenRows = HiddenRows::Mean;
  else if (!sampled || hiddenRows == HiddenRows::Other) {
    why = "rows that see nothing take values by scores that several masks leave";
    return failure();
  }
  if (hiddenRows == HiddenRows::Mean)
    form.hiddenRows = llm::MaskedRows::Mean;
  MaskRule causal;
  causal.causal = true;
  auto hidesFuture = [&](const SampledMask &mask) {
    size_t at = 0;
    for (int64_t b = 0; b < mask.batch; ++b)
      for (int64_t i = 0; i < mask.rows; ++i)
        for (int64_t j = 0; j < mask.columns; ++j, ++at)
          if (mask.visible[at] && !causal.sees(i + mask.columns - mask.rows, j))
            return false;
    return mask.hiddenRows == HiddenRows::None || mask.hiddenRows == HiddenRows::Zero;
  };
  form.rule.causal = sampled && llvm::all_of(seen, hidesFuture);
  return form;
}

FailureOr<MaskForm> MaskSearch::run(Refusal &why) {
  if (terms.empty())
    return MaskForm();
  if (failed(checkFills(why)))
    return failure();
  if (failed(findPadding(why)))
    return explicitForm(why);
  sampleAll(why);
  if (!sampled)
    return explicitForm(why);
  why = biasInMasks                       ? "it biases what it does not hide"
        : headsDiffer                     ? "heads see different columns"
        : hiddenRows == HiddenRows::Other ? "rows that see nothing take values by score"
        : dependsOnPlaces()               ? "it depends on positions"
                                          : "";
  auto rule = why.empty() ? findMaskRule(seen, integers) : std::nullopt;
  if (rule && !standIns.empty())
    rule = realRule(*rule);
  if (!rule) {
    if (why.empty())
      why = "what it hides follows no known rule";
    return explicitForm(why);
  }
  MaskForm form;
  form.rule = *rule;
  form.padding = rule->padding ? padding : BlockArgument();
  form.biases = biases;
  if (hiddenRows == HiddenRows::Mean)
    form.hiddenRows = llm::MaskedRows::Mean;
  return form;
}

/// What a form depends on: the terms, by value, and how large the scores are.
static std::string keyOf(ArrayRef<MaskTerm> terms, ArrayRef<std::optional<ScoreSizes>> sizes,
                         bool keepValues) {
  std::string key;
  llvm::raw_string_ostream stream(key);
  stream << keepValues;
  for (const MaskTerm &term : terms) {
    auto scores = term.scores ? cast<RankedTensorType>(term.scores.getType()) : RankedTensorType();
    stream << '|' << int(term.kind) << ' ' << term.value.getAsOpaquePointer() << ' ' << term.factor
           << ' ' << term.hiddenWhere << ' ' << term.fill << ' ' << (scores ? scores.getRank() : 0)
           << ' ' << (scores && scores.getElementType().isF16());
  }
  for (const auto &each : sizes)
    for (int64_t size : each.value_or(ScoreSizes()))
      stream << ',' << size;
  return key;
}

FailureOr<MaskForm> MaskForms::find(ArrayRef<MaskTerm> terms, const ScoreSizesAt &sizesAt,
                                    Refusal &why, bool keepValues) {
  SmallVector<std::optional<ScoreSizes>> sizes;
  for (Sample sample : samples.probes())
    sizes.push_back(sizesAt(sample));
  std::string key = keyOf(terms, sizes, keepValues);
  auto found = known.find(key);
  if (found == known.end()) {
    MaskSearch search(terms, sizesAt, samples);
    Refusal refusal;
    FailureOr<MaskForm> form = keepValues ? search.explicitForm(refusal) : search.run(refusal);
    found = known.emplace(key, Found{std::move(form), refusal}).first;
  }
  why = found->second.why;
  return found->second.form;
}
