#include "columns/segment.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

#include "base/hash/fast_hash.h"

namespace vivace {
namespace {

// The cardinality of a key is decided after this many of its values: high where more than half of
// them were new.
constexpr uint32_t kCardinalitySampleSize = 2048;

}  // namespace

Segment::Segment() { strings_.push_back({"", 0, 0}); }

StringCode Segment::AddString(std::string_view text) {
  if (text.empty()) return 0;
  return string_codes_.FindOrAppend(
      FastHash(text), [&](uint32_t code) { return strings_[code].view() == text; },
      [&] {
        strings_.push_back({arena_.Append(text), static_cast<uint32_t>(text.size()), 0});
        return static_cast<uint32_t>(strings_.size() - 1);
      });
}

uint32_t Segment::AddKey(std::string_view text) {
  const uint64_t hash = FastHash(text);
  const auto is_same = [&](uint32_t code) { return keys_[code].view() == text; };
  // No lock for keys that are known, which nearly all are: nobody else changes the table.
  if (const uint32_t known = key_codes_.Find(hash, is_same); known != CodeTable::kNone)
    return known;
  const std::lock_guard lock(key_mutex_);
  return key_codes_.FindOrAppend(hash, is_same, [&] {
    keys_.push_back({arena_.Append(text), static_cast<uint32_t>(text.size()), 0});
    key_statistics_.emplace_back();
    return static_cast<uint32_t>(keys_.size() - 1);
  });
}

AttributeCode Segment::AddAttribute(uint32_t key, uint64_t hash, const AttributeValue& value) {
  KeyStatistics& statistics = key_statistics_[key];
  if (statistics.high_cardinality) return AppendAttribute(key, value);
  ++statistics.seen;
  return attribute_codes_.FindOrAppend(
      hash,
      [&](uint32_t code) {
        const Attribute& candidate = attributes_[code];
        return candidate.word == ShapeWord(key, value.kind) && Value(candidate) == value;
      },
      [&] {
        ++statistics.added;
        statistics.high_cardinality =
            statistics.seen >= kCardinalitySampleSize && statistics.added > statistics.seen / 2;
        return AppendAttribute(key, value);
      });
}

AttributeCode Segment::AppendAttribute(uint32_t key, const AttributeValue& value) {
  Attribute attribute{.word = ShapeWord(key, value.kind), .size = 0, .payload = value.bits};
  if (value.HasText()) {
    attribute.size = static_cast<uint32_t>(value.text.size());
    attribute.payload = std::bit_cast<uint64_t>(arena_.Append(value.text));
  }
  attributes_.push_back(attribute);
  return static_cast<AttributeCode>(attributes_.size() - 1);
}

AttributeValue Segment::Value(const Attribute& attribute) {
  AttributeValue value{attribute.value_kind(), {}, 0};
  if (value.HasText()) {
    value.text = {std::bit_cast<const char*>(attribute.payload), attribute.size};
  } else {
    value.bits = attribute.payload;
  }
  return value;
}

uint32_t Segment::AddShape(std::span<const uint32_t> words) {
  return shape_codes_.FindOrAppend(
      FastHash(words),
      [&](uint32_t shape) {
        const ListShape known = shapes_[shape];
        if (known.size != words.size()) return false;
        std::vector<uint32_t> scratch;
        const std::span<const uint32_t> known_words =
            shape_words_.View(known.begin, known.begin + known.size, scratch);
        return std::equal(words.begin(), words.end(), known_words.begin());
      },
      [&] {
        const auto begin = static_cast<uint32_t>(shape_words_.size());
        shape_words_.append(words);
        shapes_.push_back({begin, static_cast<uint32_t>(words.size())});
        return static_cast<uint32_t>(shapes_.size() - 1);
      });
}

uint32_t Segment::AddTrace(const TraceId& id) {
  return trace_codes_.FindOrAppend(
      FastHash(id.View()), [&](uint32_t code) { return traces_[code].id == id; },
      [&] {
        traces_.push_back({id, kNone, 0});
        return static_cast<uint32_t>(traces_.size() - 1);
      });
}

void Segment::UpdateMemory() {
  const auto bytes = [](const auto&... parts) { return (parts.memory_bytes() + ...); };
  const Spans& s = spans_;
  memory_bytes_ =
      sizeof(Segment) + key_statistics_.capacity() * sizeof(KeyStatistics) +
      bytes(arena_, strings_, string_codes_, keys_, key_codes_, attributes_, attribute_codes_,
            resources_, resource_codes_, scopes_, scope_codes_, shared_codes_, shapes_,
            shape_words_, shape_codes_, traces_, trace_codes_) +
      bytes(s.trace, s.previous, s.scope, s.span_id, s.parent_span_id, s.start_unix_nanos,
            s.end_unix_nanos, s.name, s.kind, s.status_code, s.status_message, s.trace_state,
            s.flags, s.dropped_attributes, s.dropped_events, s.dropped_links, s.attribute_ends,
            s.attribute_codes, s.attribute_shapes, s.event_ends, s.link_ends) +
      bytes(events_.time_unix_nanos, events_.name, events_.dropped_attributes,
            events_.attribute_ends, events_.attribute_codes, events_.attribute_shapes) +
      bytes(links_.trace_id, links_.span_id, links_.trace_state, links_.flags,
            links_.dropped_attributes, links_.attribute_ends, links_.attribute_codes,
            links_.attribute_shapes);
}

bool Segment::Contains(const TraceId& id) const {
  const std::lock_guard lock(trace_mutex_);
  return trace_codes_.Find(FastHash(id.View()), [&](uint32_t code) {
    return traces_[code].id == id;
  }) != CodeTable::kNone;
}

bool Segment::MayMatch(std::string_view key,
                       const std::function<bool(const AttributeValue& value)>& passes) const {
  const SegmentSnapshot snapshot = TakeSnapshot();
  const std::optional<uint32_t> code = FindKey(snapshot, key);
  if (!code) return false;
  for (uint32_t i = 0; i < snapshot.attribute_count; ++i) {
    const Attribute& attribute = attributes_[i];
    if (attribute.key() == *code && passes(Value(attribute))) return true;
  }
  return false;
}

// Newest first.
std::vector<uint32_t> Segment::RowsOf(const TraceId& id) const {
  std::vector<uint32_t> rows;
  {
    const std::lock_guard lock(trace_mutex_);
    const uint32_t index = trace_codes_.Find(FastHash(id.View()),
                                             [&](uint32_t code) { return traces_[code].id == id; });
    if (index == CodeTable::kNone) return rows;
    for (uint32_t row = traces_[index].last_span; row != kNone; row = spans_.previous[row])
      rows.push_back(row);
  }
  const size_t published = span_count();
  std::erase_if(rows, [&](uint32_t row) { return row >= published; });
  return rows;
}

void Segment::FindStored(const SpanBatch& batch, uint32_t begin, uint32_t end,
                         std::vector<uint8_t>& stored) const {
  const SpanColumns& spans = batch.spans;
  using Key = std::tuple<SpanId, uint8_t, uint64_t>;
  const auto key_of = [&](uint32_t row) {
    return Key(spans.span_id[row], spans.kind[row], spans.start_unix_nanos[row]);
  };
  std::vector<uint32_t> sent(end - begin);
  std::iota(sent.begin(), sent.end(), begin);
  std::ranges::sort(sent, {}, key_of);
  for (const uint32_t mine : RowsOf(spans.trace_id[begin])) {
    const Key key(spans_.span_id[mine], spans_.kind[mine], spans_.start_unix_nanos[mine]);
    auto same = std::ranges::lower_bound(sent, key, {}, key_of);
    // Those of one key are marked together.
    for (; same != sent.end() && key_of(*same) == key && stored[*same] == 0; ++same)
      stored[*same] = 1;
  }
}

bool Segment::FindTrace(const TraceId& id, SpanBatchBuilder& out) const {
  std::vector<uint32_t> rows = RowsOf(id);
  std::reverse(rows.begin(), rows.end());
  NumberMap resources;  // by row of the segment, the row in `out`
  NumberMap scopes;
  for (const uint32_t row : rows) {
    const uint32_t scope = spans_.scope[row];
    const auto copy = [&] { return CopyScope(scope, resources, out); };
    CopySpan(row, scopes.FindOrAdd(scope, copy), out);
  }
  return !rows.empty();
}

}  // namespace vivace
