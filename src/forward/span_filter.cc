#include "forward/span_filter.h"

#include <algorithm>

#include "columns/span_batch_builder.h"

namespace vivace {
namespace {

Result<std::vector<OttlCondition>> ParseAll(const std::vector<std::string>& texts,
                                            OttlContext context) {
  std::vector<OttlCondition> conditions;
  for (const std::string& text : texts) {
    VIVACE_ASSIGN(OttlCondition condition, ParseOttl(text, context));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

bool AnyHolds(const std::vector<OttlCondition>& conditions, const SpanBatch& batch, uint32_t span,
              uint32_t event) {
  std::deque<std::string> texts;
  const OttlRow row{.batch = batch, .span = span, .event = event, .texts = texts};
  return std::ranges::any_of(conditions,
                             [&](const OttlCondition& condition) { return condition(row); });
}

// Rebuilds the batch's table of events without those that `is_left_out(span, event)` names, which
// sees the batch as it was.
template <typename IsLeftOut>
void DropEvents(SpanBatch& batch, const IsLeftOut& is_left_out) {
  EventColumns kept;
  std::vector<uint32_t> ends;
  for (uint32_t span = 0; span < batch.spans.size(); ++span) {
    const auto [begin, end] = batch.EventsOf(span);
    for (uint32_t event = begin; event < end; ++event) {
      if (is_left_out(span, event)) continue;
      const auto codes = batch.events.attributes.Row(event);
      kept.time_unix_nanos.push_back(batch.events.time_unix_nanos[event]);
      kept.name.push_back(batch.events.name[event]);
      kept.dropped_attributes.push_back(batch.events.dropped_attributes[event]);
      kept.attributes.codes.insert(kept.attributes.codes.end(), codes.begin(), codes.end());
      kept.attributes.EndRow();
    }
    ends.push_back(static_cast<uint32_t>(kept.size()));
  }
  batch.events = std::move(kept);
  batch.spans.event_ends = std::move(ends);
}

}  // namespace

Result<SpanFilter> SpanFilter::Make(const std::vector<std::string>& spans,
                                    const std::vector<std::string>& events) {
  SpanFilter filter;
  VIVACE_ASSIGN(filter.spans_, ParseAll(spans, OttlContext::kSpan));
  VIVACE_ASSIGN(filter.events_, ParseAll(events, OttlContext::kSpanEvent));
  return filter;
}

SpanBatch SpanFilter::Apply(const SpanBatch& batch) const {
  SpanBatch left = Without(batch, [&](uint32_t row) { return AnyHolds(spans_, batch, row, 0); });
  if (events_.empty()) return left;
  DropEvents(left,
             [&](uint32_t span, uint32_t event) { return AnyHolds(events_, left, span, event); });
  return left;
}

}  // namespace vivace
