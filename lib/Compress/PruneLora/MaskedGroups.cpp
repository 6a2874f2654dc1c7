// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups of channels that leave while factors beside their weights are trained:
//
//   %y = onnx.MatMul(%h, %down)
//   ==> in the student, with %mask of ones and zeros
//   %y = onnx.MatMul(onnx.Mul(%h, %mask), %down)
#include "lib/Compress/PruneLora/MaskedGroups.h"

#include "dialects/Onnx/Build.h"

using namespace mlir;
using namespace retort;

void retort::addMask(Student &student, const IRMapping &map, MaskedGroup &group) {
  Operation *product = inStudent(map, group.channels.product);
  group.mask = student.constants.size();
  std::string name = "mask_" + std::to_string(group.mask);
  Value mask = addTrained(student, product, name, {group.channels.units},
                          std::vector<float>(group.channels.units, 1), /*rate=*/0);
  OpBuilder builder(product);
  OnnxBuilder build(builder, product->getLoc());
  Value hidden = product->getOperand(0);
  Type element = cast<ShapedType>(hidden.getType()).getElementType();
  product->setOperand(0, build.multiply(hidden, build.cast(mask, element)));
}

MaskChoice::MaskChoice(ArrayRef<MaskedGroup> groups, ArrayRef<LoraWeight> weights,
                       MaskSchedule schedule)
    : schedule(schedule) {
  for (const MaskedGroup &group : groups) {
    places.push_back(group.mask);
    masks.emplace_back(group.channels.units, group.kept);
    std::vector<Member> &matrices = members.emplace_back();
    auto add = [&](const LoraWeight &each, const UnitAxis &units) {
      matrices.push_back({{each.weight.floats(), each.shape.inputs, each.shape.outputs, each.rank,
                           each.shape.isSwapped, each.scale, units},
                          each.place});
    };
    add(weights[group.consumer], group.channels.consumed);
    for (size_t producer : group.producers)
      add(weights[producer],
          group.channels.constants.find(weights[producer].weight.op->getResult(0))->second);
  }
}

bool MaskChoice::see(int64_t step, MutableArrayRef<std::vector<float>> values,
                     ArrayRef<std::vector<float>> gradient) {
  bool hasChanged = false;
  for (size_t i = 0; i < masks.size() && step <= schedule.last; ++i) {
    std::vector<double> scores(values[places[i]].size());
    for (const Member &member : members[i]) {
      std::vector<double> found = loraImportance(
          member.matrix, int64_t(scores.size()), values[member.place], values[member.place + 1],
          gradient[member.place], gradient[member.place + 1]);
      for (auto [score, add] : llvm::zip_equal(scores, found))
        score += add;
    }
    masks[i].see(scores);
    if (!schedule.isDue(step))
      continue;
    std::vector<float> mask = masks[i].at(schedule.shareAt(step));
    hasChanged |= mask != values[places[i]];
    values[places[i]] = std::move(mask);
  }
  return hasChanged;
}
