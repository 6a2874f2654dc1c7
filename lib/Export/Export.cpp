// Export: onnx.node becomes the bytes of an ONNX file, field by field; the inverse of lib/Import.
#include "lib/Export/Export.h"
#include "lib/Export/Fields.h"
#include "lib/Export/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
class Exporter {
public:
  FailureOr<std::string> run(ModuleOp module);
  std::vector<ExternalTensor> external;

private:
  FailureOr<std::string> graph(Block *block, MessageAttr content);
  FailureOr<std::string> node(NodeOp op);
  FailureOr<std::string> attribute(NodeOp op, AttributeAttr attribute, unsigned &region);
  /// Names a value, with a number behind the name where another value has it.
  void bind(Value value, StringRef wanted);

  DenseMap<Value, std::string> names;
  llvm::StringSet<> taken;
};
} // namespace

void Exporter::bind(Value value, StringRef wanted) {
  std::string name = wanted.empty() ? "value" : wanted.str();
  for (unsigned i = 1; !taken.insert(name).second; ++i)
    name = (wanted.empty() ? "value" : wanted.str()) + "_" + std::to_string(i);
  names[value] = name;
}

FailureOr<std::string> Exporter::attribute(NodeOp op, AttributeAttr attribute, unsigned &region) {
  constexpr MessageKind kind = MessageKind::AttributeProto;
  FieldList fields(kind);
  fields.addString("name", attribute.getName());
  Attribute value = attribute.getValue();
  int64_t type = 0;
  auto single = [&](StringRef name, int64_t number, Attribute content) {
    fields.add(NamedAttribute(StringAttr::get(op.getContext(), name), content));
    type = number;
  };
  Builder builder(op.getContext());
  if (isa<FloatAttr>(value)) {
    single("f", 1, value);
  } else if (isa<IntegerAttr>(value)) {
    single("i", 2, value);
  } else if (isa<StringAttr>(value)) {
    single("s", 3, value);
  } else if (auto array = dyn_cast<DenseF32ArrayAttr>(value)) {
    type = 6;
    for (float number : array.asArrayRef())
      single("floats", 6, builder.getF32FloatAttr(number));
  } else if (auto array = dyn_cast<DenseI64ArrayAttr>(value)) {
    type = 7;
    for (int64_t number : array.asArrayRef())
      single("ints", 7, builder.getI64IntegerAttr(number));
  } else if (auto array = dyn_cast<ArrayAttr>(value)) {
    type = 8;
    for (Attribute text : array)
      single("strings", 8, text);
  } else if (auto elements = dyn_cast<ElementsAttr>(value)) {
    auto tensor = exportTensor({}, elements, attribute.getContent(), external);
    if (!tensor)
      return op.emitOpError() << toString(tensor.takeError());
    fields.addBytes("t", *tensor);
    type = 4;
  } else if (isa<UnitAttr>(value)) {
    auto body = graph(&op.getGraphs()[region++].front(), attribute.getContent());
    if (failed(body))
      return failure();
    fields.addBytes("g", *body);
    type = 5;
  }
  if (type)
    fields.addInt("type", type);
  fields.addAll(attribute.getRest());
  return fields.take();
}

FailureOr<std::string> Exporter::node(NodeOp op) {
  FieldList fields(MessageKind::NodeProto);
  for (Value input : op.getInputSlots())
    fields.addBytes("input", input ? StringRef(names[input]) : "");
  for (auto [result, name] : llvm::zip_equal(op.getResults(), op.getOutputs().getAsRange<StringAttr>()))
    fields.addBytes("output", name.empty() && result.use_empty() ? "" : StringRef(names[result]));
  fields.addString("name", op.getNameAttr());
  fields.addString("op_type", op.getOpTypeAttr());
  fields.addString("domain", op.getDomainAttr());
  unsigned region = 0;
  if (auto attributes = op.getAttributeList())
    for (auto each : attributes->getAsRange<AttributeAttr>()) {
      auto encoded = attribute(op, each, region);
      if (failed(encoded))
        return failure();
      fields.addBytes("attribute", *encoded);
    }
  fields.addAll(op.getRestAttr());
  return fields.take();
}

FailureOr<std::string> Exporter::graph(Block *block, MessageAttr content) {
  FieldList fields(MessageKind::GraphProto);
  SmallVector<StringRef> outputs;
  // The file's names of inputs and outputs are promises: they are taken first.
  llvm::StringSet<> constants;
  for (auto op : block->getOps<InitializerOp>())
    constants.insert(op.getName());
  unsigned argument = 0;
  for (NamedAttribute field : content ? content.getFields() : ArrayRef<NamedAttribute>()) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    StringRef name = info ? info.getString("name") : "";
    if (field.getName() == "output")
      outputs.push_back(name);
    if (field.getName() == "input" && !constants.contains(name) &&
        argument < block->getNumArguments())
      bind(block->getArgument(argument++), name);
  }
  for (auto [name, value] : llvm::zip(outputs, block->getTerminator()->getOperands()))
    if (!names.count(value) && value.getParentBlock() == block)
      bind(value, name);
  // By their places in the file, where its order is not that of the block; new nodes follow the one before them.
  std::vector<std::pair<int64_t, std::string>> nodes;
  int64_t position = 0;
  for (Operation &op : *block) {
    if (auto constant = dyn_cast<InitializerOp>(op)) {
      if (!names.count(constant.getResult()))
        bind(constant.getResult(), constant.getName());
      auto name = StringAttr::get(op.getContext(), names[constant.getResult()]);
      auto tensor = exportTensor(name, constant.getValue(), constant.getEncodingAttr(), external);
      if (!tensor)
        return op.emitOpError() << toString(tensor.takeError());
      fields.addBytes("initializer", *tensor);
    } else if (auto each = dyn_cast<NodeOp>(op)) {
      for (auto [result, name] :
           llvm::zip_equal(each.getResults(), each.getOutputs().getAsRange<StringAttr>()))
        if (!names.count(result) && !(name.empty() && result.use_empty()))
          bind(result, name);
      auto encoded = node(each);
      if (failed(encoded))
        return failure();
      if (auto at = op.getAttrOfType<IntegerAttr>("onnx.position"))
        position = at.getInt();
      nodes.emplace_back(position, std::move(*encoded));
    } else if (!op.hasTrait<OpTrait::IsTerminator>()) {
      return op.emitOpError() << "cannot be written: expects onnx.node and onnx.initializer alone";
    }
  }
  std::multimap<int64_t, std::string> sorted;
  for (auto &[at, encoded] : nodes)
    sorted.emplace(at, std::move(encoded));
  for (auto &[at, encoded] : sorted)
    fields.addBytes("node", encoded);
  // An output that is another's value, or an input's, gets a node that copies it.
  for (auto [name, value] : llvm::zip(outputs, block->getTerminator()->getOperands()))
    if (names[value] != name) {
      FieldList copy(MessageKind::NodeProto);
      copy.addBytes("input", names[value]);
      copy.addBytes("output", name);
      copy.addBytes("op_type", "Identity");
      fields.addBytes("node", copy.take());
    }
  fields.addAll(content);
  return fields.take();
}

FailureOr<std::string> Exporter::run(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return module.emitOpError() << "cannot be written as ONNX: expects a function 'main'";
  auto body = graph(&main.front(), main->getAttrOfType<MessageAttr>("onnx.graph"));
  if (failed(body))
    return failure();
  FieldList fields(MessageKind::ModelProto);
  fields.addBytes("graph", *body);
  fields.addAll(module->getAttrOfType<MessageAttr>("onnx.model"));
  return fields.take();
}

/// Writes and reports what the stream found: a full disk shows only here.
static llvm::Error writeFile(StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &stream) -> llvm::Error {
    write(stream);
    stream.flush();
    auto *file = static_cast<llvm::raw_fd_ostream *>(&stream);
    if (!file->has_error())
      return llvm::Error::success();
    std::error_code code = file->error();
    file->clear_error();
    return llvm::errorCodeToError(code);
  });
}

static llvm::Error writeExternal(StringRef model, std::vector<ExternalTensor> &tensors) {
  std::map<std::string, std::vector<ExternalTensor *>> files;
  for (ExternalTensor &tensor : tensors)
    files[tensor.location].push_back(&tensor);
  for (auto &file : files) {
    const std::string &location = file.first;
    std::vector<ExternalTensor *> &parts = file.second;
    bool leaves = llvm::is_contained(llvm::make_range(llvm::sys::path::begin(location), llvm::sys::path::end(location)), "..");
    if (leaves || llvm::sys::path::is_absolute(location))
      return llvm::createStringError("external data '" + location + "' leave the folder of the model");
    SmallString<256> path(llvm::sys::path::parent_path(model));
    llvm::sys::path::append(path, location);
    // It may be the data of the model that was imported.
    if (llvm::sys::fs::exists(path))
      return llvm::createStringError("external data '" + path.str() + "' exist already");
    llvm::sort(parts, [](auto *a, auto *b) { return a->offset < b->offset; });
    llvm::Error error = writeFile(path, [&](llvm::raw_ostream &stream) {
      uint64_t at = 0;
      for (ExternalTensor *tensor : parts) {
        if (tensor->offset < at)
          continue; // two tensors share the bytes
        for (; at + 4096 <= tensor->offset; at += 4096)
          stream.write_zeros(4096);
        stream.write_zeros(tensor->offset - at);
        ArrayRef<char> bytes = tensor->data.bytes();
        stream.write(bytes.data(), bytes.size());
        at = tensor->offset + bytes.size();
      }
    });
    if (error)
      return error;
  }
  return llvm::Error::success();
}

LogicalResult retort::exportOnnx(ModuleOp module, StringRef path) {
  Exporter exporter;
  auto bytes = exporter.run(module);
  if (failed(bytes))
    return failure();
  llvm::Error error = writeExternal(path, exporter.external);
  if (!error)
    error = writeFile(path, [&](llvm::raw_ostream &stream) { stream << *bytes; });
  if (error)
    return emitError(UnknownLoc::get(module.getContext()))
           << "cannot write '" << path << "': " << toString(std::move(error));
  return success();
}
