// The tables of spec/api.md 3.3 and 3.4, as cases in tests/data/receive: each request in every
// encoding that its clients know.
#include <gtest/gtest.h>

#include <fstream>

#include "receive/jaeger/jaeger_json.h"
#include "receive/jaeger/jaeger_proto.h"
#include "receive/jaeger/jaeger_thrift.h"
#include "receive/jaeger_zipkin_requests_for_test.h"
#include "receive/recording_sink_for_test.h"
#include "receive/zipkin/zipkin_json.h"
#include "receive/zipkin/zipkin_proto.h"
#include "receive/zipkin/zipkin_thrift.h"

namespace vivace::testing {
namespace {

using Decode = std::function<Result<RejectedSpans>(SpanBatchBuilder& builder)>;

std::string EventsText(const SpanBatch& batch, size_t span) {
  std::string text;
  for (uint32_t row = span == 0 ? 0 : batch.spans.event_ends[span - 1];
       row < batch.spans.event_ends[span]; ++row) {
    text += fmt::format("{}{} '{}' {{{}}}", text.empty() ? "" : "; ",
                        batch.events.time_unix_nanos[row], batch.String(batch.events.name[row]),
                        AttributesText(batch, batch.events.attributes, row));
    if (const uint32_t dropped = batch.events.dropped_attributes[row]; dropped > 0)
      text += fmt::format(" dropped={}", dropped);
  }
  return text.empty() ? text : " events[" + text + "]";
}

std::string LinksText(const SpanBatch& batch, size_t span) {
  std::string text;
  for (uint32_t row = span == 0 ? 0 : batch.spans.link_ends[span - 1];
       row < batch.spans.link_ends[span]; ++row) {
    text += fmt::format(
        "{}{}/{} '{}' {{{}}}", text.empty() ? "" : "; ", ToHex(batch.links.trace_id[row].View()),
        ToHex(batch.links.span_id[row].View()), batch.String(batch.links.trace_state[row]),
        AttributesText(batch, batch.links.attributes, row));
    if (const uint32_t dropped = batch.links.dropped_attributes[row]; dropped > 0)
      text += fmt::format(" dropped={}", dropped);
  }
  return text.empty() ? text : " links[" + text + "]";
}

// A span with all that it has, as the cases write it.
std::string RowText(const SpanBatch& batch, size_t row) {
  const SpanColumns& spans = batch.spans;
  const uint32_t scope = spans.scope[row];
  const uint32_t resource = batch.scopes.resource[scope];
  const auto text = [&](StringCode code) { return batch.String(code); };
  std::string line =
      fmt::format("resource{{{}}} scope[{}@{}] {}/{}",
                  AttributesText(batch, batch.resources.attributes, resource),
                  text(batch.scopes.name[scope]), text(batch.scopes.version[scope]),
                  ToHex(spans.trace_id[row].View()), ToHex(spans.span_id[row].View()));
  if (!spans.parent_span_id[row].IsZero()) line += "<" + ToHex(spans.parent_span_id[row].View());
  line += fmt::format(" '{}' kind={} status={}'{}' {}+{}", text(spans.name[row]), spans.kind[row],
                      spans.status_code[row], text(spans.status_message[row]),
                      spans.start_unix_nanos[row],
                      spans.end_unix_nanos[row] - spans.start_unix_nanos[row]);
  if (!text(spans.trace_state[row]).empty())
    line += fmt::format(" state='{}'", text(spans.trace_state[row]));
  return line + fmt::format(" {{{}}}", AttributesText(batch, spans.attributes, row)) +
         EventsText(batch, row) + LinksText(batch, row);
}

Json Cases(const std::string& file) {
  std::ifstream in(VIVACE_SOURCE_DIR "/tests/data/receive/" + file);
  return Json::parse(in);
}

// Whether the case is about requests of that encoding.
bool Concerns(const Json& one, const std::string& encoding) {
  return !one.contains("only") || encoding.starts_with(std::string(one["only"]));
}

void Check(const Json& one, const std::string& encoding, const Decode& decode) {
  if (!Concerns(one, encoding)) return;
  SpanBatchBuilder builder;
  const Result<RejectedSpans> rejected = decode(builder);
  const std::string place = std::string(one["name"]) + ", " + encoding;
  ASSERT_TRUE(rejected.has_value()) << place << ": " << rejected.error().message;
  EXPECT_EQ(rejected->total(), one.value("refused", 0u)) << place;
  EXPECT_EQ(rejected->first_reason, one.value("reason", "")) << place;
  std::vector<std::string> rows;
  for (size_t row = 0; row < builder.batch().spans.size(); ++row)
    rows.push_back(RowText(builder.batch(), row));
  EXPECT_EQ(rows, one["rows"].get<std::vector<std::string>>()) << place;
}

TEST(Translations, OfZipkinV2) {
  for (const Json& one : Cases("zipkin_v2.json")) {
    const bool parse = one.value("parse_string_tags", false);
    Check(one, "json", [&](SpanBatchBuilder& builder) {
      return ZipkinJsonDecoder().DecodeV2(one["request"].dump(), parse, builder);
    });
    if (!Concerns(one, "protobuf")) continue;
    Check(one, "protobuf", [&](SpanBatchBuilder& builder) {
      return DecodeZipkinProto(EncodeZipkinProto(one["request"]), parse, builder);
    });
  }
}

TEST(Translations, OfZipkinV1) {
  for (const Json& one : Cases("zipkin_v1.json")) {
    Check(one, "json", [&](SpanBatchBuilder& builder) {
      return ZipkinJsonDecoder().DecodeV1(one["request"].dump(), false, builder);
    });
    if (!Concerns(one, "thrift")) continue;
    Check(one, "thrift", [&](SpanBatchBuilder& builder) {
      return DecodeZipkinThrift(EncodeZipkinThrift(one["request"]), builder);
    });
  }
}

// Kafka records: a span each, with its process.
Result<RejectedSpans> DecodeJaegerJsonSpans(const Json& request, SpanBatchBuilder& builder) {
  RejectedSpans all;
  for (const Json& span : request["spans"]) {
    const Result<RejectedSpans> rejected =
        DecodeJaegerJsonSpan(EncodeJaegerJsonSpan(request, span), builder);
    if (!rejected) return rejected;
    all.invalid_other += rejected->total();
    if (all.first_reason.empty()) all.first_reason = rejected->first_reason;
  }
  return all;
}

TEST(Translations, OfJaeger) {
  for (const Json& one : Cases("jaeger.json")) {
    const auto thrift = [&](ThriftProtocol protocol) {
      return JaegerThriftEncoder(protocol).Datagram(one);
    };
    Check(one, "thrift batch", [&](SpanBatchBuilder& builder) {
      return DecodeJaegerBatch(JaegerThriftEncoder(ThriftProtocol::kBinary).Batch(one), builder);
    });
    Check(one, "thrift binary", [&](SpanBatchBuilder& builder) {
      return DecodeJaegerDatagram(ThriftProtocol::kBinary, thrift(ThriftProtocol::kBinary),
                                  builder);
    });
    Check(one, "thrift compact", [&](SpanBatchBuilder& builder) {
      return DecodeJaegerDatagram(ThriftProtocol::kCompact, thrift(ThriftProtocol::kCompact),
                                  builder);
    });
    Check(one, "protobuf", [&](SpanBatchBuilder& builder) {
      return DecodeJaegerPostSpans(EncodeJaegerPostSpans(one), builder);
    });
    Check(one, "protobuf as JSON",
          [&](SpanBatchBuilder& builder) { return DecodeJaegerJsonSpans(one, builder); });
  }
}

// Every prefix of a good message is refused with its offset, and none crashes.
TEST(Translations, CutMessagesAreRefused) {
  const Json one = Cases("jaeger.json")[0];
  for (const ThriftProtocol protocol : {ThriftProtocol::kBinary, ThriftProtocol::kCompact}) {
    const std::string whole = JaegerThriftEncoder(protocol).Datagram(one);
    for (size_t size = 0; size < whole.size(); ++size) {
      SpanBatchBuilder builder;
      const auto decoded =
          DecodeJaegerDatagram(protocol, std::string_view(whole).substr(0, size), builder);
      ASSERT_FALSE(decoded.has_value()) << size;
      EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument) << decoded.error().message;
    }
  }
  SpanBatchBuilder builder;
  EXPECT_EQ(ZipkinJsonDecoder().DecodeV2("{}", false, builder).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ZipkinJsonDecoder().DecodeV1("[", false, builder).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(DecodeZipkinProto("\x0a\x05", false, builder).has_value());
  EXPECT_EQ(DecodeJaegerDatagram(ThriftProtocol::kBinary,
                                 std::string("\x80\x01\x00\x04\0\0\0\x01x\0\0\0\0", 13), builder)
                .error()
                .message,
            "unknown call \"x\"");
}

TEST(Translations, DeepAndWideThriftIsRefused) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += std::string("\x0c\0\x63", 3);  // structs in field 99
  SpanBatchBuilder builder;
  EXPECT_EQ(DecodeJaegerBatch(deep, builder).error().message.substr(0, 24),
            "invalid Thrift at offset");
  const std::string wide("\x0f\0\x02\x0c\x7f\xff\xff\xff",
                         8);  // a list of two thousand million spans
  EXPECT_TRUE(DecodeJaegerBatch(wide, builder)
                  .error()
                  .message.ends_with("a list claims 2147483647 elements"));
}

}  // namespace
}  // namespace vivace::testing
