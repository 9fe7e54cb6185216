#include "api/parameters/tag_parameters.h"

#include <algorithm>

#include "api/parameters/bad_request.h"
#include "api/parameters/query_limits.h"
#include "base/go_format.h"

namespace vivace {
namespace {

// Fields of the two messages, which differ in the numbers.
struct FieldNumbers {
  uint32_t scope, name, query, start, end, limit;
};
constexpr uint32_t kNoField = 0;
constexpr FieldNumbers kNamesFields{
    .scope = 1, .name = kNoField, .query = 2, .start = 3, .end = 4, .limit = 5};
constexpr FieldNumbers kValuesFields{
    .scope = kNoField, .name = 1, .query = 2, .start = 4, .end = 5, .limit = 6};

void DecodeTagField(protozero::pbf_reader& message, const FieldNumbers& fields,
                    TagParameters& parameters) {
  const uint32_t field = message.tag();
  if (field == fields.scope) return void(parameters.scope = message.get_string());
  if (field == fields.name) return void(parameters.name = message.get_string());
  if (field == fields.query) return void(parameters.query = message.get_string());
  if (field == fields.start)
    return void(parameters.window.start_unix_seconds = message.get_uint32());
  if (field == fields.end) return void(parameters.window.end_unix_seconds = message.get_uint32());
  if (field == fields.limit) return void(parameters.limit = message.get_uint32());
  message.skip();
}

Result<TagParameters> Decode(std::string_view message, const FieldNumbers& fields) {
  return DecodeRequest(message, "request", TagParameters{},
                       [&](protozero::pbf_reader& field, TagParameters& parameters) {
                         DecodeTagField(field, fields, parameters);
                       });
}

}  // namespace

Result<TagParameters> ParseTagParameters(const ApiRequest& request) {
  TagParameters parameters{.scope = std::string(request.Parameter("scope")),
                           .name = std::string(request.Variable("tagName")),
                           .query = std::string(request.Parameter("q"))};
  // Here Tempo takes what it cannot read as not given.
  parameters.window = ParseWindowParameters(request).value_or(
      WindowParameters{.since = std::string(request.Parameter("since"))});
  VIVACE_TRY(CheckOrder(parameters.window));
  const int64_t limit = ParseGoInt(request.Parameter("limit"), "Atoi").value_or(0);
  parameters.limit = static_cast<uint64_t>(std::max<int64_t>(limit, 0));
  return parameters;
}

Result<TagParameters> DecodeTagNamesRequest(std::string_view message) {
  return Decode(message, kNamesFields);
}
Result<TagParameters> DecodeTagValuesRequest(std::string_view message) {
  return Decode(message, kValuesFields);
}

Result<TimeWindow> TagWindow(const TagParameters& parameters,
                             const std::vector<std::string>& tenants, const QueryContext& context) {
  VIVACE_ASSIGN(const WindowParameters window, ClampToNow(parameters.window, context));
  VIVACE_TRY(CheckRange(window, SearchRangeMax(tenants, context)));
  return ToTimeWindow(window);
}

}  // namespace vivace
