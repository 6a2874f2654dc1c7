// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbers and words that attributes may hold. ONNX gives one name to one thing, so a name says
// it for all operations; where an operation is stricter, it has a line of its own before.
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Verify/Tables.h"
#include "dialects/Onnx/Verify/Verify.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"

#include <limits>

using namespace mlir;
using namespace retort;

namespace {
/// A number, or each of a list.
struct NumberRange {
  StringLiteral attribute;
  int64_t least;
  StringLiteral operation = "";
  /// Products of two numbers of this size are still integers.
  int64_t most = std::numeric_limits<int32_t>::max();
};

struct Words {
  StringLiteral attribute, operation, words;
};
} // namespace

static constexpr NumberRange numberRanges[] = {
    {"K", 1, "onnx.com.microsoft.MatMulNBits"},
    {"N", 1, "onnx.com.microsoft.MatMulNBits"},
    {"batch_dims", 0},
    {"bits", 2, "", 8},
    {"block_size", 16, "onnx.com.microsoft.GatherBlockQuantized"},
    {"block_size", 16, "onnx.com.microsoft.MatMulNBits"},
    {"block_size", 0},
    {"dilations", 1},
    {"group", 1},
    {"hidden_size", 1},
    {"kernel_shape", 1},
    {"kv_num_heads", 1, "onnx.com.microsoft.GroupQueryAttention"},
    {"kv_num_heads", 0},
    {"layout", 0, "", 1},
    {"local_window_size", -1},
    {"num_groups", 1},
    {"num_heads", 0, "onnx.RotaryEmbedding"},
    {"num_heads", 0, "onnx.com.microsoft.RotaryEmbedding"},
    {"num_heads", 1},
    {"num_scan_inputs", 1},
    {"pads", 0},
    {"q_num_heads", 0},
    {"rotary_embedding_dim", 0},
    {"scan_input_directions", 0, "", 1},
    {"scan_output_directions", 0, "", 1},
    {"strides", 1},
};
static_assert(onnx::isInOrder(numberRanges, &NumberRange::attribute));

static constexpr Words wordLists[] = {
    {"approximate", "onnx.Gelu", "none|tanh"},
    {"auto_pad", "", "NOTSET|SAME_UPPER|SAME_LOWER|VALID"},
    {"coordinate_transformation_mode", "onnx.Resize",
     "half_pixel|half_pixel_symmetric|pytorch_half_pixel|align_corners|asymmetric|"
     "tf_half_pixel_for_nn|tf_crop_and_resize"},
    {"direction", "onnx.BitShift", "LEFT|RIGHT"},
    {"direction", "", "forward|reverse|bidirectional"},
    {"keep_aspect_ratio_policy", "onnx.Resize", "stretch|not_larger|not_smaller"},
    {"mode", "onnx.Resize", "nearest|linear|cubic"},
    {"nearest_mode", "onnx.Resize", "round_prefer_floor|round_prefer_ceil|floor|ceil"},
};
static_assert(onnx::isInOrder(wordLists, &Words::attribute));

/// Attributes that hold the number of an element type.
static constexpr StringLiteral elementTypes[] = {"to", "dtype", "output_dtype"};
static constexpr int64_t stringType = 8, complexTypes[] = {14, 15};

/// The line of the table that is meant for the attribute in this operation.
template <typename Line, size_t N>
static const Line *lineFor(const Line (&table)[N], Operation *op, StringRef attribute) {
  ArrayRef<Line> lines = onnx::linesOf(table, &Line::attribute, attribute);
  auto line = llvm::find_if(lines, [&](const Line &each) {
    return each.operation.empty() || each.operation == op->getName().getStringRef();
  });
  return line == lines.end() ? nullptr : line;
}

static LogicalResult verifyNumbers(Operation *op, NamedAttribute attribute) {
  SmallVector<int64_t> numbers;
  if (auto list = dyn_cast<DenseI64ArrayAttr>(attribute.getValue()))
    numbers.append(list.asArrayRef().begin(), list.asArrayRef().end());
  else if (auto number = dyn_cast<IntegerAttr>(attribute.getValue()))
    numbers.push_back(number.getInt());
  const NumberRange *range = lineFor(numberRanges, op, attribute.getName());
  for (int64_t number : numbers) {
    if (range && (number < range->least || number > range->most))
      return op->emitOpError() << "expects '" << attribute.getName().getValue() << "' of at "
                               << (number < range->least ? "least " : "most ")
                               << (number < range->least ? range->least : range->most) << ", found "
                               << number;
    bool isOmitted = number == 0 && attribute.getName() != "to";
    if (llvm::is_contained(elementTypes, attribute.getName().getValue()) && !isOmitted &&
        number != stringType && !llvm::is_contained(complexTypes, number) &&
        !elementTypeOf(op->getContext(), number))
      return op->emitOpError() << "expects '" << attribute.getName().getValue()
                               << "' to be the number of an element type, found " << number;
  }
  return success();
}

static LogicalResult verifyWord(Operation *op, NamedAttribute attribute) {
  auto word = dyn_cast<StringAttr>(attribute.getValue());
  const Words *line = word ? lineFor(wordLists, op, attribute.getName()) : nullptr;
  if (!line || word.empty())
    return success();
  SmallVector<StringRef> words;
  line->words.split(words, '|');
  if (llvm::is_contained(words, word.getValue()))
    return success();
  return op->emitOpError() << "expects '" << attribute.getName().getValue() << "' to be one of "
                           << llvm::join(words, ", ") << ", found '"
                           << word.getValue().take_front(40) << "'";
}

LogicalResult onnx::verifyRanges(Operation *op) {
  for (NamedAttribute attribute : op->getAttrs())
    if (failed(verifyNumbers(op, attribute)) || failed(verifyWord(op, attribute)))
      return failure();
  return success();
}
