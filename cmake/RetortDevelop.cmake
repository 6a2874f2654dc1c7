# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What developers ask for: `docs` (pages from definitions and tests), `format`, `lint`.

find_program(RETORT_CLANG_FORMAT NAMES clang-format-22 clang-format)
find_program(RETORT_CLANG_TIDY NAMES run-clang-tidy-22 run-clang-tidy)
set(RETORT_ENVIRONMENT ${CMAKE_COMMAND} -E env MLIR_TBLGEN=$<TARGET_FILE:${MLIR_TABLEGEN_EXE}> MLIR_INCLUDE=${MLIR_INCLUDE_DIRS})

add_custom_target(docs
  COMMAND ${RETORT_ENVIRONMENT} ${Python3_EXECUTABLE} -B tools/scripts/docs ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/docs
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DEPENDS retort-opt USES_TERMINAL)
add_custom_target(format
  COMMAND sh -c "git ls-files -z '*.cpp' '*.h' '*.c' | xargs -0 ${RETORT_CLANG_FORMAT} -i"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
add_custom_target(lint
  COMMAND ${RETORT_CLANG_TIDY} -quiet -p ${PROJECT_BINARY_DIR} "^${PROJECT_SOURCE_DIR}/(dialects|lib|tools)/.*\\.cpp$"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)

foreach(check check-diagnostics check-licence check-sizes check-types)
  add_test(NAME ${check} COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tools/scripts/${check})
endforeach()
add_test(NAME docs
  COMMAND ${RETORT_ENVIRONMENT} ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tools/scripts/docs ${PROJECT_BINARY_DIR}
          ${PROJECT_BINARY_DIR}/docs)
