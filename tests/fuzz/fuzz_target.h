// What a fuzz program consists of: one target (fuzz_*.cc) and the driver (driver.cc).
//
// A target gets any bytes at all and must come back: a crash, a sanitizer's report, an exception or
// a Require that fails is a bug. One thread; what a target keeps between inputs must not change its
// answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace vivace::fuzz {

// The inputs that mutations start from, made by the target from tests/data and tests/conformance.
// Called once.
std::vector<std::string> Seeds();

// Ends the process as a crash, with `what`, where `holds` is false.
void Require(bool holds, std::string_view what);

inline std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A file below the source directory; ends the process where it is missing.
std::string ReadSourceFile(const std::string& path);
std::vector<std::string> ReadSourceLines(const std::string& path);

}  // namespace vivace::fuzz
