// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inputs and outputs of a language model's graph mean.
#include "lib/Runtime/Decoder.h"

#include <algorithm>

using namespace retort::runtime;

static bool contains(const std::string &name, std::string_view part) {
  return name.find(part) != std::string::npos;
}

static bool startsWith(const std::string &name, std::string_view start) {
  return name.compare(0, start.size(), start) == 0;
}

static bool isInteger(ElementType type) { return info(type).kind == NumberKind::Signed; }

/// The role that the usual names of exporters suggest.
static std::string roleOfName(const ValueInfo &input) {
  const std::string &name = input.name;
  if (contains(name, "past") || contains(name, "cache") || contains(name, "state"))
    return "past";
  if (contains(name, "mask"))
    return "mask";
  if (contains(name, "position"))
    return "positions";
  if (isInteger(input.type) &&
      (contains(name, "input_ids") || name == "tokens" || name == "input" || name == "ids"))
    return "tokens";
  return "";
}

static std::string roleOf(const ValueInfo &input) {
  return input.role.empty() ? roleOfName(input) : input.role;
}

static int findLogits(const FunctionInfo &info) {
  auto find = [&](auto matches) {
    auto it = std::find_if(info.outputs.begin(), info.outputs.end(), matches);
    return it == info.outputs.end() ? -1 : int(it - info.outputs.begin());
  };
  if (int k = find([](const ValueInfo &output) { return output.role == "logits"; }); k >= 0)
    return k;
  auto isOpen = [](const ValueInfo &output) { return output.role.empty(); };
  if (int k =
          find([&](const ValueInfo &output) { return isOpen(output) && output.name == "logits"; });
      k >= 0)
    return k;
  return find([&](const ValueInfo &output) {
    return isOpen(output) && elementTypeNamed("f32") == output.type && output.shape.size() == 3 &&
           !contains(output.name, "present");
  });
}

/// What the model gives instead.
static std::string describeOutput(const FunctionInfo &info) {
  for (const ValueInfo &output : info.outputs)
    for (auto [role, words] : {std::pair("hidden_states", "hidden states"),
                               std::pair("class_scores", "scores of classes")})
      if (output.role == role)
        return "output '" + output.name + "' holds " + words + ", no logits of the next token";
  return "the model has no output that is logits";
}

/// "past_key_values.0.key" is "present.0.key" next; "key_cache.0" is "updated_key_cache.0".
static bool isNextOf(const ValueInfo &output, const ValueInfo &input) {
  if (startsWith(input.role, "past:"))
    return output.role == "present:" + input.role.substr(5);
  for (std::string_view prefix : {"past_key_values", "past_key_value", "past"})
    if (startsWith(input.name, prefix))
      return output.name == "present" + input.name.substr(prefix.size()) ||
             output.name == "present_key_values" + input.name.substr(prefix.size());
  return output.name != input.name && output.name.size() > input.name.size() &&
         contains(output.name, input.name);
}

static void findCaches(const FunctionInfo &info, const std::vector<int> &pasts, GraphRoles &roles) {
  for (int past : pasts)
    for (int k = 0; k < int(info.outputs.size()); ++k)
      if (k != roles.logits && isNextOf(info.outputs[k], info.inputs[past])) {
        roles.caches.push_back({past, k});
        break;
      }
  if (roles.caches.size() == pasts.size())
    return;
  // Names tell nothing: in order, where there are as many of both.
  auto isActivation = [](const ValueInfo &output) {
    return startsWith(output.role, "activation:");
  };
  if (pasts.size() + 1 + std::count_if(info.outputs.begin(), info.outputs.end(), isActivation) !=
      info.outputs.size())
    throw Failure("input '" + info.inputs[pasts.front()].name +
                  "' has no output that is its next value");
  roles.caches.clear();
  for (int past : pasts)
    roles.caches.push_back(
        {past, int(roles.caches.size()) + (int(roles.caches.size()) >= roles.logits)});
}

bool GraphRoles::haveLogits(const FunctionInfo &info) { return findLogits(info) >= 0; }

GraphRoles GraphRoles::find(const FunctionInfo &info) {
  GraphRoles roles;
  roles.logits = findLogits(info);
  if (roles.logits < 0)
    throw Failure(describeOutput(info));
  std::vector<int> pasts;
  for (int i = 0; i < int(info.inputs.size()); ++i) {
    std::string role = roleOf(info.inputs[i]);
    if (role == "tokens" && roles.tokens < 0)
      roles.tokens = i;
    else if (role == "mask" && roles.mask < 0)
      roles.mask = i;
    else if (role == "positions" && roles.positions < 0)
      roles.positions = i;
    else if (role == "past" || startsWith(role, "past:"))
      pasts.push_back(i);
    else if (!info.inputs[i].hasDefault())
      throw Failure("input '" + info.inputs[i].name +
                    "' has no role in a model that continues a text");
  }
  if (roles.tokens < 0)
    throw Failure("the model has no input for tokens");
  if (!pasts.empty())
    findCaches(info, pasts, roles);
  return roles;
}
