# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The Python that generates the ONNX schemas and runs the end-to-end tests: the pinned environment that
# tools/scripts/setup makes in build/python (other build folders share it), else one named by Python3_EXECUTABLE.

if(NOT Python3_EXECUTABLE)
  foreach(folder ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR}/build)
    if(EXISTS ${folder}/python/bin/python)
      set(Python3_EXECUTABLE ${folder}/python/bin/python CACHE FILEPATH "Python with the packages of tools/scripts/requirements.txt")
      break()
    endif()
  endforeach()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)
