# Third-party libraries as targets. Why each is here: docs/dependencies.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
if(VIVACE_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

function(vivace_pkg name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE PkgConfig::${name})
endfunction()
vivace_pkg(zstd libzstd)
vivace_pkg(lz4 liblz4)
vivace_pkg(deflate libdeflate)
vivace_pkg(nghttp2 libnghttp2)
vivace_pkg(yaml-cpp yaml-cpp)
vivace_pkg(isal libisal)
vivace_pkg(re2 re2)
vivace_pkg(utf8proc libutf8proc)
vivace_pkg(rdkafka rdkafka)
vivace_pkg(grpc++ grpc++)
find_package(BISON 3.8 REQUIRED)

# The wheel's Arrow exports the symbols of a newer simdjson of its own. Programs look a symbol up in
# the order of their libraries, so simdjson has to stand before Arrow: vivace_link_order() puts it
# first. Nothing that Vivace uses of Arrow parses JSON.
find_library(SIMDJSON simdjson REQUIRED)
add_library(simdjson INTERFACE)
function(vivace_link_order target)
  target_link_options(${target} BEFORE PRIVATE
    "-Wl,--push-state,--no-as-needed,${SIMDJSON},--pop-state")
endfunction()

add_library(xxhash INTERFACE)
add_library(protozero INTERFACE)
find_library(SNAPPY snappy REQUIRED)
add_library(compression INTERFACE)
target_link_libraries(compression INTERFACE zstd lz4 deflate ZLIB::ZLIB ${SNAPPY})
find_library(MIMALLOC mimalloc REQUIRED)
add_library(mimalloc INTERFACE)
target_link_libraries(mimalloc INTERFACE ${MIMALLOC})
# The compiled halves of Asio and Beast, built once for whichever layers use them.
add_library(asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cc)
target_compile_definitions(asio PUBLIC
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(asio
  PRIVATE vivace_flags PUBLIC Threads::Threads OpenSSL::SSL OpenSSL::Crypto)

# A system Arrow is preferred; Debian 12 has none, so the pinned wheel's libraries are used.
add_library(arrow INTERFACE)
find_package(Parquet QUIET)
if(Parquet_FOUND)
  target_link_libraries(arrow INTERFACE Parquet::parquet_shared)
else()
  file(GLOB ARROW_DIR "${VIVACE_DEPS}/arrow-*/pyarrow")
  list(GET ARROW_DIR -1 ARROW_DIR)
  target_include_directories(arrow SYSTEM INTERFACE ${ARROW_DIR}/include)
  target_link_directories(arrow INTERFACE ${ARROW_DIR})
  target_link_libraries(arrow INTERFACE -l:libparquet.so.2600 -l:libarrow.so.2600)
  set(VIVACE_ARROW_DIR ${ARROW_DIR})
endif()
