// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How such a weight is written, and read:
//   %wide = onnx.Cast(%codes) {to = 7 : i64}            codes of 4 bits without a sign, K x N
//   %numbers = onnx.Gather(%book, %wide)                16 numbers
//   %w = onnx.Mul(%numbers, %scales)                    one, or one for each row or each column
#include "Codebook/Codebook.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

namespace {
class CodebookWeight : public compress::WeightReader {
public:
  static std::shared_ptr<const CodebookWeight> of(Operation *op);

  float at(int64_t i) const override {
    return float(book->floatAt(codes->intAt(i))) * float(scales->floatAt(scaleOf(i)));
  }
  uint64_t bytes() const override {
    return codes->byteCount() + book->byteCount() + scales->byteCount();
  }
  StringRef name() const override {
    StringRef name = compress::nameOfConstant(codeConstant);
    name.consume_back("_codes");
    return name;
  }
  std::optional<WeightMatrix> matrix(bool isSwapped) const override;

private:
  int64_t rows() const { return codes->type().getDimSize(0); }
  int64_t width() const { return codes->type().getDimSize(1); }
  int64_t scaleOf(int64_t i) const {
    return scales->size() == 1 ? 0 : scaleAxis == 0 ? i / width() : i % width();
  }

  Value codeConstant;
  std::optional<onnx::ConstantView> codes, book, scales;
  int64_t scaleAxis = 1; ///< along which places of the codes have scales of their own
};

class CodebookForm : public compress::WeightForm {
public:
  StringRef name() const override { return "codebook"; }

  std::shared_ptr<const compress::WeightReader> recognize(Value value) const override {
    return CodebookWeight::of(value.getDefiningOp());
  }
  bool keeps(Operation *op) const override;
  std::optional<compress::ConstantUse> useOf(OpOperand &use) const override;
};
} // namespace

/// The lookup of codes in a book, or null.
static onnx::GatherOp lookupIn(Value numbers) {
  auto gather = numbers ? numbers.getDefiningOp<onnx::GatherOp>() : onnx::GatherOp();
  auto cast = gather ? gather.getIndices().getDefiningOp<onnx::CastOp>() : onnx::CastOp();
  auto book = gather ? dyn_cast<RankedTensorType>(gather.getData().getType()) : RankedTensorType();
  bool isCode = cast && getElementTypeOrSelf(cast.getInput().getType()).isUnsignedInteger(4);
  return isCode && book && book.getShape() == ArrayRef<int64_t>{codebook::bookSize}
             ? gather
             : onnx::GatherOp();
}

std::shared_ptr<const CodebookWeight> CodebookWeight::of(Operation *op) {
  auto product = dyn_cast<onnx::MulOp>(op);
  if (!product)
    return nullptr;
  for (int side : {0, 1}) {
    onnx::GatherOp lookup = lookupIn(product->getOperand(side));
    if (!lookup)
      continue;
    auto result = std::make_shared<CodebookWeight>();
    result->codeConstant = lookup.getIndices().getDefiningOp()->getOperand(0);
    result->codes = onnx::ConstantView::of(result->codeConstant);
    result->book = onnx::ConstantView::of(lookup.getData());
    result->scales = onnx::ConstantView::of(product->getOperand(1 - side));
    if (!result->codes || !result->book || !result->scales || result->codes->type().getRank() != 2)
      return nullptr;
    ArrayRef<int64_t> shape = result->scales->type().getShape();
    int64_t rows = result->rows(), width = result->width();
    bool isOne = result->scales->size() == 1 && shape.size() <= 2;
    bool isByRow = shape == ArrayRef<int64_t>{rows, 1};
    bool isByColumn = shape == ArrayRef<int64_t>{1, width} || shape == ArrayRef<int64_t>{width};
    result->scaleAxis = isByRow ? 0 : 1;
    return isOne || isByRow || isByColumn ? result : nullptr;
  }
  return nullptr;
}

/// The scales have to be those of columns: those of rows would be different within a sum.
std::optional<WeightMatrix> CodebookWeight::matrix(bool isSwapped) const {
  int64_t depthAxis = isSwapped ? 1 : 0, stride = width();
  bool isFloat = book->type().getElementType().isF32() && scales->type().getElementType().isF32();
  if (!isFloat || (scales->size() > 1 && scaleAxis == depthAxis))
    return std::nullopt;
  WeightMatrix result;
  MLIRContext *context = codes->type().getContext();
  result.format = codebook::PanelsAttr::get(context);
  result.depth = codes->type().getDimSize(depthAxis);
  result.columns = codes->type().getDimSize(1 - depthAxis);
  auto place = [=](int64_t k, int64_t n) { return isSwapped ? n * stride + k : k * stride + n; };
  result.pack = [=, self = *this, depth = result.depth, columns = result.columns] {
    linear::PanelPacker packer(columns);
    auto writeWord = [&](char *bytes, int64_t word, int64_t n) {
      uint32_t bits = 0;
      for (int64_t i = 0; i < codebook::perWord && word * codebook::perWord + i < depth; ++i)
        bits |= uint32_t(self.codes->intAt(place(word * codebook::perWord + i, n)))
                << (i * codebook::codeBits);
      std::memcpy(bytes, &bits, sizeof(bits));
    };
    auto scale = [&](int64_t, int64_t n) -> double {
      return self.scales->floatAt(self.scaleOf(place(0, n)));
    };
    return SmallVector<ElementsAttr>{
        packer.fill(llvm::divideCeil(depth, codebook::perWord), IntegerType::get(context, 32),
                    writeWord),
        onnx::makeConstant(self.book->type(), self.book->bytes(), "book"),
        packer.fillNumbers(1, Float32Type::get(context), scale)};
  };
  return result;
}

/// Folded, the codes would become integers of 64 bits, and the weight numbers.
bool CodebookForm::keeps(Operation *op) const {
  if (auto cast = dyn_cast<onnx::CastOp>(op))
    return llvm::any_of(cast->getUsers(), [](Operation *user) {
      return user->getNumResults() == 1 && lookupIn(user->getResult(0));
    });
  return op->getNumResults() == 1 &&
         (lookupIn(op->getResult(0)) || CodebookWeight::of(op) != nullptr);
}

std::optional<compress::ConstantUse> CodebookForm::useOf(OpOperand &use) const {
  Operation *user = use.getOwner();
  if (isa<onnx::CastOp>(user) && keeps(user))
    return compress::ConstantUse{/*isCodes=*/true, /*packedBits=*/0};
  if (user->getNumResults() == 1 && (lookupIn(user->getResult(0)) || CodebookWeight::of(user)))
    return compress::ConstantUse();
  return std::nullopt;
}

std::unique_ptr<compress::WeightForm> codebook::makeForm() {
  return std::make_unique<CodebookForm>();
}
