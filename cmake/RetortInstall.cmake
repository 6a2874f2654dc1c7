# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake --install: tools, libraries, headers spelled as in the tree, and the package that find_package(Retort) reads.
# The build folder is such a package too (Retort_DIR), which saves tests an installation.

include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Retort)

foreach(library RetortIR RetortPasses)
  # NDEBUG decides the layout of MLIR's passes: whoever links these must define it.
  target_compile_definitions(${library} INTERFACE NDEBUG)
  target_compile_features(${library} INTERFACE cxx_std_17)
  target_include_directories(${library} SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_include_directories(${library} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/retort>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>)
endforeach()

install(TARGETS RetortIR RetortPasses EXPORT RetortTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT RetortTargets NAMESPACE Retort:: DESTINATION ${package})
export(EXPORT RetortTargets NAMESPACE Retort:: FILE ${PROJECT_BINARY_DIR}/RetortTargets.cmake)

# The headers of a plugin's author, and those that they include.
install(DIRECTORY include/retort/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort FILES_MATCHING PATTERN "*.h")
foreach(tree ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  install(DIRECTORY ${tree}/dialects DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.h.inc" PATTERN "CMakeFiles" EXCLUDE
    PATTERN "cmake_pch.hxx" EXCLUDE)
endforeach()
install(DIRECTORY lib/Support lib/Weights lib/Analysis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort/lib FILES_MATCHING PATTERN "*.h")
install(DIRECTORY lib/Train DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort/lib FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY lib/Compress DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort/lib FILES_MATCHING PATTERN "*.h")

install(FILES cmake/RetortTableGen.cmake cmake/RetortPlugin.cmake DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/RetortConfigVersion.cmake COMPATIBILITY ExactVersion)
set(RETORT_CONFIG_INCLUDE_DIRS "\${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_INCLUDEDIR}/retort")
set(RETORT_CONFIG_MODULES "\${CMAKE_CURRENT_LIST_DIR}")
configure_package_config_file(cmake/RetortConfig.cmake.in ${PROJECT_BINARY_DIR}/install/RetortConfig.cmake
  INSTALL_DESTINATION ${package})
install(FILES ${PROJECT_BINARY_DIR}/install/RetortConfig.cmake ${PROJECT_BINARY_DIR}/RetortConfigVersion.cmake
  DESTINATION ${package})
set(RETORT_CONFIG_INCLUDE_DIRS "${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}")
set(RETORT_CONFIG_MODULES "${PROJECT_SOURCE_DIR}/cmake")
configure_package_config_file(cmake/RetortConfig.cmake.in ${PROJECT_BINARY_DIR}/RetortConfig.cmake
  INSTALL_DESTINATION ${PROJECT_BINARY_DIR})

install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/retort)
install(FILES LICENSE NOTICE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
