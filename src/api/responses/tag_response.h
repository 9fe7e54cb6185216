// Answers to tag requests: JSON and protobuf of the two versions of the API, and the form for
// language models (spec/api.md 1.4, 0.4).
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "query/query_stats.h"
#include "traceql/tags/tag_values.h"

namespace vivace {

struct TagScopeNames {
  std::string scope;
  std::vector<std::string> names;
};
struct TagNamesResponse {
  std::vector<TagScopeNames> scopes;  // those that have any
  QueryStats stats;
};
struct TagValuesResponse {
  std::vector<traceql::TagValue> values;
  QueryStats stats;
};

// SearchTagsResponse: the names of all scopes together, sorted.
std::string TagNamesToJsonV1(const TagNamesResponse& answer);
std::string TagNamesToProtobufV1(const TagNamesResponse& answer);
// SearchTagsV2Response.
std::string TagNamesToJsonV2(const TagNamesResponse& answer);
std::string TagNamesToProtobufV2(const TagNamesResponse& answer);
// SearchTagValuesResponse: the texts, sorted.
std::string TagValuesToJsonV1(const TagValuesResponse& answer);
std::string TagValuesToProtobufV1(const TagValuesResponse& answer);
// SearchTagValuesV2Response.
std::string TagValuesToJsonV2(const TagValuesResponse& answer);
std::string TagValuesToProtobufV2(const TagValuesResponse& answer);
// Grouped by type, numbers unquoted.
std::string TagValuesToLlmJson(const TagValuesResponse& answer);

}  // namespace vivace
