// The flags of every command that takes a model: the file, and how to compile it.
#include "tools/retort/ModelFlags.h"

using namespace llvm;
using namespace retort;

ModelFlags::ModelFlags(Command &command)
    : path(cl::Positional, cl::desc("MODEL"), cl::sub(command)),
      recipe("recipe", cl::desc("named recipe, or a file that holds one"),
             cl::value_desc("NAME|FILE"), cl::sub(command)),
      compress("compress", cl::desc("compression passes, as in PASS{option=value ...},PASS"),
               cl::value_desc("PIPELINE"), cl::sub(command)),
      calibration("calibration", cl::desc("statistics of the calibrated methods"),
                  cl::value_desc("FILE"), cl::sub(command)),
      targetCpu("target-cpu", cl::desc("processor to compile for: native, x86-64-v3, ..."),
                cl::value_desc("CPU"), cl::init("native"), cl::sub(command)),
      opset("opset", cl::desc("opset of an exported model; 0: the lowest that carries it"),
            cl::init(0), cl::sub(command)),
      weights("weights", cl::desc("bytecode carries the weights, or refers to the model file"),
              cl::value_desc("carry|refer"), cl::init("carry"), cl::sub(command)),
      plugins("plugin", cl::desc("shared library with further passes"), cl::value_desc("FILE.so"),
              cl::sub(command)),
      stopAfter("stop-after",
                cl::desc("last phase: import, raise, recognize, compress, lower, codegen"),
                cl::value_desc("PHASE"), cl::sub(command)),
      dumpPhases("dump-phases", cl::desc("folder that receives the module after each phase"),
                 cl::value_desc("DIR"), cl::sub(command)),
      disabled("disable", cl::desc("skip a pass"), cl::value_desc("PASS"), cl::sub(command)),
      ledger("ledger", cl::desc("file that receives what each method did to each weight"),
             cl::value_desc("FILE.json"), cl::sub(command)),
      threads("threads", cl::desc("threads; 0: one for each core"), cl::init(0), cl::sub(command)) {
}

Expected<std::string> ModelFlags::model() const {
  if (path.empty())
    return make_error<UsageError>("no model given");
  return std::string(path);
}

CompileOptions ModelFlags::options() const {
  CompileOptions result;
  result.recipe = recipe;
  result.compress = compress;
  result.calibration = calibration;
  result.targetCpu = targetCpu;
  result.opset = opset;
  result.referToWeights = weights == "refer";
  result.plugins.assign(plugins.begin(), plugins.end());
  result.stopAfter = stopAfter;
  result.dumpPhases = dumpPhases;
  result.disabled.assign(disabled.begin(), disabled.end());
  result.ledger = ledger;
  result.threads = threads;
  return result;
}
