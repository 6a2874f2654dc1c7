// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model that a student is compared with.
#include "lib/Train/Teacher.h"
#include "lib/Import/LoadModule.h"

#include "dialects/Retort/Names.h"
#include "retort/Pipeline.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace retort;

/// What a file holds, as methods see it. A module that is raised passes as it is.
static FailureOr<OwningOpRef<ModuleOp>> readTeacher(ModuleOp module, StringRef path) {
  OwningOpRef<ModuleOp> teacher = loadModule(path, module.getContext());
  if (!teacher)
    return failure();
  PassManager pm(module.getContext());
  buildRaisePipeline(pm);
  buildRecognizePipeline(pm);
  if (failed(pm.run(*teacher)))
    return module.emitError() << "the teacher '" << path << "' cannot be read as a model";
  auto graph = teacher->lookupSymbol<func::FuncOp>("main");
  if (!graph || graph.isExternal())
    return module.emitError() << "expects a teacher with a function 'main', found none in '" << path
                              << "'";
  return teacher;
}

FailureOr<OwningOpRef<ModuleOp>> retort::teacherOf(ModuleOp module, StringRef teacher) {
  auto file = module->getAttrOfType<StringAttr>(names::modelFile);
  if (teacher == "before" && file)
    return readTeacher(module, file.getValue());
  if (teacher == "before" || teacher == "base")
    return OwningOpRef<ModuleOp>(module.clone());
  return readTeacher(module, teacher);
}
