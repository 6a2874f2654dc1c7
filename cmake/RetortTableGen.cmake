# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the project and its plugins share: running mlir-tblgen, and collecting the passes that .td files define.

# retort_tablegen(<list> <file.td> <output, relative to this build folder> <generator flag>...): one run of mlir-tblgen;
# the path of its output is appended to <list> in the caller. RETORT_INCLUDE_DIRS is where .td files are looked for.
function(retort_tablegen list td output)
  get_filename_component(td ${td} ABSOLUTE)
  set(path ${CMAKE_CURRENT_BINARY_DIR}/${output})
  get_filename_component(folder ${path} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  list(TRANSFORM RETORT_INCLUDE_DIRS PREPEND -I OUTPUT_VARIABLE includes)
  add_custom_command(
    OUTPUT ${path}
    COMMAND ${MLIR_TABLEGEN_EXE} ${ARGN} ${td} -o ${path} -d ${path}.d --write-if-changed ${includes}
    DEPENDS ${td} DEPFILE ${path}.d VERBATIM
    COMMENT "")
  set(${list} ${${list}} ${path} PARENT_SCOPE)
endfunction()

# retort_pass_declarations(<text> <file.td> <include>): source text that declares the passes of a definition, whose
# declarations mlir-tblgen writes to <include>.
function(retort_pass_declarations text td include)
  set(${text} "${${text}}namespace retort {\n#define GEN_PASS_DECL\n#include \"${include}\"\n} // namespace retort\n"
    PARENT_SCOPE)
endfunction()

# retort_pass_registrations(<text> <file.td>): source text that registers every `def <Name>Pass` of the file. A pass that
# no source beside it defines is left out with a warning: the link would fail without saying where.
function(retort_pass_registrations text td)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${td})
  file(STRINGS ${td} records REGEX "^def [A-Za-z0-9]+Pass[ :]")
  get_filename_component(folder ${td} DIRECTORY)
  file(GLOB_RECURSE sources ${folder}/*.cpp)
  set(definitions)
  foreach(source ${sources})
    file(STRINGS ${source} found REGEX "^#define GEN_PASS_DEF_")
    list(APPEND definitions ${found})
  endforeach()
  set(result ${${text}})
  foreach(record ${records})
    string(REGEX REPLACE "^def ([A-Za-z0-9]+)Pass[ :].*" "\\1" name ${record})
    string(TOUPPER ${name} upper)
    if("#define GEN_PASS_DEF_${upper}PASS" IN_LIST definitions)
      string(APPEND result "  registerPassOnce([] { return create${name}Pass(); });\n")
    else()
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
      message(WARNING "${td} declares ${name}Pass, but no source beside it defines it")
    endif()
  endforeach()
  set(${text} "${result}" PARENT_SCOPE)
endfunction()
