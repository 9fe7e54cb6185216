#include "api/routes/streaming_querier.h"

#include <fmt/format.h>

#include <chrono>
#include <set>

#include "api/http_responses.h"
#include "api/parameters/search_parameters.h"
#include "api/queries/metrics_runner.h"
#include "api/queries/tag_finder.h"
#include "api/responses/metrics_response.h"
#include "api/responses/search_response.h"
#include "api/responses/tag_response.h"
#include "api/routes/streaming_as_http.h"
#include "base/tenant.h"
#include "query/query_scheduler.h"

namespace vivace {
namespace {

constexpr std::string_view kService = "/tempopb.StreamingQuerier/";
constexpr auto kMessagePeriod = std::chrono::milliseconds(500);

// One call: where messages go, and when the next one is due.
class ResponseWriter {
 public:
  explicit ResponseWriter(std::shared_ptr<RpcStream> stream) : stream_(std::move(stream)) {}

  // Whether something may be sent before the end.
  bool IsDue() const {
    return stream_->writable() && std::chrono::steady_clock::now() - last_ >= kMessagePeriod;
  }
  // False when the client is gone.
  bool Send(std::string message) {
    last_ = std::chrono::steady_clock::now();
    return stream_->Write(std::move(message));
  }
  bool is_open() const { return !stream_->cancelled(); }

 private:
  std::shared_ptr<RpcStream> stream_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Runs one call to its end; returns the bytes inspected.
using Method = std::function<Result<uint64_t>(const RpcRequest& request, const QueryCaller& caller,
                                              const QueryContext& context, ResponseWriter& writer)>;

Result<uint64_t> StreamSearch(const RpcRequest& request, const QueryCaller& caller,
                              const QueryContext& context, ResponseWriter& writer) {
  VIVACE_ASSIGN(const SearchParameters parameters, DecodeSearchParameters(request.message));
  VIVACE_TRY(CheckOrder(parameters.window));
  VIVACE_ASSIGN(SearchRequest wanted, MakeSearchRequest(parameters, caller.tenants, context));
  wanted.cancel_token = caller.cancel_token;
  std::set<TraceId> sent;
  const auto unsent = [&](Search::Traces traces, const QueryStats& stats) {
    std::erase_if(traces, [&](const auto& trace) { return !sent.insert(trace->id).second; });
    return SearchResponseToProtobuf(
        {.traces = std::move(traces), .stats = stats, .by_tags = parameters.is_by_tags()});
  };
  const auto stream = [&](GoneBlocks gone) -> Result<uint64_t> {
    wanted.sources.gone = gone;
    Search search(context.ingester, context.catalog, wanted);
    Status described;
    VIVACE_TRY(search.Run([&](const QueryStats& stats) {
      if (!writer.IsDue()) return writer.is_open();
      Result<Search::Traces> settled = search.SettledTraces();
      if (!settled.has_value()) described = std::unexpected(settled.error());
      return settled.has_value() && writer.Send(unsent(*std::move(settled), stats));
    }));
    VIVACE_TRY(described);
    VIVACE_ASSIGN(Search::Traces found, search.CurrentTraces());
    writer.Send(unsent(std::move(found), search.stats()));
    return search.stats().inspected_bytes;
  };
  return WithFreshBlocks(context.catalog, caller.tenants, stream);
}

template <TagApi kApi>
Result<uint64_t> StreamTagNames(const RpcRequest& request, const QueryCaller& caller,
                                const QueryContext& context, ResponseWriter& writer) {
  VIVACE_ASSIGN(const TagParameters parameters, DecodeTagNamesRequest(request.message));
  VIVACE_TRY(CheckOrder(parameters.window));
  std::set<std::pair<std::string, std::string>> sent;  // scope, name
  const auto unsent = [&](TagNamesResponse answer) {
    for (TagScopeNames& scope : answer.scopes) {
      std::erase_if(scope.names, [&](const std::string& name) {
        return !sent.emplace(scope.scope, name).second;
      });
    }
    std::erase_if(answer.scopes, [](const TagScopeNames& scope) { return scope.names.empty(); });
    return kApi == TagApi::kV1 ? TagNamesToProtobufV1(answer) : TagNamesToProtobufV2(answer);
  };
  VIVACE_ASSIGN(TagNamesResponse answer,
                FindTagNames(parameters, kApi, caller, context,
                             [&](const std::function<TagNamesResponse()>& part) {
                               return writer.IsDue() ? writer.Send(unsent(part()))
                                                     : writer.is_open();
                             }));
  const uint64_t bytes = answer.stats.inspected_bytes;
  writer.Send(unsent(std::move(answer)));
  return bytes;
}

template <TagApi kApi>
Result<uint64_t> StreamTagValues(const RpcRequest& request, const QueryCaller& caller,
                                 const QueryContext& context, ResponseWriter& writer) {
  VIVACE_ASSIGN(const TagParameters parameters, DecodeTagValuesRequest(request.message));
  VIVACE_TRY(CheckOrder(parameters.window));
  std::set<traceql::TagValue> sent;
  const auto unsent = [&](TagValuesResponse answer) {
    std::erase_if(answer.values,
                  [&](const traceql::TagValue& value) { return !sent.insert(value).second; });
    return kApi == TagApi::kV1 ? TagValuesToProtobufV1(answer) : TagValuesToProtobufV2(answer);
  };
  // With a limit the first values are known only at the end.
  VIVACE_ASSIGN(TagValuesResponse answer,
                FindTagValues(parameters, kApi, caller, context,
                              [&](const std::function<TagValuesResponse()>& part) {
                                return parameters.limit == 0 && writer.IsDue()
                                           ? writer.Send(unsent(part()))
                                           : writer.is_open();
                              }));
  const uint64_t bytes = answer.stats.inspected_bytes;
  writer.Send(unsent(std::move(answer)));
  return bytes;
}

// Tempo returns UNKNOWN for errors in a metrics query.
template <typename T>
Result<T> AsUnknown(Result<T> result) {
  if (!result && result.error().code == ErrorCode::kInvalidArgument)
    result.error().code = ErrorCode::kUnknown;
  return result;
}

Result<uint64_t> StreamQueryRange(const RpcRequest& request, const QueryCaller& caller,
                                  const QueryContext& context, ResponseWriter& writer) {
  VIVACE_ASSIGN(const MetricsParameters parameters,
                AsUnknown(DecodeQueryRangeRequest(request.message)));
  VIVACE_ASSIGN(MetricsRequest wanted,
                AsUnknown(MakeMetricsRequest(parameters, caller.tenants, context)));
  const traceql::TimeSteps steps = wanted.options.steps;
  size_t unsent_end = steps.count;  // intervals from here on have been sent
  const auto send_from = [&](size_t begin, MetricsResponse answer) {
    const size_t end = std::exchange(unsent_end, begin);
    return writer.Send(QueryRangeToProtobuf(SliceIntervals(std::move(answer), begin, end)));
  };
  const auto progress = [&](const std::function<MetricsResponse()>& answer,
                            uint64_t settled_unix_nanos) {
    if (!writer.IsDue()) return writer.is_open();
    size_t begin = unsent_end;
    while (begin > 0 && steps.EndOf(begin - 1) - steps.step_nanos >= settled_unix_nanos) --begin;
    return send_from(begin, answer());
  };
  VIVACE_ASSIGN(MetricsResponse answer, RunMetrics(wanted, caller, context, progress));
  const uint64_t bytes = answer.stats.inspected_bytes;
  send_from(0, std::move(answer));
  return bytes;
}

Result<uint64_t> StreamQueryInstant(const RpcRequest& request, const QueryCaller& caller,
                                    const QueryContext& context, ResponseWriter& writer) {
  VIVACE_ASSIGN(const MetricsParameters parameters,
                AsUnknown(DecodeQueryInstantRequest(request.message)));
  VIVACE_ASSIGN(MetricsRequest wanted,
                AsUnknown(MakeMetricsRequest(parameters, caller.tenants, context)));
  const auto progress = [&](const std::function<MetricsResponse()>&, uint64_t) {
    return writer.is_open();
  };
  VIVACE_ASSIGN(const MetricsResponse answer, RunMetrics(wanted, caller, context, progress));
  writer.Send(QueryInstantToProtobuf(answer));
  return answer.stats.inspected_bytes;
}

// What HTTP answers with 5xx.
bool IsServerFailure(const Error& error) { return QueryErrorResponse(error).status >= 500; }

void RunCall(const Method& method, std::string_view operation, const RpcRequest& request,
             const std::shared_ptr<RpcStream>& stream, const QueryContext& context,
             const StreamingQuerierOptions& options) {
  const std::string_view header = FindHeader(request.metadata, kTenantHeader);
  auto tenants = ResolveTenants(options.multitenancy, options.multi_tenant_queries, header);
  if (!tenants)
    return stream->Finish({.error = tenants.error(), .message = {}, .status_details = {}});
  const QueryCaller caller{*std::move(tenants), context.timeouts.Limit(request.cancel_token)};
  QueryOutcome outcome{.tenant = fmt::format("{}", fmt::join(caller.tenants, "|")),
                       .operation = std::string(operation)};
  ResponseWriter writer(stream);
  const auto begin = std::chrono::steady_clock::now();
  const Result<uint64_t> inspected = method(request, caller, context, writer);
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  outcome.inspected_bytes = inspected.value_or(0);
  outcome.cancelled = caller.cancel_token->IsCancelled();
  outcome.failed = !inspected && IsServerFailure(inspected.error());
  if (context.observer) context.observer(outcome);
  RpcResponse reply;
  if (!inspected) reply.error = inspected.error();
  stream->Finish(std::move(reply));
}

std::optional<std::string> ReasonAgainst(const RpcRequest& request,
                                         const StreamingQuerierOptions& options) {
  if (!options.reason_against) return std::nullopt;
  const auto as_http = StreamedAsHttp(request.method, request.message);
  return as_http ? options.reason_against(*as_http) : std::nullopt;
}

// Has `call` run when its tenant's turn comes and the client has read enough of its other answers.
void StartCall(const std::function<void()>& call, const RpcRequest& request,
               const std::shared_ptr<RpcStream>& stream, const StreamingQuerierOptions& options) {
  const auto refuse = [stream](Error error) {
    stream->Finish({.error = std::move(error), .message = {}, .status_details = {}});
  };
  QueryJob job{.tenant = QueueOf(options.multitenancy, FindHeader(request.metadata, kTenantHeader)),
               .lane = QueryLane::kScan,
               .bytes = request.message.size(),
               .cancel_token = request.cancel_token,
               .run =
                   [call, request, stream, options] {
                     if (stream->writable()) return call();
                     stream->OnWritable([call, request, stream, options] {
                       StartCall(call, request, stream, options);
                     });
                   },
               .drop =
                   [refuse] {
                     refuse({ErrorCode::kCancelled, "context canceled"});
                   }};
  if (!options.post(std::move(job))) refuse({ErrorCode::kResourceExhausted, "job queue full"});
}

}  // namespace

std::vector<std::pair<std::string, StreamHandler>> StreamingQuerierMethods(
    const QueryContext& context, StreamingQuerierOptions options) {
  std::vector<std::pair<std::string, StreamHandler>> methods;
  const auto add = [&](std::string_view name, std::string_view operation, Method method) {
    auto handler = [method = std::move(method), operation, &context, options](
                       RpcRequest request, std::shared_ptr<RpcStream> stream) {
      if (auto reason = ReasonAgainst(request, options))
        return stream->Finish({.error = Error{ErrorCode::kInvalidArgument, *std::move(reason)}});
      const auto run = [method, operation, &context, options, request, stream] {
        RunCall(method, operation, request, stream, context, options);
      };
      StartCall(run, request, stream, options);
    };
    methods.emplace_back(std::string(kService) + std::string(name), std::move(handler));
  };
  add("Search", "search", StreamSearch);
  add("SearchTags", "metadata", StreamTagNames<TagApi::kV1>);
  add("SearchTagsV2", "metadata", StreamTagNames<TagApi::kV2>);
  add("SearchTagValues", "metadata", StreamTagValues<TagApi::kV1>);
  add("SearchTagValuesV2", "metadata", StreamTagValues<TagApi::kV2>);
  add("MetricsQueryRange", "metrics", StreamQueryRange);
  add("MetricsQueryInstant", "metrics", StreamQueryInstant);
  return methods;
}

}  // namespace vivace
