// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strings that begin a text, found byte by byte.
#ifndef RETORT_LIB_TEXT_TRIE_H
#define RETORT_LIB_TEXT_TRIE_H

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace retort::text {

class Trie {
public:
  void insert(std::string_view key, int64_t value) {
    uint32_t node = 0;
    for (unsigned char byte : key) {
      auto [edge, isNew] = edges.try_emplace(uint64_t(node) << 8 | byte, uint32_t(values.size()));
      if (isNew)
        values.push_back(-1);
      node = edge->second;
    }
    values[node] = value;
  }

  /// Calls visit(length, value) for each key that `text` begins with, the shortest first.
  template <typename Visit> void prefixesOf(std::string_view text, Visit &&visit) const {
    uint32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      auto edge = edges.find(uint64_t(node) << 8 | static_cast<unsigned char>(text[i]));
      if (edge == edges.end())
        return;
      node = edge->second;
      if (values[node] >= 0)
        visit(i + 1, values[node]);
    }
  }

private:
  std::unordered_map<uint64_t, uint32_t> edges; // node and byte to node; 0 is the root
  std::vector<int64_t> values{-1};              // by node; -1: no key ends there
};

} // namespace retort::text

#endif
