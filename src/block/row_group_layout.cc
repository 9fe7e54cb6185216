#include "block/row_group_layout.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <unordered_set>

namespace vivace {
namespace {

// Traces of up to this many spans are searched for repeated spans pair by pair.
constexpr size_t kPairwiseSpansMax = 32;

uint64_t ReadBigEndian(const uint8_t* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return __builtin_bswap64(word);
}

class LayoutBuilder {
 public:
  LayoutBuilder(const Segment& segment, RowGroupLayout& layout) : segment_(segment), layout_(layout) {}

  // Asks for the first lines that AddTrace will touch.
  void Prefetch(uint32_t trace) const {
    const uint32_t last = segment_.traces()[trace].last_span;
    const Segment::Spans& spans = segment_.spans();
    __builtin_prefetch(&spans.previous[last]);
    __builtin_prefetch(&spans.scope[last]);
    __builtin_prefetch(&spans.span_id[last]);
    __builtin_prefetch(&spans.parent_span_id[last]);
    __builtin_prefetch(&spans.start_unix_nanos[last]);
    __builtin_prefetch(&spans.event_ends[last]);
  }

  void AddTrace(uint32_t trace) {
    CollectSpans(trace);
    DropRepeatedSpans();
    // Spans by resource and scope, both in order of first appearance, spans in order of arrival.
    GroupBy([&](uint32_t span) { return segment_.scopes()[segment_.spans().scope[span]].resource; }, spans_, 0, spans_.size());
    layout_.traces.push_back(trace);
    layout_.resource_begins.push_back(static_cast<uint32_t>(layout_.resource_rows.size()));
    const size_t first_span = layout_.span_rows.size();
    ForEachRun([&](uint32_t span) { return segment_.scopes()[segment_.spans().scope[span]].resource; }, 0, spans_.size(),
               [&](size_t begin, size_t end, uint32_t resource) { AddResource(resource, begin, end); });
    NumberSpans(first_span);
    SummarizeTrace(first_span);
  }

  void Finish() {
    layout_.resource_begins.push_back(static_cast<uint32_t>(layout_.resource_rows.size()));
    layout_.scope_begins.push_back(static_cast<uint32_t>(layout_.scope_rows.size()));
    layout_.span_begins.push_back(static_cast<uint32_t>(layout_.span_rows.size()));
    layout_.event_begins.push_back(static_cast<uint32_t>(layout_.event_rows.size()));
    layout_.link_begins.push_back(static_cast<uint32_t>(layout_.link_rows.size()));
  }

 private:
  void CollectSpans(uint32_t trace) {
    spans_.clear();
    for (uint32_t row = segment_.traces()[trace].last_span; row != Segment::kNone; row = segment_.spans().previous[row]) {
      spans_.push_back(row);
    }
    std::reverse(spans_.begin(), spans_.end());
  }

  bool SameSpan(uint32_t a, uint32_t b) const {
    const Segment::Spans& spans = segment_.spans();
    return spans.span_id[a] == spans.span_id[b] && spans.kind[a] == spans.kind[b];
  }

  void DropRepeatedSpans() {
    if (spans_.size() > kPairwiseSpansMax) return DropRepeatedSpansByHash();
    size_t kept = 0;
    for (const uint32_t span : spans_) {
      const auto repeats = [&](uint32_t other) { return SameSpan(span, other); };
      if (std::none_of(spans_.begin(), spans_.begin() + static_cast<ptrdiff_t>(kept), repeats)) spans_[kept++] = span;
    }
    spans_.resize(kept);
  }

  void DropRepeatedSpansByHash() {
    const auto hash = [&](uint32_t span) {
      return ReadBigEndian(segment_.spans().span_id[span].bytes.data()) * 31 + segment_.spans().kind[span];
    };
    const auto same = [&](uint32_t a, uint32_t b) { return SameSpan(a, b); };
    std::unordered_set<uint32_t, decltype(hash), decltype(same)> seen(spans_.size() * 2, hash, same);
    std::erase_if(spans_, [&](uint32_t span) { return !seen.insert(span).second; });
  }

  // Reorders [begin, end) so that equal keys stand together, in order of the first appearance of each.
  template <typename Key>
  void GroupBy(Key&& key, std::vector<uint32_t>& spans, size_t begin, size_t end) {
    for (size_t run = begin; run < end;) {
      const uint32_t first = key(spans[run]);
      const auto in_run = [&](uint32_t span) { return key(span) == first; };
      const auto run_end =
          std::find_if_not(spans.begin() + static_cast<ptrdiff_t>(run), spans.begin() + static_cast<ptrdiff_t>(end), in_run);
      const auto done = std::stable_partition(run_end, spans.begin() + static_cast<ptrdiff_t>(end), in_run);
      run = static_cast<size_t>(done - spans.begin());
    }
  }

  template <typename Key, typename Visit>
  void ForEachRun(Key&& key, size_t begin, size_t end, Visit&& visit) {
    while (begin < end) {
      size_t run_end = begin + 1;
      while (run_end < end && key(spans_[run_end]) == key(spans_[begin])) ++run_end;
      visit(begin, run_end, key(spans_[begin]));
      begin = run_end;
    }
  }

  void AddResource(uint32_t resource, size_t begin, size_t end) {
    const auto scope_of = [&](uint32_t span) { return segment_.spans().scope[span]; };
    layout_.resource_rows.push_back(resource);
    layout_.scope_begins.push_back(static_cast<uint32_t>(layout_.scope_rows.size()));
    GroupBy(scope_of, spans_, begin, end);
    ForEachRun(scope_of, begin, end, [&](size_t scope_begin, size_t scope_end, uint32_t scope) {
      layout_.scope_rows.push_back(scope);
      layout_.span_begins.push_back(static_cast<uint32_t>(layout_.span_rows.size()));
      for (size_t i = scope_begin; i < scope_end; ++i) AddSpan(spans_[i]);
    });
  }

  void AddSpan(uint32_t span) {
    layout_.span_rows.push_back(span);
    layout_.event_begins.push_back(static_cast<uint32_t>(layout_.event_rows.size()));
    const auto [events_begin, events_end] = Segment::RangeOf(segment_.spans().event_ends, span);
    for (uint32_t event = events_begin; event < events_end; ++event) layout_.event_rows.push_back(event);
    layout_.link_begins.push_back(static_cast<uint32_t>(layout_.link_rows.size()));
    const auto [links_begin, links_end] = Segment::RangeOf(segment_.spans().link_ends, span);
    for (uint32_t link = links_begin; link < links_end; ++link) layout_.link_rows.push_back(link);
  }

  void NumberSpans(size_t first_span) {
    const Segment::Spans& spans = segment_.spans();
    inputs_.clear();
    for (size_t i = first_span; i < layout_.span_rows.size(); ++i) {
      const uint32_t row = layout_.span_rows[i];
      inputs_.push_back({spans.span_id[row], spans.parent_span_id[row], spans.kind[row]});
    }
    layout_.nested_sets.resize(layout_.span_rows.size());
    NumberNestedSets(inputs_, std::span(layout_.nested_sets).subspan(first_span));
  }

  // A span with a link into its own trace that says child_of was a child in OpenTracing: no root.
  bool IsRoot(size_t span) const {
    const uint32_t row = layout_.span_rows[span];
    if (!segment_.spans().parent_span_id[row].IsZero()) return false;
    const auto [begin, end] = Segment::RangeOf(segment_.spans().link_ends, row);
    for (uint32_t link = begin; link < end; ++link) {
      if (segment_.links().trace_id[link] == segment_.traces()[segment_.spans().trace[row]].id && SaysChildOf(link)) return false;
    }
    return true;
  }

  bool SaysChildOf(uint32_t link) const {
    const auto [begin, end] = Segment::RangeOf(segment_.links().attribute_ends, link);
    for (uint32_t i = begin; i < end; ++i) {
      const Segment::Attribute& attribute = segment_.attributes()[segment_.links().attribute_codes[i]];
      if (segment_.Key(attribute) == "opentracing.ref_type" && Segment::Value(attribute) == AttributeValue::String("child_of")) return true;
    }
    return false;
  }

  void SummarizeTrace(size_t first_span) {
    uint32_t root = RowGroupLayout::kNone;
    uint64_t start = 0;
    uint64_t end = 0;
    for (size_t i = first_span; i < layout_.span_rows.size(); ++i) {
      const uint32_t row = layout_.span_rows[i];
      const uint64_t span_start = segment_.spans().start_unix_nanos[row];
      if (start == 0 || span_start < start) start = span_start;
      end = std::max(end, segment_.spans().end_unix_nanos[row]);
      if (IsRoot(i)) root = static_cast<uint32_t>(i);  // the last one counts
    }
    layout_.root_spans.push_back(root);
    layout_.start_unix_nanos.push_back(start);
    layout_.end_unix_nanos.push_back(end);
  }

  const Segment& segment_;
  RowGroupLayout& layout_;
  std::vector<uint32_t> spans_;
  std::vector<NestedSetInput> inputs_;
};

}  // namespace

RowGroupLayout LayOutRowGroup(const Segment& segment, std::span<const uint32_t> order, size_t begin, size_t spans_max, size_t& end) {
  RowGroupLayout layout;
  LayoutBuilder builder(segment, layout);
  constexpr size_t kAhead = 8;  // traces stand in the segment in the order of their arrival, here they come by id
  for (end = begin; end < order.size() && (end == begin || layout.spans() < spans_max); ++end) {
    if (end + kAhead < order.size()) builder.Prefetch(order[end + kAhead]);
    builder.AddTrace(order[end]);
  }
  builder.Finish();
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
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.high != b.high ? a.high < b.high : a.low < b.low; });
  std::vector<uint32_t> order(entries.size());
  std::transform(entries.begin(), entries.end(), order.begin(), [](const Entry& entry) { return entry.trace; });
  return order;
}

}  // namespace vivace
