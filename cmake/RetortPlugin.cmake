# For projects outside the tree, after find_package(Retort): methods of their own as a plugin.

include(${CMAKE_CURRENT_LIST_DIR}/RetortTableGen.cmake)

# retort_add_plugin(<name> <folder>...): the plugin lib<name>.so from folders like those below lib/Compress: sources,
# and .td files that define passes. The same folder builds inside Retort's tree: its generated header is spelled
# "lib/Compress/<Folder>/<Name>.h.inc" in both.
function(retort_add_plugin name)
  set(sources)
  set(generated)
  set(declarations)
  set(registrations)
  foreach(folder ${ARGN})
    get_filename_component(method ${folder} NAME)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND sources ${files})
    file(GLOB definitions CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.td)
    foreach(td ${definitions})
      get_filename_component(pass ${td} NAME_WE)
      set(include lib/Compress/${method}/${pass}.h.inc)
      retort_tablegen(generated ${td} ${include} -gen-pass-decls -name=${pass})
      retort_pass_declarations(declarations ${td} ${include})
      retort_pass_registrations(registrations ${td})
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

RETORT_PLUGIN(\"${name}\", \"${PROJECT_VERSION}\", registerPluginPasses)
")
  add_library(${name} MODULE ${sources} ${CMAKE_CURRENT_BINARY_DIR}/${name}Plugin.cpp ${generated})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name} PRIVATE Retort::RetortPasses)
endfunction()
