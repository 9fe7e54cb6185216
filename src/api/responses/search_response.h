// The answer to a search: JSON of /api/search and protobuf of tempopb.SearchResponse
// (spec/api.md 1.3, 2.4).
//
// Pure functions, any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/search.h"
#include "traceql/search/found_trace.h"

namespace vivace {

struct SearchResponse {
  std::vector<std::shared_ptr<const traceql::FoundTrace>> traces;
  QueryStats stats;
  bool by_tags = false;  // shows neither spans nor services
};

std::string SearchResponseToJson(const SearchResponse& answer);
std::string SearchResponseToProtobuf(const SearchResponse& answer);

}  // namespace vivace
