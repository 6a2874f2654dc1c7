// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks a node through the versions of its operation, one at a time.
#include "lib/Raise/Opset/Opset.h"

using namespace mlir;
using namespace retort;
using onnx::Schema;

#define RETORT_ADAPTER(FILE, NAME, VERSION)                                                        \
  namespace retort::FILE {                                                                         \
  Refusal up(NodeForm &form, OpBuilder &builder);                                                  \
  Refusal down(NodeForm &form);                                                                    \
  }
#include "lib/Raise/Opset/Adapters.def"
#undef RETORT_ADAPTER

static constexpr OpsetAdapter adapters[] = {
#define RETORT_ADAPTER(FILE, NAME, VERSION) {NAME, VERSION, FILE::up, FILE::down},
#include "lib/Raise/Opset/Adapters.def"
#undef RETORT_ADAPTER
};

const OpsetAdapter *retort::findAdapter(const Schema &schema) {
  for (const OpsetAdapter &adapter : adapters)
    if (schema.domain.empty() && adapter.name == schema.name && adapter.version == schema.version)
      return &adapter;
  return nullptr;
}

/// Whether a node means the same under two neighbouring versions, as far as their signatures tell:
/// inputs were only added at the end, and no default of an attribute that the node leaves out
/// differs.
static Refusal whyChanged(const NodeForm &form, const Schema &older, const Schema &newer) {
  size_t common = std::min(older.inputs().size(), newer.inputs().size());
  for (size_t i = 0; i < common; ++i)
    if (older.inputs().size() != newer.inputs().size() &&
        older.inputs()[i].name != newer.inputs()[i].name)
      return llvm::formatv("takes other inputs from version {0} on", newer.version);
  for (const onnx::AttributeSchema &attribute : older.attributes()) {
    const onnx::AttributeSchema *now = newer.attribute(attribute.name);
    if (form.attribute(attribute.name) || attribute.required)
      continue;
    if (StringRef(attribute.defaultValue) != StringRef(now ? now->defaultValue : nullptr))
      return llvm::formatv("changed the default of attribute '{0}' in version {1}", attribute.name,
                           newer.version);
  }
  if (older.deprecated && !newer.deprecated)
    return llvm::formatv("was given another meaning in version {0}", newer.version);
  return {};
}

/// The versions in force from opset `from` to opset `to`, oldest first.
static ArrayRef<Schema> versionsBetween(const NodeForm &form, int64_t from, int64_t to) {
  ArrayRef<Schema> history = onnx::schemaHistory(form.context, form.domain, form.name);
  while (history.size() > 1 && history[1].version <= from)
    history = history.drop_front();
  while (!history.empty() && history.back().version > to)
    history = history.drop_back();
  return history;
}

Refusal retort::raiseOpset(NodeForm &form, int64_t from, int64_t to, OpBuilder &builder) {
  ArrayRef<Schema> versions = versionsBetween(form, from, to);
  for (size_t i = 1; i < versions.size(); ++i) {
    const OpsetAdapter *adapter = findAdapter(versions[i]);
    Refusal why =
        adapter ? adapter->up(form, builder) : whyChanged(form, versions[i - 1], versions[i]);
    if (!why.empty())
      return why;
    // Under its new name it goes on from there.
    if (form.name != versions[i].name)
      return raiseOpset(form, versions[i].version, to, builder);
  }
  return versions.empty() ? "does not exist at opset " + std::to_string(to)
                          : whyInvalid(form, versions.back());
}

Refusal retort::lowerOpset(NodeForm &form, int64_t from, int64_t to) {
  ArrayRef<Schema> versions = versionsBetween(form, to, from);
  if (versions.empty() || versions.front().version > to)
    return "does not exist at opset " + std::to_string(to);
  for (size_t i = versions.size() - 1; i > 0; --i) {
    const OpsetAdapter *adapter = findAdapter(versions[i]);
    Refusal why = adapter ? adapter->down(form) : whyChanged(form, versions[i - 1], versions[i]);
    if (why.empty())
      why = whyInvalid(form, versions[i - 1]);
    if (!why.empty())
      return why;
  }
  return {};
}

int64_t retort::lowestOpset(const NodeForm &form, int64_t from, int64_t least) {
  NodeForm lowered = form;
  ArrayRef<Schema> versions = versionsBetween(form, least, from);
  // From the newest version down: each is in force up to the version after it.
  int64_t lowest = from;
  for (const Schema &schema : llvm::reverse(versions)) {
    int64_t opset = std::max<int64_t>(schema.version, least);
    if (!lowerOpset(lowered, lowest, opset).empty())
      return lowest;
    lowest = opset;
  }
  return lowest;
}
