#include "api/queries/tag_finder.h"

#include <algorithm>
#include <array>

#include "query/trace_scan.h"
#include "traceql/syntax/parser.h"
#include "traceql/tags/tag_names.h"

namespace vivace {
namespace {

using traceql::Attribute;
using traceql::Intrinsic;
using traceql::Scope;
using traceql::TagFilter;
using traceql::TagNames;
using traceql::TagValue;
using traceql::TagValues;

constexpr std::string_view kIntrinsicScope = "intrinsic";

struct WantedScopes {
  std::vector<Scope> scopes;
  bool intrinsic = false;
};

Result<WantedScopes> ParseScope(const std::string& scope, TagApi api) {
  const std::vector<Scope> all(traceql::kTagScopes.begin(), traceql::kTagScopes.end());
  if (scope.empty() || scope == "none") return WantedScopes{all, api == TagApi::kV2};
  if (scope == kIntrinsicScope) return WantedScopes{{}, true};
  for (const Scope known : all) {
    if (scope == traceql::ScopeName(known)) return WantedScopes{{known}, false};
  }
  return Fail(ErrorCode::kInvalidArgument, "invalid scope: " + scope);
}

template <typename Names>
void AddScope(std::string_view scope, const Names& names, uint64_t limit,
              TagNamesResponse& answer) {
  if (names.empty()) return;
  TagScopeNames& added = answer.scopes.emplace_back();
  added.scope = scope;
  added.names.assign(names.begin(), names.end());
  if (limit != 0 && added.names.size() > limit) added.names.resize(limit);
}

TagNamesResponse ResponseOf(const WantedScopes& wanted, const TagNames& names, uint64_t limit,
                            const QueryStats& stats) {
  TagNamesResponse answer{.scopes = {}, .stats = stats};
  for (const Scope scope : wanted.scopes)
    AddScope(traceql::ScopeName(scope), names.Of(scope), limit, answer);
  if (wanted.intrinsic) AddScope(kIntrinsicScope, traceql::IntrinsicTags(), 0, answer);
  return answer;
}

TagValuesResponse ResponseOf(const TagValues& values, uint64_t limit, const QueryStats& stats) {
  TagValuesResponse answer{.values = {values.values().begin(), values.values().end()},
                           .stats = stats};
  if (limit != 0 && answer.values.size() > limit) answer.values.resize(limit);
  return answer;
}

// A bare key of the v1 API: some stand for intrinsics, all others for attributes of any scope.
Attribute AttributeOfKey(const std::string& key) {
  constexpr std::array<std::pair<std::string_view, Intrinsic>, 5> kIntrinsics = {
      {{"name", Intrinsic::kName},
       {"rootName", Intrinsic::kRootName},
       {"root.name", Intrinsic::kRootName},
       {"rootServiceName", Intrinsic::kRootServiceName},
       {"root.service.name", Intrinsic::kRootServiceName}}};
  for (const auto& [known, intrinsic] : kIntrinsics) {
    if (key == known) return {.intrinsic = intrinsic};
  }
  return {.key = key};
}

Result<Attribute> AttributeOf(const TagParameters& parameters, TagApi api) {
  if (api == TagApi::kV1) return AttributeOfKey(parameters.name);
  auto parsed = traceql::ParseAttribute(parameters.name);
  if (!parsed)
    return Fail(ErrorCode::kInvalidArgument,
                "please provide a valid tagName: failed to parse identifier " + parameters.name +
                    ": " + parsed.error().message);
  parsed->of_parent = false;
  return *std::move(parsed);
}

// Values that the v1 API returns without any data.
void AddVirtualValues(const TagParameters& parameters, TagApi api, TagValuesResponse& answer) {
  if (api != TagApi::kV1) return;
  if (parameters.name == "status.code") {
    for (const std::string_view word : {"unset", "ok", "error"})
      answer.values.push_back({"string", std::string(word)});
  } else if (parameters.name == "error") {
    answer.values.push_back({"string", "true"});
  }
}

// The smallest of the tenants' own limits; 0: none has one.
uint64_t SmallestLimit(const QueryCaller& caller, const QueryContext& context,
                       int64_t ReadLimits::*limit) {
  int64_t smallest = 0;
  for (const std::string& tenant : caller.tenants) {
    const int64_t own = context.limits(tenant).*limit;
    if (own > 0 && (smallest == 0 || own < smallest)) smallest = own;
  }
  return static_cast<uint64_t>(smallest);
}

}  // namespace

Result<TagNamesResponse> FindTagNames(const TagParameters& parameters, TagApi api,
                                      const QueryCaller& caller, const QueryContext& context,
                                      const TagNamesProgress& progress) {
  VIVACE_ASSIGN(const WantedScopes wanted, ParseScope(parameters.scope, api));
  VIVACE_ASSIGN(const TimeWindow window, TagWindow(parameters, caller.tenants, context));
  const auto find = [&](GoneBlocks gone) -> Result<TagNamesResponse> {
    TagNames names(wanted.scopes, TagFilter::Of(parameters.query), context.well_known_tags);
    if (wanted.scopes.empty()) return ResponseOf(wanted, names, parameters.limit, {});
    QuerySources sources(context.ingester, context.catalog, caller.tenants, window,
                         {context.memory, gone});
    TraceScan scan(sources, caller.cancel_token,
                   context.ScanOf(caller.tenants, context.config.search.concurrent_jobs));
    const auto answer = [&] { return ResponseOf(wanted, names, parameters.limit, scan.stats()); };
    VIVACE_TRY(scan.Run(
        names, [&](const QueryStats&, uint64_t) { return !progress || progress(answer); }));
    return answer();
  };
  return WithFreshBlocks(context.catalog, caller.tenants, find);
}

Result<TagValuesResponse> FindTagValues(const TagParameters& parameters, TagApi api,
                                        const QueryCaller& caller, const QueryContext& context,
                                        const TagValuesProgress& progress) {
  VIVACE_ASSIGN(const Attribute attribute, AttributeOf(parameters, api));
  VIVACE_ASSIGN(const TimeWindow window, TagWindow(parameters, caller.tenants, context));
  const TagFilter filter = api == TagApi::kV1 ? TagFilter() : TagFilter::Of(parameters.query);
  const auto find = [&](GoneBlocks gone) -> Result<TagValuesResponse> {
    TagValues values(attribute, filter,
                     SmallestLimit(caller, context, &ReadLimits::max_bytes_per_tag_values_query));
    if (values.is_fixed()) return ResponseOf(values, parameters.limit, {});
    QuerySources sources(context.ingester, context.catalog, caller.tenants, window,
                         {context.memory, gone});
    const uint64_t blocks_max =
        SmallestLimit(caller, context, &ReadLimits::max_blocks_per_tag_values_query);
    if (blocks_max > 0) sources.KeepNewestBlocks(blocks_max);
    TraceScan scan(sources, caller.cancel_token,
                   context.ScanOf(caller.tenants, context.config.search.concurrent_jobs));
    const auto known = [&] { return ResponseOf(values, parameters.limit, scan.stats()); };
    VIVACE_TRY(scan.Run(values,
                        [&](const QueryStats&, uint64_t) { return !progress || progress(known); }));
    TagValuesResponse answer = known();
    AddVirtualValues(parameters, api, answer);
    return answer;
  };
  return WithFreshBlocks(context.catalog, caller.tenants, find);
}

}  // namespace vivace
