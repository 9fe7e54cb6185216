// Tag names and values from all sources of a query, in the form in which the API returns them
// (spec/api.md 1.4).
//
// Block the caller for the search. The two versions of the API differ in what a name in a request
// means: v1 takes a bare key, v2 a TraceQL attribute.
#pragma once

#include <cstdint>
#include <functional>

#include "api/parameters/tag_parameters.h"
#include "api/query_context.h"
#include "api/responses/tag_response.h"

namespace vivace {

enum class TagApi : uint8_t { kV1, kV2 };

// Called after each source; returns false to end the search. `answer` builds the answer from what
// is known so far, on demand.
using TagNamesProgress = std::function<bool(const std::function<TagNamesResponse()>& answer)>;
using TagValuesProgress = std::function<bool(const std::function<TagValuesResponse()>& answer)>;

// v1 has no intrinsic scope among the others: it is returned only on request. INVALID_ARGUMENT for
// an unknown scope or a bad range.
Result<TagNamesResponse> FindTagNames(const TagParameters& parameters, TagApi api,
                                      const QueryCaller& caller, const QueryContext& context,
                                      const TagNamesProgress& progress = nullptr);
// INVALID_ARGUMENT for an invalid attribute (v2), or a bad range.
Result<TagValuesResponse> FindTagValues(const TagParameters& parameters, TagApi api,
                                        const QueryCaller& caller, const QueryContext& context,
                                        const TagValuesProgress& progress = nullptr);

}  // namespace vivace
