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
