// Segment: the live columns of one tenant, from its first span to the block that is cut from it.
//
// Batches are appended as they are acknowledged and can be read at once. Columns grow in chunks
// that never move; strings and attributes are kept once per segment and referred to by code; equal
// resources and scopes become one row. An attribute key whose values hardly repeat gives up looking
// for repetitions, so that ids and URLs cost no hash lookups. One appender at a time (the caller
// serializes Append). Readers take `span_count()` as their watermark and read rows below it without
// a lock, concurrently with Append; only a trace lookup takes a lock, briefly. About 220 bytes
// per span of ordinary traces.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/containers/arena.h"
#include "base/containers/chunked_array.h"
#include "base/containers/code_table.h"
#include "base/containers/number_map.h"
#include "base/ids.h"
#include "columns/array_elements.h"
#include "columns/span_batch.h"
#include "columns/span_batch_builder.h"

namespace vivace {

// What a segment held at one moment: the spans below a row number, and by trace the newest of them.
struct SegmentSnapshot {
  uint32_t span_count = 0;
  uint32_t string_count = 0;
  uint32_t key_count = 0;
  uint32_t attribute_count = 0;
  std::vector<uint32_t> last_spans;
};

class Segment {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  struct Text {
    const char* data;
    uint32_t size;
    uint32_t reserved;
    std::string_view view() const { return {data, size}; }
  };

  // A key (a code of `keys()`, below 2^24) and a kind of value in one word.
  static uint32_t ShapeWord(uint32_t key, ValueKind kind) {
    return key << 8 | static_cast<uint8_t>(kind);
  }
  static uint32_t KeyOf(uint32_t shape_word) { return shape_word >> 8; }
  static ValueKind KindOf(uint32_t shape_word) { return static_cast<ValueKind>(shape_word & 0xff); }

  // One attribute: the key as a code of `keys()`, and the value.
  struct Attribute {
    uint32_t word;  // key and kind as in ShapeWord: no bit fields, which are read before they are
                    // written
    uint32_t size;  // of the text
    uint64_t payload;  // the address of the text, or the bits of the scalar
    uint32_t key() const { return KeyOf(word); }
    ValueKind value_kind() const { return KindOf(word); }
  };

  struct Resource {
    uint32_t attributes_begin, attributes_end;  // in shared_codes()
    uint32_t dropped_attributes;
    StringCode schema_url;
    StringCode entity_refs;
  };

  struct Scope {
    uint32_t resource;
    uint32_t attributes_begin, attributes_end;  // in shared_codes()
    uint32_t dropped_attributes;
    StringCode name;
    StringCode version;
    StringCode schema_url;
  };

  struct Trace {
    TraceId id;
    uint32_t last_span;  // the newest; the others follow by Spans::previous
    uint32_t span_count;
  };

  // What attribute lists with the same keys and kinds of values in the same order have in common: a
  // word per attribute, and then for each array two others: what its elements are, and how many.
  struct ListShape {
    uint32_t begin;  // in shape_words_
    uint32_t size;
  };

  // The rows of the span table. ends[i] closes what span i owns; it begins at ends[i-1].
  struct Spans {
    ChunkedArray<uint32_t> trace;     // index into traces()
    ChunkedArray<uint32_t> previous;  // the span of the same trace that came before, or kNone
    ChunkedArray<uint32_t> scope;
    ChunkedArray<SpanId> span_id;
    ChunkedArray<SpanId> parent_span_id;
    ChunkedArray<uint64_t> start_unix_nanos;
    ChunkedArray<uint64_t> end_unix_nanos;
    ChunkedArray<StringCode> name;
    ChunkedArray<uint8_t> kind;
    ChunkedArray<uint8_t> status_code;
    ChunkedArray<StringCode> status_message;
    ChunkedArray<StringCode> trace_state;
    ChunkedArray<uint32_t> flags;
    ChunkedArray<uint32_t> dropped_attributes;
    ChunkedArray<uint32_t> dropped_events;
    ChunkedArray<uint32_t> dropped_links;
    ChunkedArray<uint32_t> attribute_ends;
    ChunkedArray<AttributeCode> attribute_codes;
    ChunkedArray<uint32_t> attribute_shapes;  // of the row's list: index into shapes()
    ChunkedArray<uint32_t> event_ends;
    ChunkedArray<uint32_t> link_ends;
  };

  struct Events {
    ChunkedArray<uint64_t> time_unix_nanos;
    ChunkedArray<StringCode> name;
    ChunkedArray<uint32_t> dropped_attributes;
    ChunkedArray<uint32_t> attribute_ends;
    ChunkedArray<AttributeCode> attribute_codes;
    ChunkedArray<uint32_t> attribute_shapes;  // of the row's list: index into shapes()
  };

  struct Links {
    ChunkedArray<TraceId> trace_id;
    ChunkedArray<SpanId> span_id;
    ChunkedArray<StringCode> trace_state;
    ChunkedArray<uint32_t> flags;
    ChunkedArray<uint32_t> dropped_attributes;
    ChunkedArray<uint32_t> attribute_ends;
    ChunkedArray<AttributeCode> attribute_codes;
    ChunkedArray<uint32_t> attribute_shapes;  // of the row's list: index into shapes()
  };

  Segment();

  // Appends every span of the batch and publishes it. Not concurrently with itself.
  void Append(const SpanBatch& batch);

  // Appends the trace's spans, oldest first, to `out`. False where the segment has none.
  bool FindTrace(const TraceId& id, SpanBatchBuilder& out) const;

  bool Contains(const TraceId& id) const;

  // Sets `stored` of those rows from `begin` to `end` of the batch, all of one trace, whose ids,
  // kind and start a span here has: which were sent twice.
  void FindStored(const SpanBatch& batch, uint32_t begin, uint32_t end,
                  std::vector<uint8_t>& stored) const;

  // Whether any attribute with that key, whoever owns it, has a value that passes. Looks at each
  // distinct attribute once.
  bool MayMatch(std::string_view key,
                const std::function<bool(const AttributeValue& value)>& passes) const;

  // For readers of the whole segment while it grows. Copies 4 bytes per trace under the lock.
  SegmentSnapshot TakeSnapshot() const;

  // The code of an attribute key, among those that were there at the snapshot. A hash lookup, under
  // a lock that Append takes for new keys only.
  std::optional<uint32_t> FindKey(const SegmentSnapshot& snapshot, std::string_view key) const;

  // Rows below this are complete and stay as they are.
  size_t span_count() const { return span_count_.load(std::memory_order_acquire); }
  // Number of distinct traces; only for the appender and once the segment is sealed.
  size_t trace_count() const { return traces_.size(); }
  // Bytes that the segment holds, as of the last Append.
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }
  // Earliest start and latest end of its spans, in nanoseconds since 1970; 0, 0 while none is
  // known. A start of 0 is not known: the span counts at its end.
  uint64_t min_start_unix_nanos() const { return min_start_.load(std::memory_order_relaxed); }
  uint64_t max_end_unix_nanos() const { return max_end_.load(std::memory_order_relaxed); }

  // Whether the values of this key (an index into keys()) were found to hardly repeat.
  bool IsHighCardinality(uint32_t key) const { return key_statistics_[key].high_cardinality; }

  // Whether any span, link, resource or scope has a field that vParquet4 has no column for (flags,
  // schema URLs, entity refs).
  bool has_extra_fields() const { return has_extra_fields_; }

  // The columns, for readers below the watermark.
  const Spans& spans() const { return spans_; }
  const Events& events() const { return events_; }
  const Links& links() const { return links_; }
  const ChunkedArray<Trace>& traces() const { return traces_; }
  const ChunkedArray<Resource>& resources() const { return resources_; }
  const ChunkedArray<Scope>& scopes() const { return scopes_; }
  const ChunkedArray<AttributeCode>& shared_codes() const { return shared_codes_; }
  const ChunkedArray<ListShape>& shapes() const { return shapes_; }
  const ChunkedArray<Text>& keys() const { return keys_; }
  const ChunkedArray<Attribute>& attributes() const { return attributes_; }
  std::string_view String(StringCode code) const { return strings_[code].view(); }
  std::string_view Key(const Attribute& attribute) const { return keys_[attribute.key()].view(); }
  static AttributeValue Value(const Attribute& attribute);

  // What row `row` of a table owns, given the table's ends.
  static std::pair<uint32_t, uint32_t> RangeOf(const ChunkedArray<uint32_t>& ends, size_t row) {
    return {row == 0 ? 0 : ends[row - 1], ends[row]};
  }

 private:
  class Appender;

  // How often values of a key were new, to stop looking for repetitions where there are hardly any.
  struct KeyStatistics {
    uint32_t seen = 0;
    uint32_t added = 0;
    bool high_cardinality = false;
  };

  StringCode AddString(std::string_view text);
  uint32_t AddKey(std::string_view text);
  AttributeCode AddAttribute(uint32_t key, uint64_t hash, const AttributeValue& value);
  AttributeCode AppendAttribute(uint32_t key, const AttributeValue& value);
  uint32_t AddShape(std::span<const uint32_t> words);
  uint32_t AddTrace(const TraceId& id);
  void ExtendTimes(const SpanColumns& spans);
  void UpdateMemory();
  void Publish();
  std::vector<uint32_t> RowsOf(const TraceId& id) const;
  uint32_t CopyResource(uint32_t resource, SpanBatchBuilder& out) const;
  // `resources`: rows of the segment whose copies stand in `out`, by their rows there.
  uint32_t CopyScope(uint32_t scope, NumberMap& resources, SpanBatchBuilder& out) const;
  void CopySharedCodes(uint32_t begin, uint32_t end, SpanBatchBuilder& out,
                       std::vector<AttributeCode>& codes) const;
  void CopySpan(uint32_t row, uint32_t scope, SpanBatchBuilder& out) const;
  AttributeCode CopyAttribute(AttributeCode code, SpanBatchBuilder& out) const;

  Arena arena_;
  ChunkedArray<Text> strings_;
  CodeTable string_codes_;
  ChunkedArray<Text> keys_;
  CodeTable key_codes_;           // changed with key_mutex_ held
  mutable std::mutex key_mutex_;  // guards keys_ and key_codes_ against FindKey
  std::vector<KeyStatistics> key_statistics_;
  ChunkedArray<Attribute> attributes_;
  CodeTable attribute_codes_;
  ChunkedArray<Resource> resources_;
  CodeTable resource_codes_;
  ChunkedArray<Scope> scopes_;
  CodeTable scope_codes_;
  ChunkedArray<AttributeCode> shared_codes_;  // attributes of resources and scopes
  ChunkedArray<ListShape> shapes_;
  ChunkedArray<uint32_t> shape_words_;
  CodeTable shape_codes_;
  ChunkedArray<Trace> traces_;
  CodeTable trace_codes_;
  // Of the dictionaries, with the last batch.
  struct Sizes {
    uint32_t strings = 0;
    uint32_t keys = 0;
    uint32_t attributes = 0;
  };
  Sizes published_;
  mutable std::mutex
      trace_mutex_;  // guards traces_, trace_codes_ and published_ against FindTrace and Mark
  Spans spans_;
  Events events_;
  Links links_;
  bool has_extra_fields_ = false;
  std::atomic<size_t> span_count_{0};
  std::atomic<size_t> memory_bytes_{0};
  std::atomic<uint64_t> min_start_{0};
  std::atomic<uint64_t> max_end_{0};
};

}  // namespace vivace
