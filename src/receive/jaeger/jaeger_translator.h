// JaegerTranslator: makes rows of Jaeger's spans and processes (spec/api.md 3.4.2).
//
// Where Jaeger has a tag for what spans have a field for (kind, status, trace state), the field is
// set and the tag removed. Owned by one decoding; no allocation per span once its buffers are warm.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "columns/span_batch_builder.h"
#include "receive/attribute_map.h"
#include "receive/jaeger/jaeger_span.h"
#include "receive/rejected_spans.h"

namespace vivace {

class JaegerTranslator {
 public:
  // Thrift clients know no tags for scopes and trace state: there such tags stay what they are.
  enum class Dialect : uint8_t { kThrift, kProtobuf };

  // Both must outlive the translator.
  JaegerTranslator(Dialect dialect, SpanBatchBuilder& builder, RejectedSpans& rejected)
      : dialect_(dialect), builder_(builder), rejected_(rejected) {}

  // The row of its resource.
  uint32_t AddProcess(const JaegerProcess& process);
  // Refuses the span alone where it has no usable ids.
  void AddSpan(const JaegerSpan& span, uint32_t resource);

 private:
  bool HasIds(const JaegerSpan& span);
  void LoadTags(std::span<const JaegerTag> tags);
  // Removes a tag and returns its text.
  std::string_view TakeText(std::string_view key);
  std::string_view TextOf(std::string_view key) const;
  uint8_t TakeKind();
  void TakeStatus();
  void TakeOtelStatus(const AttributeValue& code, bool is_known);
  void ReadHttpStatus(const AttributeValue& code);
  uint32_t ScopeOf(uint32_t resource);
  static SpanId ParentOf(const JaegerSpan& span);
  void AddLinks(const JaegerSpan& span);
  void AddEvents(const JaegerSpan& span);

  const Dialect dialect_;
  SpanBatchBuilder& builder_;
  RejectedSpans& rejected_;
  AttributeMap tags_;  // of the span, process or log at hand, as far as they are left
  std::string scratch_;
  std::map<std::tuple<uint32_t, std::string, std::string>, uint32_t, std::less<>>
      scopes_;  // by resource, name and version
};

}  // namespace vivace
