// ZipkinTranslator: makes rows of Zipkin's v2 spans (spec/api.md 3.3.2).
//
// Spans of a request are grouped by service and library, since resources and scopes come before
// their spans. Where Zipkin has a tag for what OTLP has a field for, the field is set and the tag
// removed. Unlike Tempo, tags that describe the resource are not lost on later spans: what differs
// from the resource's stays with the span. Owned by one decoding at a time; its buffers serve the
// next one.
#pragma once

#include <string>
#include <vector>

#include "columns/span_batch_builder.h"
#include "receive/attribute_map.h"
#include "receive/rejected_spans.h"
#include "receive/wire/json_reader.h"
#include "receive/zipkin/zipkin_span.h"

namespace vivace {

class ZipkinTranslator {
 public:
  // `parse_string_tags`: tags that read as numbers and booleans become such.
  void Begin(bool parse_string_tags) {
    count_ = 0;
    parse_string_tags_ = parse_string_tags;
  }
  // A new, cleared span to be filled; valid until the next call.
  ZipkinSpan& Next();
  // Discards the span that Next returned last.
  void DropLast() { --count_; }
  // Appends all spans. The request that they view must still be there.
  void Finish(SpanBatchBuilder& builder);

 private:
  void AddGroup(size_t begin, size_t end);
  uint32_t AddResource(const ZipkinSpan& first);
  uint32_t AddScope(const ZipkinSpan& first, uint32_t resource);
  void AddSpan(const ZipkinSpan& span, uint32_t scope);
  void LoadTags(const ZipkinSpan& span);
  bool IsResourceTag(const ZipkinTag& tag) const;
  std::string_view Take(std::string_view key);
  void AddAttributes(const ZipkinSpan& span);
  void TakeKind(const ZipkinSpan& span);
  void TakeStatus();
  void TakeLinks();
  bool ReadAttributes(std::string_view json);
  bool AddLink(std::string_view text);
  void AddEvent(const ZipkinAnnotation& annotation);
  void AddEndpoint(const ZipkinEndpoint& endpoint, std::string_view name_key,
                   std::string_view ip_key, std::string_view port_key);

  SpanBatchBuilder* builder_ = nullptr;
  bool parse_string_tags_ = false;
  std::vector<ZipkinSpan> spans_;
  size_t count_ = 0;  // of spans_ in use
  std::vector<uint32_t> order_;
  std::vector<std::string_view> libraries_;  // by span
  std::vector<ZipkinTag> tags_;              // of the span at hand, as far as they are left
  std::vector<ZipkinTag> resource_tags_;     // of the group at hand
  AttributeMap attributes_;                  // of the resource or span at hand
  std::vector<AttributeCode> codes_;
  JsonReader json_;
};

}  // namespace vivace
