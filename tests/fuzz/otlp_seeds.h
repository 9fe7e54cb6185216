// OTLP requests as JSON (the edge cases of the conformance suite) and as protobuf, for the seeds of
// the decoders.
#pragma once

#include <string>
#include <vector>

#include "fuzz_target.h"

namespace vivace::fuzz {

inline std::vector<std::string> JsonRequests() {
  return ReadSourceLines("tests/conformance/edge.jsonl");
}

// The same requests in protobuf, and random ones that use every field.
std::vector<std::string> ProtobufRequests();

}  // namespace vivace::fuzz
