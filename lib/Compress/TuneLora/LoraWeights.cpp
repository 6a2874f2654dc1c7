// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts factors beside the products of weights in a student.
#include "lib/Compress/TuneLora/LoraWeights.h"
#include "lib/Compress/TuneLora/LoraStart.h"
#include "lib/Train/SpreadAlong.h"

#include <cmath>

using namespace mlir;
using namespace retort;

void retort::addFactors(Student &student, const IRMapping &map, LoraWeight &each, int64_t seed) {
  Operation *weight = inStudent(map, each.weight.op);
  std::string name = each.weight.name().str();
  int64_t inputs = each.shape.inputs, rows = each.rows();
  std::vector<float> start =
      normalNumbers(seed, name, rows * each.rank, 1 / std::sqrt(double(inputs)));
  each.place = student.constants.size();
  Value a = addTrained(student, weight, name + "_lora_a", {rows, each.rank}, start),
        b = addTrained(student, weight, name + "_lora_b", {each.rank, each.shape.outputs},
                       std::vector<float>(each.rank * each.shape.outputs));
  if (each.group > 1) {
    OpBuilder builder(weight);
    OnnxBuilder build(builder, weight->getLoc());
    a = spreadAlong(build, a, 0, inputs, each.group);
  }
  addBeside(weight->getResult(0), a, b, each.scale);
}
