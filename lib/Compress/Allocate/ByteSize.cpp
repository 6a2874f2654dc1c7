// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as people write them.
#include "lib/Compress/Allocate/ByteSize.h"

#include <cmath>

using namespace retort;
using llvm::StringRef;

std::optional<int64_t> retort::parseByteSize(StringRef text) {
  constexpr double most = 1e18;
  StringRef number = text.trim();
  number = number.take_while([](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  std::string unit = text.trim().drop_front(number.size()).trim().lower();
  bool isBinary = StringRef(unit).ends_with("ib");
  StringRef prefix = StringRef(unit).take_front(unit.empty() || unit == "b" ? 0 : 1);
  size_t power = StringRef(" kmg").find(prefix.empty() ? ' ' : prefix[0]);
  bool isUnit = unit.empty() || unit == "b" ||
                (power != StringRef::npos && unit == prefix.str() + (isBinary ? "ib" : "b"));
  double count;
  if (!isUnit || number.getAsDouble(count))
    return std::nullopt;
  double bytes = std::floor(count * std::pow(isBinary ? 1024. : 1000., double(power)));
  if (!(bytes >= 1 && bytes <= most))
    return std::nullopt;
  return int64_t(bytes);
}
