// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that take codes as operands of their own, as ordinary ones on a weight:
//   %y = onnx.com.microsoft.MatMulNBits(%x, %b, %s) {K = 64, N = 172, bits = 4, block_size = 32}
//   ==>
//   %w = onnx.DequantizeLinear(%codes, %s, %z) {axis = 1, block_size = 32} : ... tensor<172x64xf32>
//   %y = onnx.MatMul(%x, onnx.Transpose(%w))
// Codes stay where they are: their bytes get another type.
#include "lib/Formats/Groups/Groups.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace retort;
using onnx::ConstantView;

/// What a table that is shared with other operations is reshaped from: its bytes are the same.
static Value unshaped(Value value) {
  while (value && value.getDefiningOp() && onnx::isReshape(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

static std::optional<ConstantView> viewOf(Value value) {
  return value ? ConstantView::of(value) : std::nullopt;
}

static IntegerType codeType(MLIRContext *context, int64_t bits) {
  return IntegerType::get(context, unsigned(bits), IntegerType::Unsigned);
}

/// A constant named after another, which stays for what else reads it.
static Value makeConstant(OpBuilder &builder, Location loc, ElementsAttr value, StringRef name) {
  return onnx::InitializerOp::create(builder, loc, value.getType(), name, value, {});
}

/// The bytes of a constant as elements of another type: of as many bits.
static ElementsAttr retyped(Value constant, RankedTensorType type) {
  Attribute data = constant.getDefiningOp()->getAttr("value");
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(data))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return onnx::makeConstant(type, ConstantView::of(constant)->bytes(),
                            compress::nameOfConstant(constant));
}

/// Rows of packed numbers that each begin at a byte, without what fills up the last one.
static ElementsAttr unpadded(Value constant, RankedTensorType type, int64_t bits) {
  auto view = *ConstantView::of(constant);
  int64_t rowLength = type.getDimSize(type.getRank() - 1), rows = type.getNumElements() / rowLength,
          padded = view.byteCount() / rows * 8 / bits;
  if (padded == rowLength)
    return retyped(constant, type);
  return onnx::makeConstant(
      type, compress::nameOfConstant(constant), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t i = 0; i < type.getNumElements(); ++i)
          onnx::storeBits(bytes.data(), unsigned(bits), i,
                          view.packedAt(bits, i / rowLength * padded + i % rowLength));
      });
}

namespace {
class NBitsExposer {
public:
  NBitsExposer(onnx::MicrosoftMatMulNBitsOp op, bool takesScales)
      : takesScales(takesScales), op(op), rewriter(op), data(unshaped(op.getB())),
        scaleData(unshaped(op.getScales())), zeroData(unshaped(op.getZeroPoints())),
        bits(op.getBits()), block(op.getBlockSize()), depth(op.getK()), outputs(op.getN()) {}
  bool run();

private:
  bool fits();
  bool readOrder();
  Value codes();
  Value zeroPoints();
  Value constant(ElementsAttr value, Value from, StringRef suffix);
  Value scaleTable();

  bool takesScales;
  onnx::MicrosoftMatMulNBitsOp op;
  IRRewriter rewriter;
  Value data, scaleData, zeroData;
  int64_t bits, block, depth, outputs, groups = 0;
  std::optional<ConstantView> scales, zeros;
  /// Inputs in the order of their groups; empty where they are in order.
  SmallVector<int64_t> order;
};
} // namespace

/// Whether zero points that are floats are codes as well.
static bool areCodes(const ConstantView &zeros, int64_t bits) {
  for (int64_t i = 0; i < zeros.size(); ++i) {
    double zero = zeros.floatAt(i);
    if (zero != std::floor(zero) || zero < 0 || zero >= double(1 << bits))
      return false;
  }
  return true;
}

bool NBitsExposer::fits() {
  auto codes = viewOf(data);
  scales = viewOf(scaleData);
  zeros = viewOf(zeroData);
  auto input = dyn_cast<ShapedType>(op.getA().getType());
  auto table = dyn_cast<RankedTensorType>(scaleData.getType());
  if (!codes || !table || !table.hasStaticShape() || (!scales && !takesScales) ||
      (op.getZeroPoints() && !zeros) || block < 1 || depth < 1 ||
      (bits != 2 && bits != 4 && bits != 8) || !linear::isReal(table.getElementType()) ||
      input.getElementType() != table.getElementType())
    return false;
  groups = llvm::divideCeil(depth, block);
  if (codes->byteCount() != outputs * groups * int64_t(llvm::divideCeil(block * bits, 8)) ||
      codes->type().getElementTypeBitWidth() != 8 || table.getNumElements() != outputs * groups)
    return false;
  if (zeros && isa<FloatType>(zeros->type().getElementType()))
    return zeros->size() == outputs * groups &&
           zeros->type().getElementType() == table.getElementType();
  return !zeros || zeros->byteCount() == outputs * int64_t(llvm::divideCeil(groups * bits, 8));
}

/// By g_idx inputs belong to groups in any order. False where groups are not as long as the codes'
/// blocks.
bool NBitsExposer::readOrder() {
  auto groupOf = viewOf(op.getGIdx());
  if (!op.getGIdx())
    return true;
  // ONNX Runtime takes one that is as long as the padded inputs too.
  if (!groupOf || (groupOf->size() != depth && groupOf->size() != groups * block))
    return false;
  order.resize(depth);
  std::iota(order.begin(), order.end(), 0);
  llvm::stable_sort(order,
                    [&](int64_t a, int64_t b) { return groupOf->intAt(a) < groupOf->intAt(b); });
  for (int64_t k = 0; k < depth; ++k)
    if (groupOf->intAt(order[k]) != k / block)
      return false;
  if (llvm::is_sorted(order))
    order.clear();
  return true;
}

Value NBitsExposer::constant(ElementsAttr value, Value from, StringRef suffix) {
  return makeConstant(rewriter, op.getLoc(), value,
                      (compress::nameOfConstant(from) + suffix).str());
}

Value NBitsExposer::codes() {
  auto type = RankedTensorType::get({outputs, depth}, codeType(op.getContext(), bits));
  if (order.empty())
    return constant(unpadded(data, type, bits), data, "_quantized");
  auto view = *ConstantView::of(data);
  int64_t stride = groups * block;
  ElementsAttr sorted =
      onnx::makeConstant(type, compress::nameOfConstant(data), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t n = 0; n < outputs; ++n)
          for (int64_t k = 0; k < depth; ++k)
            onnx::storeBits(bytes.data(), unsigned(bits), n * depth + k,
                            view.packedAt(bits, n * stride + order[k]));
      });
  return constant(sorted, data, "_quantized");
}

Value NBitsExposer::zeroPoints() {
  auto type = RankedTensorType::get({outputs, groups}, codeType(op.getContext(), bits));
  bool areFloats = zeros && isa<FloatType>(zeros->type().getElementType());
  if (!zeros)
    return constant(DenseElementsAttr::get(type, APInt(unsigned(bits), 1ull << (bits - 1))), data,
                    "_zero_point");
  if (areFloats && !areCodes(*zeros, bits)) {
    auto numbers = RankedTensorType::get({outputs, groups}, zeros->type().getElementType());
    return constant(retyped(zeroData, numbers), zeroData, "_zero_point");
  }
  if (!areFloats)
    return constant(unpadded(zeroData, type, bits), zeroData, "_zero_point");
  ElementsAttr codes = onnx::makeConstant(
      type, compress::nameOfConstant(zeroData), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t i = 0; i < zeros->size(); ++i)
          onnx::storeBits(bytes.data(), unsigned(bits), i, unsigned(zeros->floatAt(i)));
      });
  return constant(codes, zeroData, "_zero_point");
}

static Value transposed(OpBuilder &builder, Location loc, Value matrix) {
  auto type = cast<RankedTensorType>(matrix.getType());
  OperationState state(loc, onnx::TransposeOp::getOperationName());
  state.addOperands(matrix);
  state.addTypes(type.clone({type.getDimSize(1), type.getDimSize(0)}));
  state.addAttribute("perm", builder.getDenseI64ArrayAttr({1, 0}));
  return builder.create(state)->getResult(0);
}

/// Columns of the activation in another order.
static Value reordered(OpBuilder &builder, Location loc, Value input, ArrayRef<int64_t> order) {
  auto type = RankedTensorType::get(int64_t(order.size()), builder.getI64Type());
  OperationState places(loc, onnx::ConstantOp::getOperationName());
  places.addTypes(type);
  places.addAttribute("value", DenseElementsAttr::get(type, order));
  Value indices = builder.create(places)->getResult(0);
  OperationState state(loc, onnx::GatherOp::getOperationName());
  state.addOperands({input, indices});
  state.addTypes(input.getType());
  state.addAttribute("axis", builder.getI64IntegerAttr(-1));
  return builder.create(state)->getResult(0);
}

/// Outputs x groups.
Value NBitsExposer::scaleTable() {
  auto given = cast<RankedTensorType>(scaleData.getType());
  auto type = given.clone({outputs, groups});
  if (given == type)
    return scaleData;
  if (scales)
    return constant(retyped(scaleData, type), scaleData, "_scale");
  return OnnxBuilder(rewriter, op.getLoc()).reshape(scaleData, type.getShape());
}

bool NBitsExposer::run() {
  if (!fits() || !readOrder())
    return false;
  Location loc = op.getLoc();
  Value weight = compress::createDequantize(rewriter, loc, codes(), scaleTable(), zeroPoints(),
                                            /*axis=*/1, block);
  Value input = order.empty() ? op.getA() : reordered(rewriter, loc, op.getA(), order);
  OperationState state(loc, onnx::MatMulOp::getOperationName());
  state.addOperands({input, transposed(rewriter, loc, weight)});
  state.addTypes(op->getResultTypes());
  Operation *product = rewriter.create(state);
  product->setDiscardableAttr(compress::nBitsKey,
                              rewriter.getI64IntegerAttr(op.getAccuracyLevel()));
  Value result = product->getResult(0);
  if (Value bias = op.getBias()) {
    OperationState sum(loc, onnx::AddOp::getOperationName());
    sum.addOperands({result, bias});
    sum.addTypes(op->getResultTypes());
    result = rewriter.create(sum)->getResult(0);
  }
  onnx::replaceValue(rewriter, op->getResult(0), result);
  rewriter.eraseOp(op);
  return true;
}

/// Rows of a table of codes: a lookup in a weight.
static bool exposeLookup(onnx::MicrosoftGatherBlockQuantizedOp op) {
  auto codes = viewOf(op.getData()), scales = viewOf(op.getScales()),
       zeros = viewOf(op.getZeroPoints());
  if (!codes || !scales || (op.getZeroPoints() && !zeros) || codes->type().getRank() < 2)
    return false;
  auto element = dyn_cast<IntegerType>(codes->type().getElementType());
  int64_t rank = codes->type().getRank(), axis = op.getQuantizeAxis(), block = op.getBlockSize();
  axis = axis < 0 ? axis + rank : axis;
  bool isPacked = element && element.isUnsigned() && element.getWidth() == 8;
  int64_t bits = isPacked ? op.getBits() : element ? element.getWidth() : 0;
  if ((bits != 4 && bits != 8) || axis < 0 || axis >= rank || block < 1 ||
      (isPacked && axis != rank - 1) || !linear::isReal(scales->type().getElementType()))
    return false;
  SmallVector<int64_t> shape(codes->type().getShape());
  shape.back() *= isPacked ? 8 / bits : 1;
  SmallVector<int64_t> table(shape);
  table[axis] = llvm::divideCeil(shape[axis], block);
  if (scales->type().getShape() != ArrayRef(table))
    return false;
  IRRewriter rewriter(op);
  Location loc = op.getLoc();
  Value data = op.getData(), zeroTable = op.getZeroPoints();
  auto nameOf = [](Value value, StringRef suffix) {
    return (compress::nameOfConstant(value) + suffix).str();
  };
  if (isPacked) {
    Type code = codeType(op.getContext(), bits);
    auto tableType = RankedTensorType::get(table, code);
    if (zeros && zeros->byteCount() != scales->size() / table.back() *
                                           int64_t(llvm::divideCeil(table.back() * bits, 8)))
      return false;
    ElementsAttr middle =
        zeros ? unpadded(zeroTable, tableType, bits)
              : DenseElementsAttr::get(tableType, APInt(unsigned(bits), 1ull << (bits - 1)));
    zeroTable =
        makeConstant(rewriter, loc, middle, nameOf(zeros ? zeroTable : data, "_zero_point"));
    data = makeConstant(rewriter, loc, retyped(data, RankedTensorType::get(shape, code)),
                        nameOf(op.getData(), "_quantized"));
  }
  Value weight =
      compress::createDequantize(rewriter, loc, data, op.getScales(), zeroTable, axis, block);
  OperationState state(loc, onnx::GatherOp::getOperationName());
  state.addOperands({weight, op.getIndices()});
  state.addTypes(op->getResultTypes());
  state.addAttribute("axis", rewriter.getI64IntegerAttr(op.getGatherAxis()));
  onnx::replaceValue(rewriter, op->getResult(0), rewriter.create(state)->getResult(0));
  rewriter.eraseOp(op);
  return true;
}

bool retort::exposeCodes(Operation *op, bool takesScales) {
  if (auto product = dyn_cast<onnx::MicrosoftMatMulNBitsOp>(op))
    return NBitsExposer(product, takesScales).run();
  if (auto lookup = dyn_cast<onnx::MicrosoftGatherBlockQuantizedOp>(op))
    return exposeLookup(lookup);
  return false;
}
