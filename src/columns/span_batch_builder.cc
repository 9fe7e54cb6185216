#include "columns/span_batch_builder.h"

#include <atomic>
#include <utility>

#include "base/hash/fast_hash.h"
#include "columns/attribute_hash.h"

namespace vivace {
namespace {

void CopyRow(const AttributeLists& from, size_t row, const std::vector<AttributeCode>& codes,
             std::vector<AttributeCode>& into) {
  for (const AttributeCode code : from.Row(row)) into.push_back(codes[code]);
}

uint64_t NextBatchNumber() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

uint32_t EndOf(const std::vector<uint32_t>& ends, size_t rows) {
  return rows == 0 ? 0 : ends[rows - 1];
}

// In the lists from row `begin` on.
uint64_t CountTruncatedIn(const SpanBatch& batch, const AttributeLists& lists, size_t begin) {
  uint64_t count = 0;
  for (size_t i = EndOf(lists.ends, begin); i < lists.codes.size(); ++i)
    count += batch.attributes[lists.codes[i]].truncated;
  return count;
}

void CutLists(AttributeLists& lists, size_t rows) {
  lists.ends.resize(rows);
  lists.codes.resize(EndOf(lists.ends, rows));
}

template <typename... Columns>
void CutColumns(size_t rows, Columns&... columns) {
  (columns.resize(rows), ...);
}

void Reserve(const AttributeLists& like, AttributeLists& lists) {
  lists.ends.reserve(like.ends.size());
  lists.codes.reserve(like.codes.size());
}

// Requests of one sender resemble each other: room for the next one in a single step per column
// instead of by doubling.
void ReserveLike(const SpanBatch& like, SpanBatch& batch) {
  batch.bytes.reserve(like.bytes.size());
  batch.strings.reserve(like.strings.size());
  batch.attributes.reserve(like.attributes.size());
  SpanColumns& spans = batch.spans;
  const auto reserve = [](size_t rows, auto&... columns) { (columns.reserve(rows), ...); };
  reserve(like.spans.size(), spans.scope, spans.trace_id, spans.span_id, spans.parent_span_id,
          spans.start_unix_nanos, spans.end_unix_nanos, spans.name, spans.kind, spans.status_code,
          spans.status_message, spans.trace_state, spans.flags, spans.dropped_attributes,
          spans.dropped_events, spans.dropped_links, spans.event_ends, spans.link_ends);
  Reserve(like.spans.attributes, spans.attributes);
  reserve(like.events.size(), batch.events.time_unix_nanos, batch.events.name,
          batch.events.dropped_attributes);
  Reserve(like.events.attributes, batch.events.attributes);
}

// Copies batches code by code: maps the codes of one batch to those of another.
class BatchCopier {
 public:
  BatchCopier(const SpanBatch& from, SpanBatchBuilder& into) : from_(from), into_(into) {
    for (AttributeCode code = 0; code < from.attributes.size(); ++code) {
      attributes_.push_back(into.AddAttribute(from.AttributeKey(code), from.Value(code)));
    }
    CopyResources();
    CopyScopes();
  }

  void CopySpan(size_t row) {
    const SpanColumns& spans = from_.spans;
    into_.BeginSpan();
    into_.row() =
        SpanRow{.trace_id = spans.trace_id[row],
                .span_id = spans.span_id[row],
                .parent_span_id = spans.parent_span_id[row],
                .start_unix_nanos = spans.start_unix_nanos[row],
                .end_unix_nanos = spans.end_unix_nanos[row],
                .name = into_.AddString(from_.String(spans.name[row])),
                .status_message = into_.AddString(from_.String(spans.status_message[row])),
                .trace_state = into_.AddString(from_.String(spans.trace_state[row])),
                .flags = spans.flags[row],
                .dropped_attributes = spans.dropped_attributes[row],
                .dropped_events = spans.dropped_events[row],
                .dropped_links = spans.dropped_links[row],
                .kind = spans.kind[row],
                .status_code = spans.status_code[row]};
    for (const AttributeCode code : spans.attributes.Row(row))
      into_.SpanAttribute(attributes_[code]);
    CopyEvents(row);
    CopyLinks(row);
    into_.CommitSpan(scopes_[spans.scope[row]]);
  }

 private:
  void CopyResources() {
    for (size_t row = 0; row < from_.resources.size(); ++row) {
      std::vector<AttributeCode> codes;
      CopyRow(from_.resources.attributes, row, attributes_, codes);
      resources_.push_back(into_.AddResource(codes, from_.resources.dropped_attributes[row],
                                             from_.String(from_.resources.schema_url[row]),
                                             from_.String(from_.resources.entity_refs[row])));
    }
  }

  void CopyScopes() {
    const ScopeColumns& scopes = from_.scopes;
    for (size_t row = 0; row < scopes.size(); ++row) {
      std::vector<AttributeCode> codes;
      CopyRow(scopes.attributes, row, attributes_, codes);
      scopes_.push_back(
          into_.AddScope(resources_[scopes.resource[row]], from_.String(scopes.name[row]),
                         from_.String(scopes.version[row]), codes, scopes.dropped_attributes[row],
                         from_.String(scopes.schema_url[row])));
    }
  }

  void CopyEvents(size_t span) {
    const auto [begin, end] = from_.EventsOf(span);
    for (uint32_t row = begin; row < end; ++row) {
      into_.BeginEvent();
      into_.event() = EventRow{from_.events.time_unix_nanos[row],
                               into_.AddString(from_.String(from_.events.name[row])),
                               from_.events.dropped_attributes[row]};
      for (const AttributeCode code : from_.events.attributes.Row(row))
        into_.EventAttribute(attributes_[code]);
      into_.EndEvent();
    }
  }

  void CopyLinks(size_t span) {
    const LinkColumns& links = from_.links;
    const auto [begin, end] = from_.LinksOf(span);
    for (uint32_t row = begin; row < end; ++row) {
      into_.BeginLink();
      into_.link() = LinkRow{links.trace_id[row], links.span_id[row],
                             into_.AddString(from_.String(links.trace_state[row])),
                             links.flags[row], links.dropped_attributes[row]};
      for (const AttributeCode code : links.attributes.Row(row))
        into_.LinkAttribute(attributes_[code]);
      into_.EndLink();
    }
  }

  const SpanBatch& from_;
  SpanBatchBuilder& into_;
  std::vector<AttributeCode> attributes_;
  std::vector<uint32_t> resources_;
  std::vector<uint32_t> scopes_;
};

}  // namespace

SpanBatchBuilder::SpanBatchBuilder(size_t attribute_bytes_max)
    : attribute_bytes_max_(attribute_bytes_max), batch_number_(NextBatchNumber()) {}

void SpanBatchBuilder::Reset() {
  batch_.Clear();
  string_codes_.Clear();
  attribute_codes_.Clear();
  has_truncated_ = false;
  batch_number_ = NextBatchNumber();
}

SpanBatch SpanBatchBuilder::Take(SpanBatch recycled) {
  SpanBatch taken = std::exchange(batch_, std::move(recycled));
  if (batch_.spans.trace_id.capacity() == 0) ReserveLike(taken, batch_);
  Reset();
  return taken;
}

StringRef SpanBatchBuilder::AppendBytes(std::string_view text) {
  const StringRef ref{static_cast<uint32_t>(batch_.bytes.size()),
                      static_cast<uint32_t>(text.size())};
  batch_.bytes.append(text);
  return ref;
}

StringCode SpanBatchBuilder::AddString(std::string_view text) {
  if (text.empty()) return 0;
  return string_codes_.FindOrAppend(
      FastHash(text), [&](uint32_t code) { return batch_.String(code) == text; },
      [&] {
        batch_.strings.push_back(AppendBytes(text));
        return static_cast<uint32_t>(batch_.strings.size() - 1);
      });
}

SpanBatchBuilder::Cut SpanBatchBuilder::CutToLimit(std::string_view key,
                                                   const AttributeValue& value) const {
  Cut cut{key, value};
  if (attribute_bytes_max_ == 0) return cut;
  cut.key = TruncateUtf8(key, attribute_bytes_max_);
  if (value.kind == ValueKind::kString)
    cut.value.text = TruncateUtf8(value.text, attribute_bytes_max_);
  cut.truncated = cut.key.size() != key.size() || cut.value.text.size() != value.text.size();
  return cut;
}

AttributeCode SpanBatchBuilder::AppendEntry(StringCode key, const Cut& cut) {
  AttributeEntry entry{
      .key = key, .kind = cut.value.kind, .truncated = cut.truncated, .payload = cut.value.bits};
  has_truncated_ |= cut.truncated;
  if (cut.value.HasText()) entry.SetText(AppendBytes(cut.value.text));
  batch_.attributes.push_back(entry);
  return static_cast<AttributeCode>(batch_.attributes.size() - 1);
}

AttributeCode SpanBatchBuilder::AppendAttribute(std::string_view key, const AttributeValue& value) {
  const Cut cut = CutToLimit(key, value);
  return AppendEntry(AddString(cut.key), cut);
}

AttributeCode SpanBatchBuilder::AddAttribute(std::string_view key, const AttributeValue& value) {
  const Cut cut = CutToLimit(key, value);
  const StringCode key_code = AddString(cut.key);
  return attribute_codes_.FindOrAppend(
      HashAttribute(key_code, cut.value),
      [&](uint32_t code) {
        const AttributeEntry& entry = batch_.attributes[code];
        return entry.key == key_code && entry.truncated == uint8_t{cut.truncated} &&
               batch_.Value(code) == cut.value;
      },
      [&] { return AppendEntry(key_code, cut); });
}

uint32_t SpanBatchBuilder::AddResource(std::span<const AttributeCode> attributes,
                                       uint32_t dropped_attributes, std::string_view schema_url,
                                       std::string_view entity_refs) {
  ResourceColumns& resources = batch_.resources;
  resources.schema_url.push_back(AddString(schema_url));
  resources.entity_refs.push_back(AddString(entity_refs));
  resources.dropped_attributes.push_back(dropped_attributes);
  resources.attributes.codes.insert(resources.attributes.codes.end(), attributes.begin(),
                                    attributes.end());
  resources.attributes.EndRow();
  return static_cast<uint32_t>(resources.size() - 1);
}

uint32_t SpanBatchBuilder::AddScope(uint32_t resource, std::string_view name,
                                    std::string_view version,
                                    std::span<const AttributeCode> attributes,
                                    uint32_t dropped_attributes, std::string_view schema_url) {
  ScopeColumns& scopes = batch_.scopes;
  scopes.resource.push_back(resource);
  scopes.name.push_back(AddString(name));
  scopes.version.push_back(AddString(version));
  scopes.schema_url.push_back(AddString(schema_url));
  scopes.dropped_attributes.push_back(dropped_attributes);
  scopes.attributes.codes.insert(scopes.attributes.codes.end(), attributes.begin(),
                                 attributes.end());
  scopes.attributes.EndRow();
  return static_cast<uint32_t>(scopes.size() - 1);
}

void SpanBatchBuilder::BeginSpan() { row_ = SpanRow{}; }

void SpanBatchBuilder::EndEvent() {
  EventColumns& events = batch_.events;
  events.time_unix_nanos.push_back(event_.time_unix_nanos);
  events.name.push_back(event_.name);
  events.dropped_attributes.push_back(event_.dropped_attributes);
  events.attributes.EndRow();
}

void SpanBatchBuilder::EndLink() {
  LinkColumns& links = batch_.links;
  links.trace_id.push_back(link_.trace_id);
  links.span_id.push_back(link_.span_id);
  links.trace_state.push_back(link_.trace_state);
  links.flags.push_back(link_.flags);
  links.dropped_attributes.push_back(link_.dropped_attributes);
  links.attributes.EndRow();
}

void SpanBatchBuilder::CommitSpan(uint32_t scope) {
  SpanColumns& spans = batch_.spans;
  spans.scope.push_back(scope);
  spans.trace_id.push_back(row_.trace_id);
  spans.span_id.push_back(row_.span_id);
  spans.parent_span_id.push_back(row_.parent_span_id);
  spans.start_unix_nanos.push_back(row_.start_unix_nanos);
  spans.end_unix_nanos.push_back(row_.end_unix_nanos);
  spans.name.push_back(row_.name);
  spans.kind.push_back(row_.kind);
  spans.status_code.push_back(row_.status_code);
  spans.status_message.push_back(row_.status_message);
  spans.trace_state.push_back(row_.trace_state);
  spans.flags.push_back(row_.flags);
  spans.dropped_attributes.push_back(row_.dropped_attributes);
  spans.dropped_events.push_back(row_.dropped_events);
  spans.dropped_links.push_back(row_.dropped_links);
  spans.attributes.EndRow();
  spans.event_ends.push_back(static_cast<uint32_t>(batch_.events.size()));
  spans.link_ends.push_back(static_cast<uint32_t>(batch_.links.size()));
}

void SpanBatchBuilder::RollBackSpan() {
  CutLists(batch_.spans.attributes, batch_.spans.size());
  EventColumns& events = batch_.events;
  const uint32_t event_count = EndOf(batch_.spans.event_ends, batch_.spans.size());
  CutColumns(event_count, events.time_unix_nanos, events.name, events.dropped_attributes);
  CutLists(events.attributes, event_count);
  LinkColumns& links = batch_.links;
  const uint32_t link_count = EndOf(batch_.spans.link_ends, batch_.spans.size());
  CutColumns(link_count, links.trace_id, links.span_id, links.trace_state, links.flags,
             links.dropped_attributes);
  CutLists(links.attributes, link_count);
}

BatchMark SpanBatchBuilder::Mark() const {
  return {batch_.resources.size(), batch_.scopes.size(), batch_.spans.size()};
}

void SpanBatchBuilder::RollBackTo(const BatchMark& mark) {
  ResourceColumns& resources = batch_.resources;
  CutColumns(mark.resources, resources.schema_url, resources.entity_refs,
             resources.dropped_attributes);
  CutLists(resources.attributes, mark.resources);
  ScopeColumns& scopes = batch_.scopes;
  CutColumns(mark.scopes, scopes.resource, scopes.name, scopes.version, scopes.schema_url,
             scopes.dropped_attributes);
  CutLists(scopes.attributes, mark.scopes);
  SpanColumns& spans = batch_.spans;
  CutColumns(mark.spans, spans.scope, spans.trace_id, spans.span_id, spans.parent_span_id,
             spans.start_unix_nanos, spans.end_unix_nanos, spans.name, spans.kind,
             spans.status_code, spans.status_message, spans.trace_state, spans.flags,
             spans.dropped_attributes, spans.dropped_events, spans.dropped_links, spans.event_ends,
             spans.link_ends);
  RollBackSpan();
}

uint64_t SpanBatchBuilder::CountTruncated(const BatchMark& mark) const {
  if (!has_truncated_) return 0;
  const SpanColumns& spans = batch_.spans;
  return CountTruncatedIn(batch_, batch_.resources.attributes, mark.resources) +
         CountTruncatedIn(batch_, batch_.scopes.attributes, mark.scopes) +
         CountTruncatedIn(batch_, spans.attributes, mark.spans) +
         CountTruncatedIn(batch_, batch_.events.attributes, EndOf(spans.event_ends, mark.spans)) +
         CountTruncatedIn(batch_, batch_.links.attributes, EndOf(spans.link_ends, mark.spans));
}

std::string_view TruncateUtf8(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && bytes_max - end < 3 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  if ((static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) end = bytes_max;  // not UTF-8: a plain cut
  return text.substr(0, end);
}

void AppendBatch(const SpanBatch& from, SpanBatchBuilder& into) {
  BatchCopier copier(from, into);
  for (size_t row = 0; row < from.spans.size(); ++row) copier.CopySpan(row);
}

void AppendSpans(const SpanBatch& from, std::span<const uint32_t> rows, SpanBatchBuilder& into) {
  BatchCopier copier(from, into);
  for (const uint32_t row : rows) copier.CopySpan(row);
}

}  // namespace vivace
