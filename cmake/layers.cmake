# vivace_layer(NAME LINK ...): the static library of src/NAME and its unit tests (src/NAME/*_test.cc as the program test_NAME).
# Each layer links the ones declared before it; scripts/check-layers.py checks the includes.
set(VIVACE_LAYERS "")
set(VIVACE_TEST_PROGRAMS "")

function(vivace_layer name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(vivace_${name} STATIC ${sources})
    target_include_directories(vivace_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(vivace_${name} PUBLIC ${VIVACE_LAYERS} ${ARG_LINK} Threads::Threads)
    set(VIVACE_LAYERS vivace_${name} ${VIVACE_LAYERS} PARENT_SCOPE)
    set(VIVACE_LAYERS vivace_${name} ${VIVACE_LAYERS})
  endif()
  if(tests)
    add_executable(test_${name} ${tests})
    vivace_program(test_${name})
    target_link_libraries(test_${name} PRIVATE ${VIVACE_LAYERS} GTest::gtest_main GTest::gmock)
    target_compile_definitions(test_${name} PRIVATE VIVACE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    vivace_rpath(test_${name} ${VIVACE_ARROW_DIR})
    set(VIVACE_TEST_PROGRAMS ${VIVACE_TEST_PROGRAMS} test_${name} PARENT_SCOPE)
  endif()
endfunction()

# DT_RPATH rather than DT_RUNPATH: it also serves the libraries that our libraries need.
function(vivace_rpath target path)
  target_link_options(${target} PRIVATE "-Wl,--disable-new-dtags" "-Wl,-rpath,${path}")
endfunction()

# The server: build/vivace, which finds its libraries in build/lib beside it.
function(vivace_binary)
  add_executable(vivace ${CMAKE_SOURCE_DIR}/src/app/main.cc)
  vivace_program(vivace)
  target_link_libraries(vivace PRIVATE ${VIVACE_LAYERS})
  target_link_options(vivace PRIVATE "-Wl,--disable-new-dtags")
  set_target_properties(vivace PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "\$ORIGIN/lib" RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  add_custom_command(TARGET vivace POST_BUILD
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/copy-libraries.sh $<TARGET_FILE:vivace> ${CMAKE_BINARY_DIR}/lib ${VIVACE_ARROW_DIR})
endfunction()
