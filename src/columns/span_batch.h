// SpanBatch: the spans of one request (or of one answer) as columns. The vocabulary that all of
// Vivace speaks.
//
// A receiver fills a batch straight from the wire; the WAL writes its arrays as they are; a segment
// appends it; trace lookups yield one, and the API turns it into JSON or protobuf. Resources,
// scopes, spans, events and links are tables that refer to each other by index; strings and
// attributes (key and value together) are kept once per batch and referred to by code. A value:
// owned by whoever holds it, one thread at a time. Clear() keeps the memory for the next request.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers/string_ref.h"
#include "base/ids.h"

namespace vivace {

using StringCode = uint32_t;     // index into SpanBatch::strings; 0 is the empty string
using AttributeCode = uint32_t;  // index into SpanBatch::attributes

enum class ValueKind : uint8_t {
  kEmpty = 0,  // an AnyValue without content
  kString = 1,
  kBool = 2,
  kInt = 3,
  kDouble = 4,
  kBytes = 5,
  kArray = 6,         // text holds an encoded opentelemetry ArrayValue message
  kKeyValueList = 7,  // text holds an encoded opentelemetry KeyValueList message
};

// One attribute value, a view: `text` for string, bytes, array and key-value list, `bits` for the
// scalars.
struct AttributeValue {
  ValueKind kind = ValueKind::kEmpty;
  std::string_view text;
  uint64_t bits = 0;  // bool: 0 or 1; int: two's complement; double: IEEE 754

  static AttributeValue String(std::string_view text) { return {ValueKind::kString, text, 0}; }
  static AttributeValue Bool(bool value) { return {ValueKind::kBool, {}, value ? 1u : 0u}; }
  static AttributeValue Int(int64_t value) {
    return {ValueKind::kInt, {}, static_cast<uint64_t>(value)};
  }
  static AttributeValue Double(double value);
  static AttributeValue Bytes(std::string_view raw) { return {ValueKind::kBytes, raw, 0}; }
  static AttributeValue Array(std::string_view encoded) { return {ValueKind::kArray, encoded, 0}; }
  // Values of one key (repeated_values.h); only in columns of views.
  static AttributeValue Several(std::string_view encoded) {
    return {ValueKind::kArray, encoded, 1};
  }
  static AttributeValue KeyValueList(std::string_view encoded) {
    return {ValueKind::kKeyValueList, encoded, 0};
  }

  bool HasText() const { return kind == ValueKind::kString || kind >= ValueKind::kBytes; }
  bool IsSeveral() const { return kind == ValueKind::kArray && bits != 0; }
  int64_t AsInt() const { return static_cast<int64_t>(bits); }
  double AsDouble() const;
  friend bool operator==(const AttributeValue&, const AttributeValue&) = default;
};

// One distinct attribute of a batch.
struct AttributeEntry {
  StringCode key = 0;
  ValueKind kind = ValueKind::kEmpty;
  uint8_t truncated = 0;  // 1 where max_attribute_bytes cut the key or the value
  uint16_t reserved = 0;
  uint64_t payload = 0;  // kinds with text: a packed StringRef; scalars: the bits

  StringRef text() const {
    return {static_cast<uint32_t>(payload), static_cast<uint32_t>(payload >> 32)};
  }
  void SetText(StringRef ref) { payload = uint64_t{ref.size} << 32 | ref.offset; }
  // Bytes of the text, 0 for scalars.
  uint32_t TextSize() const { return HasText(kind) ? text().size : 0; }
  static bool HasText(ValueKind kind) {
    return kind == ValueKind::kString || kind >= ValueKind::kBytes;
  }
};
static_assert(sizeof(AttributeEntry) == 16);

// The attribute codes of a table's rows, one row after the other: row i owns codes[ends[i-1] ..
// ends[i]).
struct AttributeLists {
  std::vector<uint32_t> ends;
  std::vector<AttributeCode> codes;

  std::span<const AttributeCode> Row(size_t row) const {
    const uint32_t begin = row == 0 ? 0 : ends[row - 1];
    return {codes.data() + begin, ends[row] - begin};
  }
  void EndRow() { ends.push_back(static_cast<uint32_t>(codes.size())); }
};

struct ResourceColumns {
  std::vector<StringCode> schema_url;
  std::vector<StringCode> entity_refs;  // the encoded entity_refs fields of the Resource message,
                                        // one after the other; mostly empty
  std::vector<uint32_t> dropped_attributes;
  AttributeLists attributes;
  size_t size() const { return schema_url.size(); }
};

struct ScopeColumns {
  std::vector<uint32_t> resource;  // row of ResourceColumns
  std::vector<StringCode> name;
  std::vector<StringCode> version;
  std::vector<StringCode> schema_url;
  std::vector<uint32_t> dropped_attributes;
  AttributeLists attributes;
  size_t size() const { return resource.size(); }
};

struct SpanColumns {
  std::vector<uint32_t> scope;  // row of ScopeColumns
  std::vector<TraceId> trace_id;
  std::vector<SpanId> span_id;
  std::vector<SpanId> parent_span_id;  // all zero: none
  std::vector<uint64_t> start_unix_nanos;
  std::vector<uint64_t> end_unix_nanos;
  std::vector<StringCode> name;
  std::vector<uint8_t> kind;         // OTLP's numbers
  std::vector<uint8_t> status_code;  // OTLP's numbers
  std::vector<StringCode> status_message;
  std::vector<StringCode> trace_state;
  std::vector<uint32_t> flags;
  std::vector<uint32_t> dropped_attributes;
  std::vector<uint32_t> dropped_events;
  std::vector<uint32_t> dropped_links;
  AttributeLists attributes;
  std::vector<uint32_t> event_ends;  // span i owns events [event_ends[i-1], event_ends[i])
  std::vector<uint32_t> link_ends;
  size_t size() const { return trace_id.size(); }
};

struct EventColumns {
  std::vector<uint64_t> time_unix_nanos;
  std::vector<StringCode> name;
  std::vector<uint32_t> dropped_attributes;
  AttributeLists attributes;
  size_t size() const { return time_unix_nanos.size(); }
};

struct LinkColumns {
  std::vector<TraceId> trace_id;  // all zero: none
  std::vector<SpanId> span_id;
  std::vector<StringCode> trace_state;
  std::vector<uint32_t> flags;
  std::vector<uint32_t> dropped_attributes;
  AttributeLists attributes;
  size_t size() const { return trace_id.size(); }
};

struct SpanBatch {
  std::string bytes;  // what strings and attribute texts refer to
  std::vector<StringRef> strings{StringRef{}};
  std::vector<AttributeEntry> attributes;
  ResourceColumns resources;
  ScopeColumns scopes;
  SpanColumns spans;
  EventColumns events;
  LinkColumns links;

  std::string_view String(StringCode code) const { return Text(strings[code]); }
  std::string_view Text(StringRef ref) const { return {bytes.data() + ref.offset, ref.size}; }
  std::string_view AttributeKey(AttributeCode code) const { return String(attributes[code].key); }
  AttributeValue Value(AttributeCode code) const {
    const AttributeEntry& entry = attributes[code];
    if (AttributeEntry::HasText(entry.kind)) return {entry.kind, Text(entry.text()), 0};
    return {entry.kind, {}, entry.payload};
  }

  // Rows of the events and links of span `row`, as [begin, end).
  std::pair<uint32_t, uint32_t> EventsOf(size_t row) const;
  std::pair<uint32_t, uint32_t> LinksOf(size_t row) const;

  // Forgets everything, keeps the capacity.
  void Clear();
  // Bytes that the arrays hold, roughly (for limits and accounting).
  size_t MemoryBytes() const;

  static constexpr size_t kBytesPerSpan = 94;  // the fixed columns of a row
  static constexpr size_t kBytesPerEvent = 16;
  static constexpr size_t kBytesPerLink = 36;
};

}  // namespace vivace
