// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes the entries `opset_import` of a model.
#include "lib/Raise/OpsetImports.h"

#include "dialects/Onnx/Schema/IrVersion.h"
#include "dialects/Onnx/Schema/Schema.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr StringLiteral modelKey = "onnx.model", importKey = "opset_import",
                               irVersionKey = "ir_version";

static MessageAttr importOf(NamedAttribute field) {
  return field.getName() == importKey ? dyn_cast<MessageAttr>(field.getValue()) : MessageAttr();
}

OpsetImports::OpsetImports(ModuleOp module)
    : OpsetImports(module->getAttrOfType<MessageAttr>(modelKey)) {
  context = module.getContext();
}

OpsetImports::OpsetImports(MessageAttr file) : isFile(bool(file)) {
  if (!file)
    return;
  context = file.getContext();
  for (NamedAttribute field : file.getFields()) {
    MessageAttr entry = importOf(field);
    auto number = entry ? dyn_cast_or_null<IntegerAttr>(entry.get("version")) : IntegerAttr();
    if (number)
      versions[plainDomain(entry.getString("domain"))] = number.getInt();
  }
}

bool OpsetImports::imports(StringRef domain) const {
  return versions.contains(plainDomain(domain));
}

int64_t OpsetImports::version(StringRef domain) const {
  auto found = versions.find(plainDomain(domain));
  if (found != versions.end())
    return found->second;
  return isFile && plainDomain(domain).empty() ? 1 : canonicalOpset(context, domain).value_or(1);
}

/// The file format becomes as new as the opsets ask for.
void OpsetImports::raiseIrVersion(SmallVectorImpl<NamedAttribute> &fields, Builder &builder) const {
  int64_t least = 0;
  for (const auto &each : versions)
    least = std::max(least, lowestIrVersion(each.first(), each.second));
  auto field =
      llvm::find_if(fields, [](NamedAttribute each) { return each.getName() == irVersionKey; });
  if (field == fields.end())
    fields.push_back(builder.getNamedAttr(irVersionKey, builder.getI64IntegerAttr(least)));
  else if (auto old = dyn_cast<IntegerAttr>(field->getValue()); old && old.getInt() < least)
    field->setValue(builder.getI64IntegerAttr(least));
}

void OpsetImports::write(ModuleOp module) const {
  MLIRContext *context = module.getContext();
  Builder builder(context);
  auto model = module->getAttrOfType<MessageAttr>(modelKey);
  SmallVector<NamedAttribute> fields;
  llvm::StringMap<bool> written;
  for (NamedAttribute field : model ? model.getFields() : ArrayRef<NamedAttribute>()) {
    MessageAttr entry = importOf(field);
    auto found = versions.find(entry ? plainDomain(entry.getString("domain")) : StringRef("?"));
    if (entry && found != versions.end()) {
      SmallVector<NamedAttribute> parts(entry.getFields());
      for (NamedAttribute &part : parts)
        if (part.getName() == "version")
          part.setValue(builder.getI64IntegerAttr(found->second));
      field.setValue(MessageAttr::get(context, parts));
      written[found->first()] = true;
    }
    fields.push_back(field);
  }
  SmallVector<StringRef> missing;
  for (const auto &each : versions)
    if (!written.count(each.first()))
      missing.push_back(each.first());
  llvm::sort(missing);
  for (StringRef domain : missing) {
    NamedAttribute parts[] = {
        builder.getNamedAttr("domain", builder.getStringAttr(domain)),
        builder.getNamedAttr("version", builder.getI64IntegerAttr(versions.lookup(domain)))};
    fields.push_back(builder.getNamedAttr(importKey, MessageAttr::get(context, parts)));
  }
  if (ArrayRef(fields) == (model ? model.getFields() : ArrayRef<NamedAttribute>()))
    return;
  raiseIrVersion(fields, builder);
  module->setAttr(modelKey, MessageAttr::get(context, fields));
}
