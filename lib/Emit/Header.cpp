// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the C header of a compiled model: its functions, with their arguments in the order of the
// call.
#include "lib/Emit/Emit.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

static constexpr StringLiteral preamble = R"(// Made by Retort: the functions of a compiled model.
//
// args[i] points to the descriptor of the i-th argument, then of the i-th result:
//   struct { T *allocated; T *aligned; int64_t offset; int64_t sizes[RANK]; int64_t strides[RANK]; }
// Strides count elements. A result's descriptor is filled in; its memory is freed with free(allocated). States are
// updated in place. Weights lie in the file beside the library, at the offsets that retort_manifest (JSON) names.
// Link with the runtime, or define
//   void retort_fail(const char *message);  which must not return
//   void retort_parallel(void (*body)(void *context, int64_t part, int64_t parts), void *context);
//     which calls body for each part, 0 <= part < parts, and returns when all are through; parts is at least 1
//   int32_t retort_permits_tiles(void);      where the code has tiles (AMX): whether the system granted them; 0 will do
)";

static std::string describe(const json::Object &value) {
  std::string text = value.getString("type").value_or("").str();
  if (const json::Array *shape = value.getArray("shape"))
    for (const json::Value &size : *shape) {
      int64_t number = size.getAsInteger().value_or(-1);
      text += "[" + (number < 0 ? std::string("?") : std::to_string(number)) + "]";
    }
  if (auto name = value.getString("name"))
    text += " " + name->str();
  if (auto weight = value.getInteger("default"))
    text += ", by default weight " + std::to_string(*weight);
  return text;
}

static void writeValues(raw_ostream &stream, StringRef what, const json::Array *values,
                        unsigned &position) {
  for (const json::Value &value : *values)
    if (const json::Object *object = value.getAsObject())
      stream << "//   args[" << position++ << "]  " << what << " " << describe(*object) << "\n";
}

static void writeIndices(raw_ostream &stream, StringRef what, const json::Array *indices,
                         const json::Array *table, unsigned &position) {
  for (const json::Value &index : *indices) {
    int64_t i = index.getAsInteger().value_or(0);
    stream << "//   args[" << position++ << "]  " << what << " " << i << ": "
           << describe(*(*table)[i].getAsObject()) << "\n";
  }
}

static void writeFunction(raw_ostream &stream, const json::Object &manifest,
                          const json::Object &function) {
  unsigned position = 0;
  stream << "\n";
  writeValues(stream, "input", function.getArray("inputs"), position);
  writeIndices(stream, "state", function.getArray("states"), manifest.getArray("states"), position);
  writeIndices(stream, "weight", function.getArray("weights"), manifest.getArray("weights"),
               position);
  writeValues(stream, "output", function.getArray("outputs"), position);
  stream << "void " << function.getString("symbol").value_or("") << "(void **args);\n";
}

Error retort::emitHeader(StringRef manifest, StringRef name, raw_ostream &stream) {
  auto parsed = json::parse(manifest);
  if (!parsed)
    return parsed.takeError();
  const json::Object &root = *parsed->getAsObject();
  std::string guard = "RETORT_MODEL_";
  for (char c : name)
    guard += isAlnum(c) ? toUpper(c) : '_';
  stream << preamble;
  if (auto id = root.getString("id"))
    stream << "// Of the content " << *id << ", as the library and its weights say.\n";
  stream << "#ifndef " << guard << "\n#define " << guard << "\n\n"
         << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nextern const char retort_manifest[];\n";
  for (const json::Value &function : *root.getArray("functions"))
    writeFunction(stream, root, *function.getAsObject());
  stream << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return Error::success();
}
