// Reads and writes the entries `opset_import` of a model.
#include "lib/Raise/OpsetImports.h"

#include "dialects/Onnx/Schema/Schema.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr StringLiteral modelKey = "onnx.model", importKey = "opset_import";

static MessageAttr importOf(NamedAttribute field) {
  return field.getName() == importKey ? dyn_cast<MessageAttr>(field.getValue()) : MessageAttr();
}

OpsetImports::OpsetImports(ModuleOp module) {
  auto model = module->getAttrOfType<MessageAttr>(modelKey);
  isFile = bool(model);
  if (!model)
    return;
  for (NamedAttribute field : model.getFields()) {
    MessageAttr entry = importOf(field);
    auto number = entry ? dyn_cast_or_null<IntegerAttr>(entry.get("version")) : IntegerAttr();
    if (number)
      versions[plainDomain(entry.getString("domain"))] = number.getInt();
  }
}

int64_t OpsetImports::version(StringRef domain) const {
  auto found = versions.find(plainDomain(domain));
  if (found != versions.end())
    return found->second;
  return isFile && plainDomain(domain).empty() ? 1 : canonicalOpset(domain).value_or(1);
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
  if (ArrayRef(fields) != (model ? model.getFields() : ArrayRef<NamedAttribute>()))
    module->setAttr(modelKey, MessageAttr::get(context, fields));
}
