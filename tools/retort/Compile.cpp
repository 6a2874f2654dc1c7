// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort compile: a model as native code, or as a better ONNX model.
#include "lib/Pipeline/Compiler.h"
#include "lib/Pipeline/Emission.h"
#include "tools/retort/ChoiceFlag.h"
#include "tools/retort/ModelFlags.h"

using namespace llvm;
using namespace retort;

static Error compile();
static Command command("compile", "compile a model to native code, or to a better ONNX model",
                       "retort compile model.onnx --recipe=int4 -o model.so", compile);
static ModelFlags flags(command);
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE"),
                                   cl::sub(command));
static ChoiceFlag<EmitKind>
    emit(command, "emit", "what to write:",
         {{"so", "shared library, with .weights and .h beside it", EmitKind::SharedLibrary},
          {"object", "object file, with .weights and .h beside it", EmitKind::Object},
          {"onnx", "ONNX model", EmitKind::Onnx},
          {"mlir", "compressed model; bytecode where FILE ends in .mlirbc", EmitKind::Mlir},
          {"linalg", "linalg on tensors", EmitKind::Linalg},
          {"llvm", "LLVM IR", EmitKind::Llvm}});
static NumberFlag<int64_t> context(command, "context",
                                   "tokens that a decoding session holds; 0: the trained length",
                                   "N", 0, {0, mostTokens});

static cl::opt<std::string>
    checks("checks", cl::desc("assertions of sizes and indices in --emit=linalg: all, or none"),
           cl::value_desc("all|none"), cl::init("all"), cl::sub(command));

/// The last phase of each output.
static Phase lastPhase() {
  if (emit == EmitKind::Onnx || emit == EmitKind::Mlir)
    return Phase::Compress;
  return emit == EmitKind::Linalg ? Phase::Lower : Phase::Emit;
}

/// What is asked for must come about, or be refused.
static Error checkFlags() {
  std::string output = ("--emit=" + emit.spelling()).str();
  if (emit != EmitKind::Onnx)
    if (Error error = flags.expectNone({"opset", "onnx-weights", "onnx-retention"},
                                       output + " writes no ONNX model"))
      return error;
  bool lowers = lastPhase() >= Phase::Lower;
  if (!lowers)
    if (Error error = flags.expectNone({"target-cpu"}, output + " writes no code"))
      return error;
  if (lastPhase() < Phase::Codegen)
    if (Error error = flags.expectNone({"numerics", "portable-steps"}, output + " writes no code"))
      return error;
  if (!lowers && context.isGiven())
    return make_error<UsageError>("--context cannot apply: " + output + " has no decode step");
  auto stop = phaseNamed(flags.options().stopAfter);
  if (stop && *stop > lastPhase() && *stop != Phase::Emit)
    return make_error<UsageError>(("--stop-after=" + nameOf(*stop) + " cannot apply: " + output +
                                   " ends with the phase " + nameOf(lastPhase()))
                                      .str());
  return Error::success();
}

static Error compile() {
  auto model = flags.model();
  if (!model)
    return model.takeError();
  if (Error error = checkFlags())
    return error;
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE");
  if (checks != "all" && checks != "none")
    return make_error<UsageError>("unknown value '" + checks +
                                  "' of --checks: expects one of all, none");
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
