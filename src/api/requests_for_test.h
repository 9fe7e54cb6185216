// Helpers of the API tests: a trace lookup over batches in memory and requests without a server.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "api/router.h"
#include "columns/span_batch_builder.h"
#include "query/trace_lookup.h"

namespace vivace {

// Finds spans in batches that were decoded before.
class MemoryLookup : public TraceLookup {
 public:
  Result<TraceResult> Find(const TraceRequest& request) override {
    requests.push_back(request);
    while (takes_forever) VIVACE_TRY(CheckCancelled(request.cancel_token.get()));
    if (error) return std::unexpected(*error);
    SpanBatchBuilder builder;
    for (const auto& [tenant, batch] : batches) {
      if (tenant == request.tenant) AppendTrace(batch, request.trace_id, builder);
    }
    if (builder.batch().spans.size() == 0) return Fail(ErrorCode::kNotFound, "trace not found");
    return TraceResult{.spans = builder.Take(), .inspected_bytes = 619};
  }

  std::vector<std::pair<std::string, SpanBatch>> batches;
  std::optional<Error> error;
  bool takes_forever = false;  // until the request is cancelled
  std::vector<TraceRequest> requests;

 private:
  static void AppendTrace(const SpanBatch& batch, const TraceId& id, SpanBatchBuilder& builder) {
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < batch.spans.size(); ++row) {
      if (batch.spans.trace_id[row] == id) rows.push_back(row);
    }
    if (!rows.empty()) AppendSpans(batch, rows, builder);
  }
};

// The answer to GET `target` ("/path?query").
inline HttpResponse Get(const Router& router, std::string_view target, HttpHeaders headers = {},
                        std::string method = "GET") {
  const size_t question = std::min(target.find('?'), target.size());
  HttpRequest request{.method = std::move(method),
                      .path = std::string(target.substr(0, question)),
                      .headers = std::move(headers)};
  if (question < target.size()) request.query = target.substr(question + 1);
  HttpResponse response{.status = 0};
  router.Handle(std::move(request), [&](HttpResponse answer) { response = std::move(answer); });
  return response;
}

}  // namespace vivace
