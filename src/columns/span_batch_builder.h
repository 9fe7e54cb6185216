// SpanBatchBuilder: fills a SpanBatch row by row and keeps its strings and attributes distinct.
//
// Call order for one batch:
//   Batch   = (AddResource AddScope* Span*)*
//   Span    = BeginSpan Attribute* (Event | Link)* (CommitSpan | RollBackSpan)
//   Event   = BeginEvent EventAttribute* EndEvent
//   Link    = BeginLink LinkAttribute* EndLink
// Attributes, events and links of a span may come in any order between BeginSpan and its end.
// Fields are written through `row()`. A batch may take several requests, one after the other: what
// one of them left behind when it turned out to be broken goes by RollBackTo. Owned by one receiver
// call at a time; Reset() reuses all memory. A repeated string or attribute costs a hash and a
// comparison.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/containers/code_table.h"
#include "columns/span_batch.h"

namespace vivace {

// The fields of a span that are not lists. Strings by code.
struct SpanRow {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = 0;
  StringCode name = 0;
  StringCode status_message = 0;
  StringCode trace_state = 0;
  uint32_t flags = 0;
  uint32_t dropped_attributes = 0;
  uint32_t dropped_events = 0;
  uint32_t dropped_links = 0;
  uint8_t kind = 0;
  uint8_t status_code = 0;
};

struct EventRow {
  uint64_t time_unix_nanos = 0;
  StringCode name = 0;
  uint32_t dropped_attributes = 0;
};

struct LinkRow {
  TraceId trace_id;
  SpanId span_id;
  StringCode trace_state = 0;
  uint32_t flags = 0;
  uint32_t dropped_attributes = 0;
};

// How far a batch was filled at some moment: rows.
struct BatchMark {
  size_t resources = 0;
  size_t scopes = 0;
  size_t spans = 0;
};

class SpanBatchBuilder {
 public:
  // Keys and string values longer than this are cut on a UTF-8 boundary and counted; 0 turns it
  // off.
  explicit SpanBatchBuilder(size_t attribute_bytes_max = 0);

  // Starts a new batch.
  void Reset();
  // The same with another limit.
  void Reset(size_t attribute_bytes_max) {
    attribute_bytes_max_ = attribute_bytes_max;
    Reset();
  }
  // The batch as it stands. Valid until Reset().
  SpanBatch& batch() { return batch_; }
  const SpanBatch& batch() const { return batch_; }
  // Tells the batch from all others of the process: another one after each Reset() and Take().
  uint64_t batch_number() const { return batch_number_; }
  // Moves the batch out and starts a new one: in the memory of `recycled`, if it has any, else with
  // room for one of the same size.
  SpanBatch Take(SpanBatch recycled = {});

  StringCode AddString(std::string_view text);
  // The code of the attribute; equal attributes get the same code. `value.text` is copied on first
  // sight only.
  AttributeCode AddAttribute(std::string_view key, const AttributeValue& value);
  // A new code, for callers that look for repetitions themselves.
  AttributeCode AppendAttribute(std::string_view key, const AttributeValue& value);

  // Rows of resources and scopes are appended as they come; the caller may keep the returned row
  // and use it again.
  uint32_t AddResource(std::span<const AttributeCode> attributes, uint32_t dropped_attributes,
                       std::string_view schema_url, std::string_view entity_refs = {});
  uint32_t AddScope(uint32_t resource, std::string_view name, std::string_view version,
                    std::span<const AttributeCode> attributes, uint32_t dropped_attributes,
                    std::string_view schema_url);

  void BeginSpan();
  SpanRow& row() { return row_; }
  void SpanAttribute(AttributeCode code) { batch_.spans.attributes.codes.push_back(code); }
  void BeginEvent() { event_ = EventRow{}; }
  EventRow& event() { return event_; }
  void EventAttribute(AttributeCode code) { batch_.events.attributes.codes.push_back(code); }
  void EndEvent();
  void BeginLink() { link_ = LinkRow{}; }
  LinkRow& link() { return link_; }
  void LinkAttribute(AttributeCode code) { batch_.links.attributes.codes.push_back(code); }
  void EndLink();
  // Appends the span to the table; `scope` is a row of AddScope.
  void CommitSpan(uint32_t scope);
  // Forgets the span since BeginSpan. Its strings stay in the dictionaries.
  void RollBackSpan();

  // Between spans.
  BatchMark Mark() const;
  // Forgets all rows since then, also those of a span that was begun. Strings and attributes stay
  // in the dictionaries.
  void RollBackTo(const BatchMark& mark);

  // Attributes (occurrences, not distinct ones) that were cut by the limit, among those of
  // committed rows since `mark`.
  uint64_t CountTruncated(const BatchMark& mark = {}) const;

 private:
  // A key and value cut to the limit.
  struct Cut {
    std::string_view key;
    AttributeValue value;
    bool truncated = false;
  };
  Cut CutToLimit(std::string_view key, const AttributeValue& value) const;
  AttributeCode AppendEntry(StringCode key, const Cut& cut);
  StringRef AppendBytes(std::string_view text);
  size_t attribute_bytes_max_;
  bool has_truncated_ = false;
  uint64_t batch_number_;
  SpanBatch batch_;
  CodeTable string_codes_;
  CodeTable attribute_codes_;
  SpanRow row_;
  EventRow event_;
  LinkRow link_;
};

// Cuts `text` to at most `bytes_max` bytes without splitting a UTF-8 sequence.
std::string_view TruncateUtf8(std::string_view text, size_t bytes_max);

// Appends every span of `from` to `into`, with its resource, scope, events and links.
void AppendBatch(const SpanBatch& from, SpanBatchBuilder& into);
// Appends the given rows of `from` likewise. Its dictionaries and tables of resources and scopes
// are copied whole.
void AppendSpans(const SpanBatch& from, std::span<const uint32_t> rows, SpanBatchBuilder& into);
// A batch of those spans of `from` for which `is_left_out(row)` is false.
template <typename IsLeftOut>
SpanBatch Without(const SpanBatch& from, const IsLeftOut& is_left_out) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < from.spans.size(); ++row) {
    if (!is_left_out(row)) rows.push_back(row);
  }
  SpanBatchBuilder builder;
  AppendSpans(from, rows, builder);
  return builder.Take();
}

}  // namespace vivace
