# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# MLIR as Debian packages it: only the two shared libraries are linked, and every file is compiled
# with NDEBUG, because the layout of some MLIR classes depends on it.

find_package(MLIR 22.1 REQUIRED CONFIG)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
separate_arguments(RETORT_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${RETORT_LLVM_DEFINITIONS} -DNDEBUG)
add_compile_definitions(RETORT_VERSION="${PROJECT_VERSION}")
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/include)
set(RETORT_INCLUDE_DIRS ${MLIR_INCLUDE_DIRS} ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})

# Not CMAKE_POSITION_INDEPENDENT_CODE: it compiles executables with -fPIE, and they share the libraries' precompiled header.
add_compile_options(-fPIC)
set(RETORT_WARNINGS -Wall -Wextra -Wno-unused-parameter)
# Without the time stamp a precompiled header is the same for the same input, so ccache can reuse it.
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  add_link_options(-fuse-ld=lld)
endif()

set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN;$ORIGIN/..;$ORIGIN/../${CMAKE_INSTALL_LIBDIR};/usr/lib/llvm-22/lib")
