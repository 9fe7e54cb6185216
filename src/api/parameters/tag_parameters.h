// TagParameters: the parameters of the tag and tag value routes (spec/api.md 1.4, 2.4).
//
// Values; checks are made in Tempo's order and with its texts. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/parameters/window_parameters.h"
#include "api/query_context.h"
#include "api/router.h"
#include "query/query_sources.h"
#include "traceql/value/attribute.h"

namespace vivace {

struct TagParameters {
  std::string
      scope;  // of names: "", none, span, resource, event, link, instrumentation or intrinsic
  std::string name;    // of values: the tag
  std::string query;   // narrows down whose tags
  uint64_t limit = 0;  // names of a scope, or values; 0: all
  WindowParameters window;
};

// `name` comes from the path.
Result<TagParameters> ParseTagParameters(const ApiRequest& request);
// tempopb.SearchTagsRequest and SearchTagValuesRequest. INVALID_ARGUMENT for malformed bytes.
Result<TagParameters> DecodeTagNamesRequest(std::string_view message);
Result<TagParameters> DecodeTagValuesRequest(std::string_view message);

// What is searched. INVALID_ARGUMENT for a bad range.
Result<TimeWindow> TagWindow(const TagParameters& parameters,
                             const std::vector<std::string>& tenants, const QueryContext& context);

}  // namespace vivace
