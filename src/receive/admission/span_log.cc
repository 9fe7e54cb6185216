#include "receive/admission/span_log.h"

#include <fmt/format.h>

#include <vector>

#include "base/log.h"
#include "base/unix_time.h"
#include "columns/plain_text.h"
#include "columns/span_enums.h"
#include "columns/span_times.h"

namespace vivace {
namespace {

// A key that logfmt can take: "service.name" is span_service_name.
std::string LogKey(std::string_view key) {
  std::string text = "span_";
  for (const char c : key) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    text += is_plain ? c : '_';
  }
  return text;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

void AddAttributes(const SpanBatch& batch, const AttributeLists& lists, size_t row,
                   Fields& fields) {
  for (const AttributeCode code : lists.Row(row))
    fields.emplace_back(LogKey(batch.AttributeKey(code)), PlainTextOf(batch.Value(code)));
}

void AddAll(const SpanBatch& batch, uint32_t row, Fields& fields) {
  static constexpr const char* kKinds[] = {"unspecified", "internal", "server",
                                           "client",      "producer", "consumer"};
  static constexpr const char* kStatuses[] = {"unset", "ok", "error"};
  const SpanColumns& spans = batch.spans;
  AddAttributes(batch, batch.resources.attributes, batch.scopes.resource[spans.scope[row]], fields);
  AddAttributes(batch, spans.attributes, row, fields);
  const auto nanos =
      static_cast<double>(DurationBetween(spans.start_unix_nanos[row], spans.end_unix_nanos[row]));
  fields.emplace_back("span_name", batch.String(spans.name[row]));
  fields.emplace_back("span_duration_seconds", fmt::to_string(nanos / kNanosPerSecond));
  fields.emplace_back("span_kind", spans.kind[row] < std::size(kKinds)
                                       ? kKinds[spans.kind[row]]
                                       : fmt::to_string(spans.kind[row]));
  fields.emplace_back("span_status", spans.status_code[row] < std::size(kStatuses)
                                         ? kStatuses[spans.status_code[row]]
                                         : fmt::to_string(spans.status_code[row]));
}

}  // namespace

void LogSpans(const LogSpansConfig& config, const PushContext& context, const SpanBatch& batch,
              std::string_view reason, const std::function<bool(uint32_t row)>& wanted) {
  if (!config.enabled) return;
  const SpanColumns& spans = batch.spans;
  for (uint32_t row = 0; row < spans.size(); ++row) {
    if (wanted && !wanted(row)) continue;
    if (config.filter_by_status_error && spans.status_code[row] != kStatusError) continue;
    Fields fields;
    if (!reason.empty())
      fields = {{"push_error_reason", std::string(reason)}, {"tenant", context.tenant}};
    if (config.include_all_attributes) AddAll(batch, row, fields);
    fields.emplace_back("spanid", ToHex(spans.span_id[row].View()));
    fields.emplace_back("traceid", ToHex(spans.trace_id[row].View()));
    Log(LogLevel::kInfo, reason.empty() ? "received" : "discarded",
        std::vector<LogField>(fields.begin(), fields.end()));
  }
}

}  // namespace vivace
