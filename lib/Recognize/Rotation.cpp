// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recognize/Rotation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <algorithm>
#include <cmath>

using namespace retort;

/// Products with 0 and 1 are exact; this is far below any coefficient.
static constexpr double zero = 1e-12;

static bool isCounting(llvm::ArrayRef<int64_t> order) {
  return llvm::equal(order, llvm::seq<int64_t>(0, order.size()));
}
bool Rotation::keepsInputOrder() const { return isCounting(inputOrder); }
bool Rotation::keepsOutputOrder() const { return isCounting(outputOrder); }

/// Which input each output is at the first row, where nothing turns; empty where that map is no
/// permutation.
static std::vector<int64_t> sourcesOf(const RowMaps &maps) {
  std::vector<int64_t> sources;
  std::vector<bool> used(maps.size);
  for (int64_t out = 0; out < maps.size; ++out)
    for (int64_t in = 0; in < maps.size; ++in)
      if (std::abs(maps.at(0, out, in)) > zero) {
        if (int64_t(sources.size()) != out || used[in])
          return {};
        used[in] = true;
        sources.push_back(in);
      }
  return int64_t(sources.size()) == maps.size ? sources : std::vector<int64_t>();
}

/// The other output that mixes the same two inputs, or itself where it mixes none; -1 where it
/// mixes more.
static int64_t partnerOf(const RowMaps &maps, llvm::ArrayRef<int64_t> sources, int64_t out) {
  int64_t partner = out;
  for (int64_t in = 0; in < maps.size; ++in) {
    bool mixes = false;
    for (int64_t row = 1; row < maps.rows; ++row)
      mixes |= std::abs(maps.at(row, out, in)) > zero;
    if (!mixes || in == sources[out])
      continue;
    int64_t other = llvm::find(sources, in) - sources.begin();
    if (partner != out)
      return -1;
    partner = other;
  }
  return partner;
}

/// Layout, width and the place of the rotated coordinates, from the distance of partners. The
/// slowest pairs may never turn (their frequency is 0).
static bool layOut(llvm::ArrayRef<int64_t> partners, Rotation &rotation, int64_t &first) {
  int64_t distance = 0, last = -1;
  first = -1;
  for (auto [out, partner] : llvm::enumerate(partners)) {
    int64_t here = out;
    if (partner == here)
      continue;
    if (partners[partner] != here)
      return false;
    distance = distance ? distance : std::abs(partner - here);
    if (std::abs(partner - here) != distance)
      return false;
    first = first < 0 ? here : first;
    last = std::max({last, here, partner});
  }
  if (first < 0)
    return false;
  rotation.interleaved = distance == 1 && last > first + 1;
  rotation.width = rotation.interleaved ? last - first + 1 : 2 * distance;
  if (first + rotation.width > int64_t(partners.size()) || rotation.width % 2)
    return false;
  for (int64_t p = 0; p < rotation.width / 2; ++p) {
    int64_t a = first + (rotation.interleaved ? 2 * p : p),
            b = rotation.interleaved ? a + 1 : a + distance;
    if (partners[a] != b && !(partners[a] == a && partners[b] == b))
      return false;
  }
  return true;
}

/// Whether coordinates behind the width pass at every row.
static bool passes(const RowMaps &maps, int64_t out, int64_t in) {
  for (int64_t row = 0; row < maps.rows; ++row)
    if (maps.at(row, out, in) != 1)
      return false;
  return true;
}

std::optional<Rotation> retort::tellRotation(const RowMaps &maps, Refusal &why) {
  if (maps.rows < 2 || maps.size < 2) {
    why = "there is nothing to compare";
    return std::nullopt;
  }
  std::vector<int64_t> sources = sourcesOf(maps), partners;
  if (sources.empty()) {
    why = "the first row turns";
    return std::nullopt;
  }
  for (int64_t out = 0; out < maps.size; ++out)
    partners.push_back(partnerOf(maps, sources, out));
  Rotation rotation;
  int64_t first;
  if (llvm::is_contained(partners, -1) || !layOut(partners, rotation, first)) {
    why = "coordinates are not mixed in pairs";
    return std::nullopt;
  }
  // The rotated coordinates come first; the others keep their order.
  for (int64_t i = 0; i < rotation.width; ++i)
    rotation.outputOrder.push_back(first + i);
  for (int64_t out = 0; out < maps.size; ++out)
    if (out < first || out >= first + rotation.width)
      rotation.outputOrder.push_back(out);
  for (int64_t out : rotation.outputOrder)
    rotation.inputOrder.push_back(sources[out]);
  for (int64_t i = rotation.width; i < maps.size; ++i)
    if (!passes(maps, rotation.outputOrder[i], rotation.inputOrder[i])) {
      why = "a coordinate is scaled without being turned";
      return std::nullopt;
    }
  int64_t half = rotation.width / 2;
  for (int64_t row = 0; row < maps.rows; ++row)
    for (int64_t p = 0; p < half; ++p) {
      int64_t a = rotation.interleaved ? 2 * p : p, b = rotation.interleaved ? a + 1 : a + half;
      int64_t outA = rotation.outputOrder[a], outB = rotation.outputOrder[b],
              inA = rotation.inputOrder[a], inB = rotation.inputOrder[b];
      double cos = maps.at(row, outA, inA), sin = maps.at(row, outB, inA);
      if (maps.at(row, outB, inB) != cos || maps.at(row, outA, inB) != -sin) {
        why = "a pair of coordinates is not turned";
        return std::nullopt;
      }
      rotation.cos.push_back(cos);
      rotation.sin.push_back(sin);
    }
  return rotation;
}

std::vector<double> retort::rotate(const Rotation &rotation, int64_t row,
                                   llvm::ArrayRef<double> x) {
  std::vector<double> y(x.size());
  int64_t half = rotation.width / 2;
  for (int64_t i = rotation.width; i < int64_t(x.size()); ++i)
    y[rotation.outputOrder[i]] = x[rotation.inputOrder[i]];
  for (int64_t p = 0; p < half; ++p) {
    int64_t a = rotation.interleaved ? 2 * p : p, b = rotation.interleaved ? a + 1 : a + half;
    double cos = rotation.cos[row * half + p], sin = rotation.sin[row * half + p];
    double first = x[rotation.inputOrder[a]], second = x[rotation.inputOrder[b]];
    y[rotation.outputOrder[a]] = first * cos - second * sin;
    y[rotation.outputOrder[b]] = second * cos + first * sin;
  }
  return y;
}
