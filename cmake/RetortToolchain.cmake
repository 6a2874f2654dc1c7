# MLIR as Debian packages it: only the two shared libraries are linked, and every file is compiled
# with NDEBUG, because the layout of some MLIR classes depends on it.

find_package(MLIR 22.1 REQUIRED CONFIG)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
separate_arguments(RETORT_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${RETORT_LLVM_DEFINITIONS} -DNDEBUG)
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/include)

set(RETORT_WARNINGS -Wall -Wextra -Wno-unused-parameter)
# Without the time stamp a precompiled header is the same for the same input, so ccache can reuse it.
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  add_link_options(-fuse-ld=lld)
endif()

set(CMAKE_INSTALL_RPATH "$ORIGIN;$ORIGIN/..;$ORIGIN/../${CMAKE_INSTALL_LIBDIR};/usr/lib/llvm-22/lib")

# retort_tablegen(<list> <file.td> <output, relative to this build folder> <generator flag>...): one run of mlir-tblgen;
# the path of its output is appended to <list> in the caller.
function(retort_tablegen list td output)
  get_filename_component(td ${td} ABSOLUTE)
  set(path ${CMAKE_CURRENT_BINARY_DIR}/${output})
  get_filename_component(folder ${path} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${path}
    COMMAND ${MLIR_TABLEGEN_EXE} ${ARGN} ${td} -o ${path} -d ${path}.d --write-if-changed
            -I${MLIR_INCLUDE_DIRS} -I${PROJECT_SOURCE_DIR} -I${PROJECT_BINARY_DIR}
    DEPENDS ${td} DEPFILE ${path}.d VERBATIM
    COMMENT "")
  set(${list} ${${list}} ${path} PARENT_SCOPE)
endfunction()
