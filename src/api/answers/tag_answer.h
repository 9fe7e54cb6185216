// Answers to tag requests: JSON and protobuf of the two versions of the API, and the form for language models (spec/api.md 1.4, 0.4).
//
// Pure functions, any thread.
#pragma once

#include <string>

#include "api/queries/tag_finder.h"

namespace vivace {

// SearchTagsResponse: the names of all scopes together, sorted.
std::string TagNamesToJsonV1(const TagNamesAnswer& answer);
std::string TagNamesToProtobufV1(const TagNamesAnswer& answer);
// SearchTagsV2Response.
std::string TagNamesToJsonV2(const TagNamesAnswer& answer);
std::string TagNamesToProtobufV2(const TagNamesAnswer& answer);
// SearchTagValuesResponse: the texts, sorted.
std::string TagValuesToJsonV1(const TagValuesAnswer& answer);
std::string TagValuesToProtobufV1(const TagValuesAnswer& answer);
// SearchTagValuesV2Response.
std::string TagValuesToJsonV2(const TagValuesAnswer& answer);
std::string TagValuesToProtobufV2(const TagValuesAnswer& answer);
// Grouped by type, numbers unquoted.
std::string TagValuesToLlmJson(const TagValuesAnswer& answer);

}  // namespace vivace
