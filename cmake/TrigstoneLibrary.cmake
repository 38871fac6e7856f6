# trigstone_library(NAME DEPS room... [SYSTEM target...] SOURCES file.cpp... [TESTS file_test.cpp...]
#                   [LABELS label...])
# One room of src/: a static library `trigstone_NAME` and, when TESTS are given, the test program
# `NAME_test` registered with ctest under LABELS (default: fast).
function(trigstone_library name)
  cmake_parse_arguments(arg "" "" "DEPS;SYSTEM;SOURCES;TESTS;LABELS" ${ARGN})
  set(target trigstone_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  target_link_libraries(${target} PUBLIC trigstone_options)
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(${target} PUBLIC trigstone_${dep})
  endforeach()
  target_link_libraries(${target} PUBLIC ${arg_SYSTEM})
  if(arg_TESTS)
    trigstone_test(${name}_test SOURCES ${arg_TESTS} DEPS ${name} LABELS ${arg_LABELS})
  endif()
endfunction()

# test_folders.h tells a test where the sources and the build lie: a header, not a definition on every
# command line, so that a compiler cache serves the same source in another folder.
add_library(trigstone_test_folders INTERFACE)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/test_folders.h @ONLY CONTENT
"#pragma once

inline constexpr char kSourceFolder[] = \"@PROJECT_SOURCE_DIR@\";
inline constexpr char kBuildFolder[] = \"@PROJECT_BINARY_DIR@\";
")
target_include_directories(trigstone_test_folders INTERFACE ${PROJECT_BINARY_DIR}/generated)

# trigstone_test(NAME SOURCES file.cpp... DEPS room... [LABELS label...] [TIMEOUT seconds])
function(trigstone_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPS;LABELS;SYSTEM" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS fast)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(${name} PRIVATE trigstone_${dep})
  endforeach()
  target_link_libraries(${name} PRIVATE ${arg_SYSTEM} trigstone_test_folders GTest::gtest
                        GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()
