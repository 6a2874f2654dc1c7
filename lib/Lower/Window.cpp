// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The paddings and the sizes of results of windows.
#include "lib/Lower/Window.h"

using namespace mlir;
using namespace retort;

Value retort::reachOf(Emitter &e, const Window &w) {
  return e.add(e.mul(e.sub(w.kernel, e.index(1)), e.index(w.dilation)), e.index(1));
}

Window retort::makeWindow(Emitter &e, Operation *op, const WindowAttributes &attributes, int64_t i,
                          int64_t axes, Value size, Value kernel) {
  auto at = [](std::optional<ArrayRef<int64_t>> list, int64_t i, int64_t otherwise) {
    return list ? (*list)[i] : otherwise;
  };
  Value zero = e.index(0), one = e.index(1);
  Window w{
      size, kernel, zero, zero, {}, at(attributes.strides, i, 1), at(attributes.dilations, i, 1)};
  Value reach = reachOf(e, w), stride = e.index(w.stride);
  if (attributes.autoPad.starts_with("SAME")) {
    w.result = e.divide(e.add(size, e.index(w.stride - 1)), stride);
    Value total = e.max(e.sub(e.add(e.mul(e.sub(w.result, one), stride), reach), size), zero);
    Value half = e.divide(total, e.index(2)), rest = e.sub(total, half);
    bool isUpper = attributes.autoPad == "SAME_UPPER";
    w.before = isUpper ? half : rest;
    w.after = isUpper ? rest : half;
    return w;
  }
  if (attributes.autoPad == "NOTSET") {
    w.before = e.index(at(attributes.pads, i, 0));
    w.after = e.index(at(attributes.pads, i + axes, 0));
  }
  Value data = e.add(size, w.before), room = e.sub(e.add(data, w.after), reach);
  e.require(e.lessOrEqual(zero, room), op, "the kernel is larger than the padded input");
  if (!attributes.ceil) {
    w.result = e.max(e.add(e.divide(room, stride), one), zero);
    return w;
  }
  Value places = e.add(e.divide(e.add(room, e.index(w.stride - 1)), stride), one);
  Value last = e.mul(e.sub(places, one), stride);
  w.result = e.max(e.choose(e.less(last, data), places, e.sub(places, one)), zero);
  return w;
}
