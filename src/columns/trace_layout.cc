#include "columns/trace_layout.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/containers/number_map.h"
#include "columns/span_times.h"

namespace vivace {
namespace {

uint64_t ReadBigEndian(const uint8_t* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return __builtin_bswap64(word);
}

class LayoutBuilder {
 public:
  // `snapshot`: of a segment that is not sealed.
  LayoutBuilder(const Segment& segment, TraceLayout& layout,
                const SegmentSnapshot* snapshot = nullptr)
      : segment_(segment), layout_(layout), snapshot_(snapshot) {}

  // Room for so many spans; more is possible.
  void Reserve(size_t spans) {
    layout_.span_rows.reserve(spans);
    layout_.nested_sets.reserve(spans);
    layout_.event_begins.reserve(spans + 1);
    layout_.link_begins.reserve(spans + 1);
  }

  // Asks for the first lines that AddTrace will touch.
  void Prefetch(uint32_t trace) const {
    const uint32_t last = segment_.traces()[trace].last_span;
    const Segment::Spans& spans = segment_.spans();
    __builtin_prefetch(&spans.previous[last]);
    __builtin_prefetch(&spans.scope[last]);
    __builtin_prefetch(&spans.span_id[last]);
    __builtin_prefetch(&spans.parent_span_id[last]);
    __builtin_prefetch(&spans.start_unix_nanos[last]);
    __builtin_prefetch(&spans.end_unix_nanos[last]);
    __builtin_prefetch(&spans.event_ends[last]);
  }

  void AddTrace(uint32_t trace) {
    CollectSpans(trace);
    if (spans_.empty()) return;  // of a snapshot: its first span was still on its way
    GroupSpans();
    layout_.traces.push_back(trace);
    layout_.resource_begins.push_back(static_cast<uint32_t>(layout_.resource_rows.size()));
    for (size_t i = 0; i < spans_.size(); ++i) {
      if (i == 0 || spans_[i].resource != spans_[i - 1].resource) AddResource(spans_[i].resource);
      if (i == 0 || spans_[i].scope != spans_[i - 1].scope) AddScope(spans_[i].scope);
      AddSpan(spans_[i].row);
    }
    NumberSpans();
    SummarizeTrace();
  }

  void Finish() {
    layout_.resource_begins.push_back(static_cast<uint32_t>(layout_.resource_rows.size()));
    layout_.scope_begins.push_back(static_cast<uint32_t>(layout_.scope_rows.size()));
    layout_.span_begins.push_back(static_cast<uint32_t>(layout_.span_rows.size()));
    layout_.event_begins.push_back(static_cast<uint32_t>(layout_.event_rows.size()));
    layout_.link_begins.push_back(static_cast<uint32_t>(layout_.link_rows.size()));
  }

 private:
  // What the layout needs to know of a span of the trace at hand, fetched from the segment once.
  struct TraceSpan {
    uint32_t row;
    uint32_t scope;
    uint32_t resource;
    uint8_t kind;
    SpanId span_id;
    uint64_t group;  // indices of the first spans with its resource and with its scope
  };

  void CollectSpans(uint32_t trace) {
    spans_.clear();
    const Segment::Spans& from = segment_.spans();
    const uint32_t last =
        snapshot_ == nullptr ? segment_.traces()[trace].last_span : snapshot_->last_spans[trace];
    for (uint32_t row = last; row != Segment::kNone; row = from.previous[row]) {
      if (snapshot_ != nullptr && row >= snapshot_->span_count) continue;
      const uint32_t scope = from.scope[row];
      spans_.push_back(
          {row, scope, segment_.scopes()[scope].resource, from.kind[row], from.span_id[row], 0});
    }
    std::reverse(spans_.begin(), spans_.end());
  }

  // Brings spans of one resource together, and in it those of one scope; both in order of first
  // appearance, spans in order of arrival.
  void GroupSpans() {
    first_resource_.Clear();
    first_scope_.Clear();
    for (uint32_t i = 0; i < spans_.size(); ++i) {
      const auto here = [i] { return i; };
      const uint64_t resource = first_resource_.FindOrAdd(spans_[i].resource, here);
      spans_[i].group = resource << 32 | first_scope_.FindOrAdd(spans_[i].scope, here);
    }
    const auto by_group = [](const TraceSpan& a, const TraceSpan& b) { return a.group < b.group; };
    if (!std::is_sorted(spans_.begin(), spans_.end(), by_group))
      std::stable_sort(spans_.begin(), spans_.end(), by_group);
  }

  void AddResource(uint32_t resource) {
    layout_.resource_rows.push_back(resource);
    layout_.scope_begins.push_back(static_cast<uint32_t>(layout_.scope_rows.size()));
  }

  void AddScope(uint32_t scope) {
    layout_.scope_rows.push_back(scope);
    layout_.span_begins.push_back(static_cast<uint32_t>(layout_.span_rows.size()));
  }

  void AddSpan(uint32_t span) {
    layout_.span_rows.push_back(span);
    layout_.event_begins.push_back(static_cast<uint32_t>(layout_.event_rows.size()));
    const auto [events_begin, events_end] = Segment::RangeOf(segment_.spans().event_ends, span);
    for (uint32_t event = events_begin; event < events_end; ++event)
      layout_.event_rows.push_back(event);
    layout_.link_begins.push_back(static_cast<uint32_t>(layout_.link_rows.size()));
    const auto [links_begin, links_end] = Segment::RangeOf(segment_.spans().link_ends, span);
    for (uint32_t link = links_begin; link < links_end; ++link) layout_.link_rows.push_back(link);
  }

  void NumberSpans() {
    inputs_.clear();
    for (const TraceSpan& span : spans_)
      inputs_.push_back({span.span_id, segment_.spans().parent_span_id[span.row], span.kind});
    layout_.nested_sets.resize(layout_.span_rows.size());
    NumberNestedSets(inputs_, std::span(layout_.nested_sets).last(spans_.size()), nested_sets_);
  }

  // A span with a link into its own trace of type child_of was a child in OpenTracing: no root.
  bool IsRoot(size_t span) const {
    if (!inputs_[span].parent_span_id.IsZero()) return false;
    const uint32_t row = spans_[span].row;
    const auto [begin, end] = Segment::RangeOf(segment_.spans().link_ends, row);
    for (uint32_t link = begin; link < end; ++link) {
      if (segment_.links().trace_id[link] == segment_.traces()[segment_.spans().trace[row]].id &&
          IsChildOfLink(link))
        return false;
    }
    return true;
  }

  bool IsChildOfLink(uint32_t link) const {
    const auto [begin, end] = Segment::RangeOf(segment_.links().attribute_ends, link);
    for (uint32_t i = begin; i < end; ++i) {
      const Segment::Attribute& attribute =
          segment_.attributes()[segment_.links().attribute_codes[i]];
      if (segment_.Key(attribute) == "opentracing.ref_type" &&
          Segment::Value(attribute) == AttributeValue::String("child_of"))
        return true;
    }
    return false;
  }

  void SummarizeTrace() {
    const size_t first_span = layout_.span_rows.size() - spans_.size();
    uint32_t root = TraceLayout::kNone;
    uint64_t start = 0;
    uint64_t end = 0;
    for (size_t i = 0; i < spans_.size(); ++i) {
      const uint64_t span_start = segment_.spans().start_unix_nanos[spans_[i].row];
      if (span_start != 0 && (start == 0 || span_start < start)) start = span_start;  // 0: unknown
      end = std::max(end, EndOfSpan(span_start, segment_.spans().end_unix_nanos[spans_[i].row]));
      if (IsRoot(i)) root = static_cast<uint32_t>(first_span + i);  // the last one counts
    }
    layout_.root_spans.push_back(root);
    layout_.start_unix_nanos.push_back(start);
    layout_.end_unix_nanos.push_back(end);
  }

  const Segment& segment_;
  TraceLayout& layout_;
  const SegmentSnapshot* snapshot_;
  std::vector<TraceSpan> spans_;
  std::vector<NestedSetInput> inputs_;
  NestedSetScratch nested_sets_;
  NumberMap first_resource_;  // by resource of the segment, the span of the trace at hand
  NumberMap first_scope_;
};

}  // namespace

TraceLayout LayOutTraces(const Segment& segment, std::span<const uint32_t> order, size_t begin,
                         size_t spans_max, size_t& end) {
  TraceLayout layout;
  LayoutBuilder builder(segment, layout);
  builder.Reserve(std::min(segment.span_count(), spans_max));
  constexpr size_t kPrefetchDistance =
      8;  // traces stand in the segment in the order of their arrival, here they come by id
  for (end = begin; end < order.size() && (end == begin || layout.spans() < spans_max); ++end) {
    if (end + kPrefetchDistance < order.size()) builder.Prefetch(order[end + kPrefetchDistance]);
    builder.AddTrace(order[end]);
  }
  builder.Finish();
  return layout;
}

TraceLayout LayOutTraces(const Segment& segment, const SegmentSnapshot& snapshot) {
  TraceLayout layout;
  LayoutBuilder builder(segment, layout, &snapshot);
  builder.Reserve(snapshot.span_count);
  for (uint32_t trace = 0; trace < snapshot.last_spans.size(); ++trace) builder.AddTrace(trace);
  builder.Finish();
  return layout;
}

TraceLayout LayOutByArrival(const Segment& segment, const SegmentSnapshot& snapshot) {
  const auto numbers = [](uint32_t count) {
    std::vector<uint32_t> all(count);
    std::iota(all.begin(), all.end(), 0);
    return all;
  };
  const auto begins_of = [&](const ChunkedArray<uint32_t>& ends) {
    std::vector<uint32_t> begins(snapshot.span_count + 1);
    for (uint32_t span = 0; span < snapshot.span_count; ++span) begins[span + 1] = ends[span];
    return begins;
  };
  uint32_t scopes = 0;
  for (uint32_t span = 0; span < snapshot.span_count; ++span)
    scopes = std::max(scopes, segment.spans().scope[span] + 1);
  uint32_t resources = 0;
  for (uint32_t scope = 0; scope < scopes; ++scope)
    resources = std::max(resources, segment.scopes()[scope].resource + 1);
  TraceLayout layout{.traces = numbers(static_cast<uint32_t>(snapshot.last_spans.size())),
                     .resource_rows = numbers(resources),
                     .scope_rows = numbers(scopes),
                     .span_rows = numbers(snapshot.span_count),
                     .event_begins = begins_of(segment.spans().event_ends),
                     .link_begins = begins_of(segment.spans().link_ends)};
  layout.event_rows = numbers(layout.event_begins.back());
  layout.link_rows = numbers(layout.link_begins.back());
  return layout;
}

std::vector<uint32_t> SortTraces(const Segment& segment) {
  struct Entry {
    uint64_t high;
    uint64_t low;
    uint32_t trace;
  };
  std::vector<Entry> entries(segment.trace_count());
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const uint8_t* id = segment.traces()[i].id.bytes.data();
    entries[i] = {ReadBigEndian(id), ReadBigEndian(id + 8), i};
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
  });
  std::vector<uint32_t> order(entries.size());
  std::transform(entries.begin(), entries.end(), order.begin(),
                 [](const Entry& entry) { return entry.trace; });
  return order;
}

}  // namespace vivace
