#include "api/parameters/summary_parameters.h"

#include <algorithm>

#include "api/parameters/bad_request.h"
#include "api/parameters/query_limits.h"
#include "api/parameters/window_parameters.h"
#include "base/error_context.h"
#include "base/go_format.h"
#include "traceql/syntax/parser.h"

namespace vivace {
namespace {

Result<std::vector<traceql::Attribute>> ParseGroupBy(std::string_view text) {
  std::vector<traceql::Attribute> by;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    auto attribute = traceql::ParseAttribute(text.substr(begin, end - begin));
    if (!attribute) return BadRequest("parsing groupby attribute: " + attribute.error().message);
    by.push_back(*std::move(attribute));
    begin = end + 1;
  }
  return by;
}

}  // namespace

Result<SummaryParameters> ParseSummaryParameters(const ApiRequest& request,
                                                 const QueryContext& context) {
  if (request.tenants.size() > 1) return BadRequest("multi-tenant query unsupported");
  SummaryParameters parameters;
  VIVACE_ASSIGN(const WindowParameters asked, ParseWindowParameters(request));
  VIVACE_TRY(CheckOrder(asked));
  VIVACE_ASSIGN(const WindowParameters window, ClampToNow(asked, context));
  parameters.window = ToTimeWindow(window);
  if (const std::string_view text = request.Parameter("limit"); !text.empty()) {
    VIVACE_ASSIGN(const int64_t limit, WithContext(ParseGoInt(text, "Atoi"), "invalid limit"));
    parameters.limit = static_cast<size_t>(std::max<int64_t>(limit, 0));
  }
  VIVACE_ASSIGN(parameters.by, ParseGroupBy(request.Parameter("groupBy")));
  const std::string_view text = request.Parameter("q");
  VIVACE_TRY(CheckQuerySize(text, context.config));
  auto query = traceql::ParseQuery(text);
  if (!query) return BadRequest(query.error().message);
  if (query->is_metrics()) return BadRequest("metrics functions are not supported in a summary");
  parameters.query = *std::move(query);
  return parameters;
}

}  // namespace vivace
