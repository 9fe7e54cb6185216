# Layers, programs and their tests.
#
#   vivace_layer(NAME
#                [USES layer...]          # what src/NAME may include; `base` is understood
#                [ROOMS folder...]        # the folders below src/NAME in order: a room includes
#                                         # those before it; the files of src/NAME itself come
#                                         # last, or where "." stands
#                [EXPORTS library...]     # third-party libraries that its headers need
#                [LINK library...]        # those that only its sources need
#                [TEST_USES layer...] [TEST_LINK library...]   # the same for *_test.cc
#                [GRAMMAR folder/file])   # a Bison file, included as "NAME/folder/file.h"
#
# makes the static library vivace_NAME of all sources below src/NAME, and of its *_test.cc the
# program test_NAME. scripts/check-layers.py reads the same declarations and checks every include
# against them.

# What most sources include, compiled once for all targets: the headers of the library take most of
# the time of a small source.
if(VIVACE_PCH)
  add_library(vivace_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
  target_link_libraries(vivace_pch PRIVATE vivace_flags fmt::fmt)
  target_precompile_headers(vivace_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
endif()

# A target of ours: the project's flags, and headers named from src/ on.
function(vivace_target target)
  target_link_libraries(${target} PRIVATE vivace_flags)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  if(VIVACE_PCH)
    target_link_libraries(${target} PRIVATE fmt::fmt)
    target_precompile_headers(${target} REUSE_FROM vivace_pch)
    # -fpch-preprocess is for ccache. The warnings are false ones that GCC 12 has about std::string
    # when its header is precompiled; the other builds keep them.
    target_compile_options(${target} PRIVATE
      -fpch-preprocess
      -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow -Wno-restrict)
  endif()
endfunction()

function(vivace_layer name)
  cmake_parse_arguments(ARG "" "GRAMMAR" "USES;ROOMS;EXPORTS;LINK;TEST_USES;TEST_LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(vivace_${name} STATIC ${sources})
  vivace_target(vivace_${name})
  if(VIVACE_UNITY)
    set_target_properties(vivace_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 20)
    # A type in a .cc that has members of the file's anonymous namespace looks shared to GCC then.
    target_compile_options(vivace_${name} PRIVATE -Wno-subobject-linkage)
  endif()
  if(NOT name STREQUAL base)
    list(PREPEND ARG_USES base)
  endif()
  list(TRANSFORM ARG_USES PREPEND vivace_)
  target_link_libraries(vivace_${name}
    PUBLIC ${ARG_USES} ${ARG_EXPORTS} Threads::Threads PRIVATE ${ARG_LINK})
  if(ARG_GRAMMAR)
    vivace_grammar(vivace_${name} ${name}/${ARG_GRAMMAR})
  endif()

  if(VIVACE_TESTS AND tests)
    list(TRANSFORM ARG_TEST_USES PREPEND vivace_)
    vivace_program(test_${name} ${tests})
    target_link_libraries(test_${name} PRIVATE
      vivace_${name} ${ARG_TEST_USES} ${ARG_LINK} ${ARG_TEST_LINK} GTest::gtest_main GTest::gmock)
  endif()
endfunction()

# The parser of src/PATH.yy, generated beside the build.
function(vivace_grammar target path)
  cmake_path(GET path PARENT_PATH folder)
  cmake_path(GET path FILENAME name)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${generated}/${folder})
  bison_target(${name} ${CMAKE_SOURCE_DIR}/src/${path}.yy ${generated}/${path}.cc
    DEFINES_FILE ${generated}/${path}.h COMPILE_FLAGS "-Wall -Wno-precedence -Werror")
  target_sources(${target} PRIVATE ${BISON_${name}_OUTPUTS})
  target_include_directories(${target} SYSTEM PUBLIC ${generated})
endfunction()

# A program for this machine: a test, a benchmark, a fuzz program. It finds Arrow where it is
# installed.
function(vivace_program target)
  add_executable(${target} ${ARGN})
  vivace_target(${target})
  vivace_link_order(${target})
  target_compile_definitions(${target} PRIVATE VIVACE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  # DT_RPATH rather than DT_RUNPATH: it also serves the libraries that our libraries need.
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags "-Wl,-rpath,${VIVACE_ARROW_DIR}")
endfunction()

# The server: build/vivace, which finds its libraries in build/lib beside it, and once installed in
# lib/vivace.
function(vivace_server)
  add_executable(vivace ${CMAKE_SOURCE_DIR}/src/app/main.cc)
  vivace_target(vivace)
  vivace_link_order(vivace)
  target_link_libraries(vivace PRIVATE vivace_app)
  target_link_options(vivace PRIVATE -Wl,--disable-new-dtags)
  set_target_properties(vivace PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "\$ORIGIN/lib:\$ORIGIN/../lib/vivace")
  add_custom_command(TARGET vivace POST_BUILD
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/copy-libraries.sh
      $<TARGET_FILE:vivace> ${CMAKE_BINARY_DIR}/lib ${VIVACE_ARROW_DIR})
endfunction()
