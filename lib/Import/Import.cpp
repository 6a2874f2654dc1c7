// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Import: the bytes of an ONNX file become onnx.node, field by field.
#include "lib/Import/Import.h"
#include "lib/Import/Importer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static std::string folderOf(StringRef path) {
  StringRef folder = llvm::sys::path::parent_path(path);
  return folder.empty() ? "." : folder.str();
}

Importer::Importer(MLIRContext *context, StringRef path, std::shared_ptr<void> owner,
                   std::string folder)
    : context(context), builder(context), path(path),
      tensors(context, std::move(owner), std::move(folder)),
      place(FileLineColLoc::get(context, llvm::sys::path::filename(path), 0, 0)) {}

LogicalResult Importer::fail(const Twine &text) { return emitError(place) << path << ": " << text; }

LogicalResult Importer::failMalformed(StringRef what) {
  return fail("is not an ONNX model: " + what + " is malformed or cut off");
}

LogicalResult Importer::forEachField(MessageKind kind, StringRef bytes, StringRef what,
                                     Visit visit) {
  WireReader reader(bytes);
  WireField wire;
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return failMalformed(what);
    const Field *field = findField(kind, wire.number);
    if (failed(visit(field ? field->name : "", wire)))
      return failure();
  }
  return success();
}

LogicalResult Importer::keepField(MessageKind kind, const WireField &wire, StringRef what,
                                  SmallVectorImpl<NamedAttribute> &fields) {
  std::optional<NamedAttribute> decoded = decodeField(context, kind, wire);
  if (!decoded)
    return failMalformed(what);
  fields.push_back(*decoded);
  return success();
}

FailureOr<OwningOpRef<ModuleOp>> retort::importOnnx(StringRef path, MLIRContext *context) {
  context->loadDialect<OnnxDialect, func::FuncDialect>();
  auto file = MappedFile::open(path.str());
  if (!file) {
    emitError(FileLineColLoc::get(context, path, 0, 0))
        << path << ": " << toString(file.takeError());
    return failure();
  }
  OwningOpRef<ModuleOp> module =
      Importer(context, path, *file, folderOf(path)).importModel((*file)->data());
  if (!module)
    return failure();
  return module;
}
