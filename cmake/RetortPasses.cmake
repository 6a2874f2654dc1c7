# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# One folder under lib/ is one phase or one method. Nothing lists them: a folder that holds sources is an object
# library, each of its .td files declares passes, and all of them together are libRetortPasses.so.

include(RetortTableGen)

# retort_write_pass_header(<folder> <names>...): <folder>/Passes.h, which declares the constructors of these passes.
function(retort_write_pass_header folder)
  set(includes)
  foreach(pass ${ARGN})
    string(APPEND includes "#define GEN_PASS_DECL\n#include \"lib/${folder}/${pass}.h.inc\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${folder}/Passes.h @ONLY CONTENT
"// Made by CMake from the .td files of lib/${folder}.
#pragma once
namespace retort {
${includes}} // namespace retort
")
endfunction()

# retort_optimize_loops(<sources>): files called Loops hold innermost loops over numbers, which the preset of developers would
# leave as they are; they include no header of LLVM.
function(retort_optimize_loops)
  foreach(source ${ARGN})
    if(source MATCHES "Loops.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -O3 SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

# retort_add_phase(<folder>): the object library Retort<Folder> from the sources of one folder below lib/. A pass
# definition <Name>.td becomes <folder>/<Name>.h.inc and is collected for registration, <folder>/Passes.h declares them
# all; a file Pipeline.cpp defines build<Folder>Pipeline, which is registered as retort-<folder>.
function(retort_add_phase folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "" name Retort${folder})
  file(GLOB definitions CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.td)
  set(passes)
  set(generated)
  foreach(td ${definitions})
    get_filename_component(pass ${td} NAME_WE)
    list(APPEND passes ${pass})
    retort_tablegen(generated ${td} ${folder}/${pass}.h.inc -gen-pass-decls -name=${pass})
    set_property(GLOBAL APPEND PROPERTY RETORT_PASS_DEFINITIONS ${folder}/${pass})
  endforeach()
  retort_write_pass_header(${folder} ${passes})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/Pipeline.cpp)
    set_property(GLOBAL APPEND PROPERTY RETORT_PIPELINES ${folder})
  endif()
  add_library(${name} OBJECT ${sources})
  target_compile_options(${name} PRIVATE ${RETORT_WARNINGS} -fno-exceptions)
  retort_optimize_loops(${sources})
  target_precompile_headers(${name} REUSE_FROM RetortPrecompiled)
  # A pipeline may name the passes of other phases.
  add_dependencies(${name} RetortIRHeaders RetortPassHeaders)
  add_custom_target(${name}Headers DEPENDS ${generated})
  add_dependencies(RetortPassHeaders ${name}Headers)
  set_property(GLOBAL APPEND PROPERTY RETORT_PHASES ${name})
endfunction()

# retort_write_registration(<file>): a source that declares and registers every pass and pipeline collected so far.
function(retort_write_registration path)
  get_property(definitions GLOBAL PROPERTY RETORT_PASS_DEFINITIONS)
  get_property(pipelines GLOBAL PROPERTY RETORT_PIPELINES)
  set(declarations)
  set(registrations)
  foreach(definition ${definitions})
    set(td ${CMAKE_CURRENT_SOURCE_DIR}/${definition}.td)
    retort_pass_declarations(declarations ${td} lib/${definition}.h.inc)
    retort_pass_registrations(registrations ${td})
  endforeach()
  foreach(phase ${pipelines})
    string(TOLOWER ${phase} argument)
    string(APPEND registrations
      "  registerPipelineOnce(\"retort-${argument}\", \"Run the phase ${phase}\", build${phase}Pipeline);\n")
  endforeach()
  file(CONFIGURE OUTPUT ${path} @ONLY CONTENT
"// Made by CMake from the .td files and the pipelines below lib/.
#include \"lib/Support/RegisterPass.h\"
#include \"retort/Pipeline.h\"

${declarations}
void retort::registerPasses() {
${registrations}}
")
endfunction()

# retort_write_formats(<folder>): Formats.h.inc and RegisterFormats.cpp, which declare and call register<Format>Format of
# each folder of lib/Formats.
function(retort_write_formats output)
  file(GLOB folders CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/Formats ${CMAKE_CURRENT_SOURCE_DIR}/Formats/*)
  set(declarations)
  set(calls)
  foreach(format ${folders})
    if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/Formats/${format})
      string(APPEND declarations "void register${format}Format(mlir::DialectRegistry &registry);\n")
      string(APPEND calls "  register${format}Format(registry);\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${output}/Formats.h.inc @ONLY CONTENT
"// Made by CMake from the folders of lib/Formats.
namespace retort {
${declarations}} // namespace retort
")
  file(CONFIGURE OUTPUT ${output}/RegisterFormats.cpp @ONLY CONTENT
"// Made by CMake from the folders of lib/Formats.
#include \"lib/Formats/RegisterFormats.h\"

void retort::registerFormats(mlir::DialectRegistry &registry) {
${calls}}
")
endfunction()

# retort_write_steps(<folder>): Steps.h.inc and RegisterSteps.cpp, which declare and call make<Step>Step of each file of
# lib/Codegen/Steps.
function(retort_write_steps output)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/Codegen/Steps/*.cpp)
  set(declarations)
  set(calls)
  foreach(source ${sources})
    get_filename_component(step ${source} NAME_WE)
    string(APPEND declarations "std::unique_ptr<MultiplyStep> make${step}Step();\n")
    string(APPEND calls "    addStep(*context, make${step}Step());\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output}/Steps.h.inc @ONLY CONTENT
"// Made by CMake from the files of lib/Codegen/Steps.
namespace retort {
${declarations}} // namespace retort
")
  file(CONFIGURE OUTPUT ${output}/RegisterSteps.cpp @ONLY CONTENT
"// Made by CMake from the files of lib/Codegen/Steps.
#include \"lib/Codegen/Steps/RegisterSteps.h\"

void retort::registerSteps(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](mlir::MLIRContext *context, linear::LinearDialect *) {
${calls}  });
}
")
endfunction()

# retort_write_gradients(<folder>): RegisterGradients.cpp, which calls add<Family>Rules of each file of lib/Differentiate/Rules.
function(retort_write_gradients output)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/Differentiate/Rules/*.cpp)
  set(declarations)
  set(calls)
  foreach(source ${sources})
    get_filename_component(family ${source} NAME_WE)
    string(APPEND declarations "void add${family}Rules(GradientRules &rules);\n")
    string(APPEND calls "    add${family}Rules(*rules);\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output}/RegisterGradients.cpp @ONLY CONTENT
"// Made by CMake from the files of lib/Differentiate/Rules.
#include \"lib/Differentiate/GradientRules.h\"

#include \"dialects/Retort/Retort.h\"

namespace retort {
${declarations}} // namespace retort

void retort::registerGradientRules(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](mlir::MLIRContext *, RetortDialect *dialect) {
    auto rules = std::make_unique<GradientRules>(dialect);
${calls}    dialect->addInterface(std::move(rules));
  });
}
")
endfunction()
