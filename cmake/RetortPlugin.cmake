# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# For projects outside the tree, after find_package(Retort): methods of their own as a plugin.

include(${CMAKE_CURRENT_LIST_DIR}/RetortTableGen.cmake)

# retort_add_plugin(<name> <folder>...): the plugin lib<name>.so from folders of sources and .td files. A .td defines
# passes, as those below lib/Compress do, or a dialect and its operations; either is registered by being there.
#
# Passes: the same folder builds inside Retort's tree; its generated header is spelled
# "lib/Compress/<Folder>/<Name>.h.inc" in both.
# A dialect: <Folder>/<Name>.h declares it, with what is generated: <Folder>/<Name>Dialect.h.inc and .cpp.inc of the
# dialect, <Folder>/<Name>Attributes.h.inc and .cpp.inc of its attributes, <Folder>/<Name>.h.inc and .cpp.inc of its
# operations.
function(retort_add_plugin name)
  set(sources)
  set(generated)
  set(declarations)
  set(registrations)
  set(dialects)
  foreach(folder ${ARGN})
    get_filename_component(method ${folder} NAME)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND sources ${files})
    file(GLOB definitions CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.td)
    foreach(td ${definitions})
      file(STRINGS ${td} dialect REGEX "^def [A-Za-z0-9]+_Dialect[ :]")
      if(dialect)
        retort_plugin_dialect(generated declarations dialects ${td} ${folder})
      else()
        get_filename_component(pass ${td} NAME_WE)
        set(include lib/Compress/${method}/${pass}.h.inc)
        retort_tablegen(generated ${td} ${include} -gen-pass-decls -name=${pass})
        retort_pass_declarations(declarations ${td} ${include})
        retort_pass_registrations(registrations ${td})
      endif()
    endforeach()
  endforeach()
  if(NOT sources)
    message(FATAL_ERROR "retort_add_plugin(${name}): expected sources in '${ARGN}', found none")
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}Plugin.cpp @ONLY CONTENT
"// Made by retort_add_plugin(${name}).
#include \"lib/Support/RegisterPass.h\"
#include \"retort/Plugin.h\"

${declarations}
static void registerPluginPasses() {
  using namespace retort;
${registrations}}

static void registerPluginDialects(mlir::DialectRegistry &registry) {
  (void)registry;
${dialects}}

RETORT_PLUGIN_WITH_DIALECTS(\"${name}\", \"${PROJECT_VERSION}\", registerPluginPasses, registerPluginDialects)
")
  add_library(${name} MODULE ${sources} ${CMAKE_CURRENT_BINARY_DIR}/${name}Plugin.cpp ${generated})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name} PRIVATE Retort::RetortPasses)
endfunction()

# What retort_add_plugin does for a .td that defines a dialect: `def Foo_Dialect` with cppNamespace "::a" is ::a::FooDialect.
function(retort_plugin_dialect files includes calls td folder)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${td})
  get_filename_component(file ${td} NAME_WE)
  file(READ ${td} text)
  string(REGEX MATCH "def ([A-Za-z0-9]+)_Dialect" _ "${text}")
  set(class ${CMAKE_MATCH_1}Dialect)
  string(REGEX MATCH "cppNamespace = \"([A-Za-z0-9_:]+)\"" _ "${text}")
  set(class ${CMAKE_MATCH_1}::${class})
  retort_tablegen(made ${td} ${folder}/${file}Dialect.h.inc -gen-dialect-decls)
  retort_tablegen(made ${td} ${folder}/${file}Dialect.cpp.inc -gen-dialect-defs)
  retort_tablegen(made ${td} ${folder}/${file}Attributes.h.inc -gen-attrdef-decls)
  retort_tablegen(made ${td} ${folder}/${file}Attributes.cpp.inc -gen-attrdef-defs)
  retort_tablegen(made ${td} ${folder}/${file}.h.inc -gen-op-decls)
  retort_tablegen(made ${td} ${folder}/${file}.cpp.inc -gen-op-defs)
  set(${files} ${${files}} ${made} PARENT_SCOPE)
  set(${includes} "${${includes}}#include \"${folder}/${file}.h\"\n#include \"retort/Operation.h\"\n" PARENT_SCOPE)
  set(${calls} "${${calls}}  retort::registerOperators<${class}>(registry);\n" PARENT_SCOPE)
endfunction()
