// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One option for each of many things, within a budget of bytes, at the least sum of prices.
//
// 1. Options that are not smaller than a better one are dropped, and each item gives up the bytes
// of
//    its smallest option.
// 2. What is left of the budget is counted in units of the greatest common divisor of all bytes.
//    Item after item, `price[c]` becomes the least price that takes at most c units.
// 3. Where that takes too much memory: steps between neighbours of each item's lower convex hull,
//    those that save most per byte first, as far as they fit. The same with part of the first step
//    that does not fit is a bound for every choice.
#include "lib/Compress/Allocate/Knapsack.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>
#include <numeric>

using namespace retort;
using llvm::ArrayRef;

namespace {
/// An option that is worth its bytes: more than the smallest one of its item takes.
struct Useful {
  int64_t extra;
  double price;
  size_t index;
};
using UsefulItem = std::vector<Useful>;
} // namespace

static int64_t leastOf(const KnapsackItem &item) {
  return llvm::min_element(item, [](auto &a, auto &b) { return a.bytes < b.bytes; })->bytes;
}

int64_t retort::leastBytes(ArrayRef<KnapsackItem> items) {
  int64_t sum = 0;
  for (const KnapsackItem &item : items)
    sum += leastOf(item);
  return sum;
}

/// Rising in bytes, falling in price.
static UsefulItem usefulOf(const KnapsackItem &item) {
  UsefulItem sorted, result;
  int64_t least = leastOf(item);
  for (auto [index, option] : llvm::enumerate(item))
    sorted.push_back({option.bytes - least, option.price, index});
  llvm::stable_sort(sorted, [](auto &a, auto &b) {
    return a.extra != b.extra ? a.extra < b.extra : a.price < b.price;
  });
  for (const Useful &option : sorted)
    if (result.empty() || option.price < result.back().price)
      result.push_back(option);
  return result;
}

/// What `places`, one in each item's useful options, come to.
static KnapsackChoice choiceOf(ArrayRef<KnapsackItem> items, ArrayRef<UsefulItem> useful,
                               ArrayRef<size_t> places) {
  KnapsackChoice choice;
  for (auto [item, options, place] : llvm::zip_equal(items, useful, places)) {
    choice.picks.push_back(options[place].index);
    choice.bytes += item[choice.picks.back()].bytes;
    choice.price += item[choice.picks.back()].price;
  }
  return choice;
}

static KnapsackChoice chooseExactly(ArrayRef<KnapsackItem> items, ArrayRef<UsefulItem> useful,
                                    int64_t unit, int64_t units) {
  std::vector<double> price(units + 1), next(units + 1);
  std::vector<std::vector<uint8_t>> picked; // of each item: its place in the best choice of c units
  for (const UsefulItem &item : useful) {
    std::vector<uint8_t> &picks = picked.emplace_back(units + 1);
    std::fill(next.begin(), next.end(), std::numeric_limits<double>::infinity());
    for (auto [place, option] : llvm::enumerate(item))
      for (int64_t c = option.extra / unit, from = 0; c <= units; ++c, ++from)
        if (double sum = price[from] + option.price; sum < next[c]) {
          next[c] = sum;
          picks[c] = uint8_t(place);
        }
    std::swap(price, next);
  }
  std::vector<size_t> places(useful.size());
  int64_t c = units;
  for (size_t i = useful.size(); i-- > 0; c -= useful[i][places[i]].extra / unit)
    places[i] = picked[i][c];
  KnapsackChoice choice = choiceOf(items, useful, places);
  choice.bound = choice.price;
  return choice;
}

namespace {
/// From one option of an item's lower convex hull to the next.
struct HullStep {
  size_t item, to;
  int64_t bytes;
  double saved;
  double rate() const { return saved / double(bytes); }
};
} // namespace

static void addHullSteps(const UsefulItem &options, size_t item, std::vector<HullStep> &steps) {
  std::vector<size_t> hull;
  auto step = [&](size_t from, size_t to) {
    return HullStep{item, to, options[to].extra - options[from].extra,
                    options[from].price - options[to].price};
  };
  for (size_t place = 0; place < options.size(); ++place) {
    while (hull.size() > 1 &&
           step(hull[hull.size() - 2], hull.back()).rate() <= step(hull.back(), place).rate())
      hull.pop_back();
    hull.push_back(place);
  }
  for (size_t k = 1; k < hull.size(); ++k)
    steps.push_back(step(hull[k - 1], hull[k]));
}

static KnapsackChoice chooseOnHulls(ArrayRef<KnapsackItem> items, ArrayRef<UsefulItem> useful,
                                    int64_t left) {
  std::vector<HullStep> steps;
  for (auto [item, options] : llvm::enumerate(useful))
    addHullSteps(options, item, steps);
  llvm::stable_sort(steps, [](auto &a, auto &b) { return a.rate() > b.rate(); });
  std::vector<size_t> places(useful.size());
  std::vector<bool> isClosed(useful.size()); // a step of it did not fit
  double bound = 0;
  bool isBound = false;
  for (const UsefulItem &options : useful)
    bound += options.front().price;
  for (const HullStep &step : steps) {
    bool fits = step.bytes <= left;
    if (!isBound)
      bound -= fits ? step.saved : step.rate() * double(left);
    isBound |= !fits;
    if (!fits || isClosed[step.item]) {
      isClosed[step.item] = true;
      continue;
    }
    places[step.item] = step.to;
    left -= step.bytes;
  }
  KnapsackChoice choice = choiceOf(items, useful, places);
  choice.bound = std::min(bound, choice.price);
  return choice;
}

std::optional<KnapsackChoice> retort::chooseOptions(ArrayRef<KnapsackItem> items, int64_t budget,
                                                    int64_t mostCells) {
  int64_t left = budget - leastBytes(items), unit = 0, most = 0;
  if (left < 0)
    return std::nullopt;
  std::vector<UsefulItem> useful;
  bool isNarrow = true; // places are kept in a byte
  for (const KnapsackItem &item : items) {
    useful.push_back(usefulOf(item));
    isNarrow &= useful.back().size() <= 256;
    most += useful.back().back().extra;
    for (const Useful &option : useful.back())
      unit = std::gcd(unit, option.extra);
  }
  if (unit == 0)
    return chooseOnHulls(items, useful, left); // there is one option of each
  int64_t units = std::min(left, most) / unit;
  if (isNarrow && units + 1 <= mostCells / std::max<int64_t>(int64_t(items.size()), 1))
    return chooseExactly(items, useful, unit, units);
  return chooseOnHulls(items, useful, left);
}
