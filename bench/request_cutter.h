// Cuts an OTLP export request into small ones, as SDKs without a collector send them.
//
// A pure function, any thread; copies the bytes. Throws protozero::exception where the request is
// no OTLP.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vivace::bench {

// Requests of one scope and at most `spans_max` spans, each with its resource and scope.
std::vector<std::string> CutRequest(std::string_view request, size_t spans_max);

}  // namespace vivace::bench
