#include <fmt/format.h>

#include "api/http_responses.h"
#include "api/parameters/trace_parameters.h"
#include "api/responses/trace_json.h"
#include "api/responses/trace_llm_json.h"
#include "api/responses/trace_protobuf.h"
#include "api/routes/routes.h"
#include "columns/span_batch_builder.h"
#include "query/combine.h"
#include "query/trace_lookup.h"

namespace vivace {
namespace {

enum class Version { kV1, kV2 };

constexpr int kPartialContent = 206;

// A trace with parts in two tenants is one trace.
TraceResult CombinedResult(const TraceResult& a, const TraceResult& b) {
  SpanBatchBuilder builder;
  AppendBatch(a.spans, builder);
  AppendBatch(b.spans, builder);
  return TraceResult{.spans = builder.Take(),
                     .inspected_bytes = a.inspected_bytes + b.inspected_bytes,
                     .is_partial = a.is_partial || b.is_partial,
                     .message = a.message.empty() ? b.message : a.message};
}

Result<TraceResult> FindInAll(TraceLookup& lookup, const std::vector<std::string>& tenants,
                              TraceRequest request) {
  Result<TraceResult> found = Fail(ErrorCode::kNotFound, "trace not found");
  for (const std::string& tenant : tenants) {
    request.tenant = tenant;
    Result<TraceResult> part = lookup.Find(request);
    if (!part && part.error().code == ErrorCode::kNotFound) continue;
    if (!part) return part;
    found = found ? CombinedResult(*found, *part) : std::move(*part);
  }
  return found;
}

HttpResponse Encoded(std::string_view content_type, std::string body) {
  return HttpResponse{200, {{"content-type", std::string(content_type)}}, std::move(body)};
}

HttpResponse AnswerV1(ResponseFormat format, const SpanBatch& batch,
                      std::span<const uint32_t> rows) {
  if (format == ResponseFormat::kProtobuf)
    return Encoded("application/protobuf", TraceToProtobuf(batch, rows));
  const bool is_llm = format == ResponseFormat::kLlm;  // the same JSON under another name
  return Encoded(is_llm ? "application/vnd.grafana.llm" : "application/json",
                 TraceToJsonV1(batch, rows));
}

HttpResponse AnswerV2(ResponseFormat format, const SpanBatch& batch, std::span<const uint32_t> rows,
                      const TraceResponseInfo& info) {
  switch (format) {
    case ResponseFormat::kProtobuf:
      return Encoded("application/protobuf", TraceByIdResponseToProtobuf(batch, rows, info));
    case ResponseFormat::kLlm:
      return Encoded("application/vnd.grafana.llm+json", TraceToLlmJson(batch, rows, info));
    default:
      return Encoded("application/json", TraceToJsonV2(batch, rows, info));
  }
}

Result<HttpResponse> AnswerTrace(TraceLookup& lookup, Version version, const ApiRequest& request,
                                 uint64_t& inspected_bytes) {
  VIVACE_ASSIGN(TraceRequest wanted, ParseTraceRequest(request));
  wanted.allow_partial = version == Version::kV2;
  Result<TraceResult> found = FindInAll(lookup, request.tenants, wanted);
  inspected_bytes = found ? found->inspected_bytes : 0;
  const bool is_missing = found ? found->spans.spans.size() == 0 && !found->is_partial
                                : found.error().code == ErrorCode::kNotFound;
  if (is_missing && version == Version::kV1) return EmptyResponse(404);
  if (is_missing && !found) found = TraceResult{};
  if (!found) return std::unexpected(found.error());
  const std::vector<uint32_t> rows = CombineTrace(found->spans);
  const ResponseFormat format = NegotiateFormat(request.http.headers);
  HttpResponse response =
      version == Version::kV1
          ? AnswerV1(format, found->spans, rows)
          : AnswerV2(format, found->spans, rows,
                     TraceResponseInfo{found->inspected_bytes, found->is_partial, found->message});
  // The first version's answer has no place for it, and must not look whole to any client.
  if (version == Version::kV1 && found->is_partial) response.status = kPartialContent;
  return MarkPartial(std::move(response), found->message);
}

}  // namespace

void AddTraceByIdRoutes(TraceLookup& lookup, const QueryTimeouts& timeouts, Router& router,
                        const QueryObserver& observer) {
  const auto add = [&](std::string pattern, Version version) {
    AddQueryRoute({.pattern = std::move(pattern),
                   .operation = "traces",
                   .timeouts = timeouts,
                   .observer = observer,
                   .pool = RoutePool::kLookup},
                  router, [&lookup, version](const ApiRequest& request, QueryOutcome& outcome) {
                    return AnswerTrace(lookup, version, request, outcome.inspected_bytes);
                  });
  };
  add("/api/traces/{traceID}", Version::kV1);
  add("/api/v2/traces/{traceID}", Version::kV2);
}

}  // namespace vivace
