// Decodes an OTLP ExportTraceServiceRequest in protobuf straight into the columns of a SpanBatch: a
// pull parser, no message objects.
//
// Most attributes, resources and scopes of a request repeat byte for byte, so their raw bytes are
// looked up first; only what is new is parsed and copied. Spans that can't be stored are refused
// one by one. Source: opentelemetry-proto trace/v1, spec/api.md 2.4. One decoder per thread, reused
// from request to request; about 0.3 microseconds per span of 14 attributes.
#pragma once

#include <string_view>
#include <vector>

#include "base/containers/code_table.h"
#include "base/result.h"
#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"
#include "receive/wire/element_limit.h"

namespace vivace {

class OtlpProtobufDecoder {
 public:
  // Appends the request's spans to `builder`. INVALID_ARGUMENT with the place where the encoding is
  // broken; `builder` then holds leftovers and must be rolled back. `body` must stay until the
  // batch has been taken from the builder: the next request of the same batch may repeat its bytes.
  Status Decode(std::string_view body, SpanBatchBuilder& builder, RejectedSpans& rejected);

 private:
  // Raw bytes already seen in this batch and the row or code that they became.
  class RawCodes {
   public:
    template <typename Append>
    uint32_t FindOrAppend(std::string_view raw, uint64_t seed, Append&& append);
    void Clear();

   private:
    struct Entry {
      std::string_view raw;
      uint64_t seed;
      uint32_t code;
    };
    CodeTable table_;
    std::vector<Entry> entries_;
  };

  void ForgetAll();
  Status DecodeRequest(std::string_view body);
  void DecodeResourceSpans(std::string_view message);
  void DecodeScopeSpans(std::string_view message, uint32_t resource);
  void DecodeSpan(std::string_view message, uint32_t scope);
  void DecodeEvent(std::string_view message);
  void DecodeLink(std::string_view message);
  void DecodeStatus(std::string_view message);
  uint32_t ResourceRow(std::string_view message, std::string_view schema_url);
  uint32_t ScopeRow(uint32_t resource, std::string_view message, std::string_view schema_url);
  AttributeCode Attribute(std::string_view key_value);
  void Reject(RejectKind kind, std::string reason);

  SpanBatchBuilder* builder_ = nullptr;
  uint64_t batch_number_ = 0;  // to which the raw codes belong; 0: to none
  RejectedSpans* rejected_ = nullptr;
  RawCodes attributes_;
  RawCodes resources_;
  RawCodes scopes_;
  std::vector<AttributeCode> codes_;  // scratch: the attributes of the resource or scope at hand
  bool span_rejected_ = false;
  ElementLimit elements_{0};  // of the request
};

// Decodes with buffers that the calling thread keeps.
Result<RejectedSpans> DecodeOtlpProtobuf(std::string_view body, SpanBatchBuilder& builder);

}  // namespace vivace
