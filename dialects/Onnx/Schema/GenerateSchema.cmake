# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Included by dialects/Onnx/CMakeLists.txt: writes the schemas of ONNX to the build folder while configuring, for the
# files in Ops/ to include. It is done again when the generator changes.
include(RetortPython)

execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/Onnx/Schema/generate.py ${CMAKE_CURRENT_BINARY_DIR}/Onnx
                RESULT_VARIABLE status ERROR_VARIABLE reason)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the schemas of ONNX cannot be generated with ${Python3_EXECUTABLE}; run tools/scripts/setup, which "
                      "makes an environment with the packages onnx and onnxruntime in build/python\n${reason}")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/Onnx/Schema/generate.py)

# Likewise the bodies of operations that are functions of others: of the registry, and of the texts in Functions/.
file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/Onnx/Functions/*.onnxtxt)
execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/Onnx/Schema/functions.py ${CMAKE_CURRENT_BINARY_DIR}/Onnx ${texts}
                COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/Onnx/Schema/functions.py ${texts})
