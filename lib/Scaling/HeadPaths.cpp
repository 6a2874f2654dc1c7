// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows channels through attention to its values.
//
//   %v = onnx.Transpose(onnx.Reshape(%flat)) {perm = [0, 2, 1, 3]}     batch x heads x rows x width
//   %r = onnx.Reshape(onnx.Expand(onnx.Unsqueeze(%v)))                 heads repeated
//   %a = llm.attention(%q, %k, %r)
//   %y = onnx.Reshape(onnx.Transpose(%a) {perm = [0, 2, 1, 3]})        heads side by side
#include "lib/Scaling/HeadPaths.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

int64_t retort::sizeFromEnd(Value value, int64_t axis) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() <= axis || type.isDynamicDim(type.getRank() - 1 - axis))
    return 0;
  return type.getDimSize(type.getRank() - 1 - axis);
}

bool retort::hasOneReader(Value value) {
  return llvm::count_if(value.getUsers(), [](Operation *user) {
           return !isa<onnx::ShapeOp, onnx::SizeOp>(user);
         }) == 1;
}

/// The permutation that swaps heads and rows, of a value that nothing else reads.
static Value headsSwapped(Value value) {
  auto transpose = value.getDefiningOp<onnx::TransposeOp>();
  if (!transpose || !hasOneReader(value))
    return {};
  auto perm = onnx::intsAttribute(transpose, "perm");
  return perm && llvm::equal(*perm, ArrayRef<int64_t>{0, 2, 1, 3}) ? transpose->getOperand(0)
                                                                   : Value();
}

namespace {
/// Channels of a value of batch x heads x rows x width: head and place in it, one number each.
struct HeadChannels {
  Value value;
  int64_t heads = 0, width = 0;
  std::vector<int64_t> places; ///< head * width + place

  bool isKnown() const { return heads > 0 && width > 0; }
};
} // namespace

/// Each head was there once before it was repeated; nothing is done where none is.
static void throughRepeats(HeadChannels &channels) {
  Operation *reshape = channels.value.getDefiningOp();
  if (!reshape || !onnx::isReshape(reshape) || !hasOneReader(channels.value))
    return;
  auto expand = reshape->getOperand(0).getDefiningOp<onnx::ExpandOp>();
  Operation *unsqueeze = expand ? expand->getOperand(0).getDefiningOp() : nullptr;
  if (!unsqueeze || !onnx::isReshape(unsqueeze) || !hasOneReader(expand->getResult(0)) ||
      !hasOneReader(unsqueeze->getResult(0)))
    return;
  Value before = unsqueeze->getOperand(0), single = unsqueeze->getResult(0);
  int64_t groups = sizeFromEnd(before, 2);
  auto type = dyn_cast<RankedTensorType>(single.getType());
  bool isOne = type && type.getRank() == 5 && sizeFromEnd(single, 2) == 1 &&
               sizeFromEnd(single, 3) == groups && sizeFromEnd(single) == channels.width &&
               sizeFromEnd(before) == channels.width;
  if (!isOne || groups == 0 || channels.heads % groups != 0)
    return;
  int64_t copies = channels.heads / groups;
  for (int64_t &place : channels.places)
    place = place / channels.width / copies * channels.width + place % channels.width;
  channels.value = before;
  channels.heads = groups;
}

ChannelPlaces retort::channelsOfSplit(Value part, ArrayRef<int64_t> places) {
  auto split = part.getDefiningOp<onnx::SplitOp>();
  auto type = dyn_cast<RankedTensorType>(part.getType());
  int64_t axis = split ? onnx::intAttribute(split, "axis", 0) : 0;
  if (!split || !type || (axis != -1 && axis != type.getRank() - 1))
    return {{}, {}, "'onnx.Split' makes its input"};
  if (!hasOneReader(split->getOperand(0)))
    return {{}, {}, "what is split into its input has other readers"};
  int64_t begin = 0;
  for (Value result : split->getResults()) {
    if (result == part)
      break;
    if (sizeFromEnd(result) == 0)
      return {{}, {}, "what is split into its input has parts of unknown size"};
    begin += sizeFromEnd(result);
  }
  ChannelPlaces whole{split->getOperand(0), places.vec(), ""};
  for (int64_t &place : whole.places)
    place += begin;
  return whole;
}

/// Queries, keys and values of each head side by side.
static bool throughSplit(HeadChannels &channels) {
  if (!channels.value.getDefiningOp<onnx::SplitOp>())
    return true;
  if (!hasOneReader(channels.value))
    return false;
  std::vector<int64_t> inHead;
  for (int64_t place : channels.places)
    inHead.push_back(place % channels.width);
  ChannelPlaces whole = channelsOfSplit(channels.value, inHead);
  int64_t width = whole.value ? sizeFromEnd(whole.value) : 0;
  if (width == 0)
    return false;
  for (auto [place, other] : llvm::zip_equal(channels.places, whole.places))
    place = place / channels.width * width + other;
  channels.value = whole.value;
  channels.width = width;
  return true;
}

ChannelPlaces retort::channelsOfHeads(Operation *reshape, ArrayRef<int64_t> places) {
  Value heads = headsSwapped(reshape->getOperand(0));
  auto attention = heads ? heads.getDefiningOp<llm::AttentionOp>() : nullptr;
  if (!attention || heads != attention.getResult())
    return {
        {},
        {},
        ("'" + reshape->getName().getStringRef() + "', which makes its input, moves its channels")
            .str()};
  if (!hasOneReader(heads) || !attention.getPresentKey().use_empty() ||
      !attention.getPresentValue().use_empty() || attention.getPastValue())
    return {{}, {}, "the values of its attention are kept in a cache of the model"};
  ChannelPlaces refusal{{}, {}, "the values of its attention are no product by heads"};
  HeadChannels channels{attention.getValue(),
                        sizeFromEnd(attention.getValue(), 2),
                        sizeFromEnd(attention.getValue()),
                        {}};
  int64_t queries = sizeFromEnd(heads, 2);
  if (!channels.isKnown() || queries % channels.heads != 0 || queries == 0 ||
      sizeFromEnd(reshape->getResult(0)) != queries * channels.width)
    return refusal;
  for (int64_t place : places)
    channels.places.push_back(place / channels.width / (queries / channels.heads) * channels.width +
                              place % channels.width);
  throughRepeats(channels);
  if (!throughSplit(channels))
    return refusal;
  Value joined = hasOneReader(channels.value) ? headsSwapped(channels.value) : Value();
  Operation *split = joined ? joined.getDefiningOp() : nullptr;
  if (!split || !hasOneReader(joined) || !onnx::isReshape(split) ||
      sizeFromEnd(joined) != channels.width || sizeFromEnd(joined, 1) != channels.heads ||
      sizeFromEnd(split->getOperand(0)) != channels.heads * channels.width)
    return refusal;
  if (!hasOneReader(split->getOperand(0)))
    return {{}, {}, "the values of its attention have other readers"};
  return {split->getOperand(0), channels.places, ""};
}
