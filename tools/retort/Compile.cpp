// retort compile: a model as native code, or as a better ONNX model.
#include "lib/Pipeline/Emission.h"
#include "tools/retort/ModelFlags.h"

using namespace llvm;
using namespace retort;

static Error compile();
static Command command("compile", "compile a model to native code, or to a better ONNX model",
                       "retort compile model.onnx --recipe=int4 -o model.so", compile);
static ModelFlags flags(command);
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE"),
                                   cl::sub(command));
static cl::opt<EmitKind> emit(
    "emit", cl::desc("what to write:"), cl::init(EmitKind::SharedLibrary), cl::sub(command),
    cl::values(
        clEnumValN(EmitKind::SharedLibrary, "so", "shared library, with .weights and .h beside it"),
        clEnumValN(EmitKind::Object, "object", "object file, with .weights and .h beside it"),
        clEnumValN(EmitKind::Onnx, "onnx", "ONNX model"),
        clEnumValN(EmitKind::Mlir, "mlir", "compressed model; bytecode where FILE ends in .mlirbc"),
        clEnumValN(EmitKind::Linalg, "linalg", "linalg on tensors"),
        clEnumValN(EmitKind::Llvm, "llvm", "LLVM IR")));
static NumberFlag<int64_t> context(command, "context",
                                   "tokens that a decoding session holds; 0: the trained length",
                                   "N", 0, {0, mostTokens});

static cl::opt<std::string>
    checks("checks", cl::desc("assertions of sizes and indices in --emit=linalg: all, or none"),
           cl::value_desc("all|none"), cl::init("all"), cl::sub(command));

static Error compile() {
  auto model = flags.model();
  if (!model)
    return model.takeError();
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE");
  if (checks != "all" && checks != "none")
    return make_error<UsageError>("unknown value '" + checks +
                                  "' of --checks: expected one of all, none");
  if (checks == "none" && emit != EmitKind::Linalg)
    return make_error<UsageError>("--checks=none applies to --emit=linalg alone");
  CompileOptions options = flags.options();
  options.checks = checks == "all";
  options.decodeStep = true;
  options.context = context;
  Error error = compileTo(emit, *model, output, options);
  flags.progress().finish();
  return error;
}
