#include "api/routes/streaming_as_http.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "api/parameters/metrics_parameters.h"
#include "api/parameters/search_parameters.h"
#include "api/parameters/tag_parameters.h"
#include "api/url_encoding.h"

namespace vivace {
namespace {

// Parameters by name, as Go encodes them; those at their defaults are left out.
class UrlQuery {
 public:
  void Add(const std::string& name, const std::string& value) {
    if (!value.empty()) values_[name] = value;
  }
  template <typename Number>
  requires std::integral<Number>
  void Add(const std::string& name, Number value) {
    if (value != 0) values_[name] = fmt::to_string(value);
  }
  void Add(const WindowParameters& window) {
    Add("start", window.start_unix_seconds);
    Add("end", window.end_unix_seconds);
    Add("since", window.since);
  }

  std::string Encoded() const {
    std::string query;
    for (const auto& [name, value] : values_) {
      if (!query.empty()) query += '&';
      query += name + "=";
      AppendQueryEscaped(value, query);
    }
    return query;
  }

 private:
  std::map<std::string, std::string> values_;
};

HttpRequest RequestTo(std::string path, const UrlQuery& query) {
  HttpRequest request{.method = "GET", .path = std::move(path)};
  request.query = query.Encoded();
  return request;
}

std::optional<HttpRequest> SearchAsHttp(std::string_view message) {
  const auto parameters = DecodeSearchParameters(message);
  if (!parameters) return std::nullopt;
  UrlQuery query;
  query.Add("q", parameters->query);
  std::string tags;
  for (const auto& [name, value] : parameters->tags)
    tags += fmt::format("{}{}={}", tags.empty() ? "" : " ", name, value);
  query.Add("tags", tags);
  if (parameters->min_duration_ms != 0)
    query.Add("minDuration", fmt::format("{}ms", parameters->min_duration_ms));
  if (parameters->max_duration_ms != 0)
    query.Add("maxDuration", fmt::format("{}ms", parameters->max_duration_ms));
  query.Add("limit", parameters->limit);
  query.Add("spss", parameters->spans_per_set);
  query.Add(parameters->window);
  return RequestTo("/api/search", query);
}

UrlQuery TagQuery(const TagParameters& parameters) {
  UrlQuery query;
  query.Add("q", parameters.query);
  query.Add("scope", parameters.scope);
  query.Add("limit", parameters.limit);
  query.Add(parameters.window);
  return query;
}

std::optional<HttpRequest> TagNamesAsHttp(const char* path, std::string_view message) {
  const auto parameters = DecodeTagNamesRequest(message);
  if (!parameters) return std::nullopt;
  return RequestTo(path, TagQuery(*parameters));
}

std::optional<HttpRequest> TagValuesAsHttp(const char* prefix, std::string_view message) {
  const auto parameters = DecodeTagValuesRequest(message);
  if (!parameters) return std::nullopt;
  return RequestTo(prefix + parameters->name + "/values", TagQuery(*parameters));
}

std::optional<HttpRequest> MetricsAsHttp(const char* path,
                                         const Result<MetricsParameters>& parameters) {
  if (!parameters) return std::nullopt;
  UrlQuery query;
  query.Add("q", parameters->query);
  query.Add("start", parameters->start_unix_nanos);
  query.Add("end", parameters->end_unix_nanos);
  if (parameters->step_nanos != 0) query.Add("step", fmt::format("{}ns", parameters->step_nanos));
  query.Add("exemplars", parameters->exemplars);
  query.Add("maxSeries", parameters->series_max);
  return RequestTo(path, query);
}

}  // namespace

std::optional<HttpRequest> StreamedAsHttp(std::string_view method, std::string_view message) {
  const std::string_view name = method.substr(method.rfind('/') + 1);
  if (name == "Search") return SearchAsHttp(message);
  if (name == "SearchTags") return TagNamesAsHttp("/api/search/tags", message);
  if (name == "SearchTagsV2") return TagNamesAsHttp("/api/v2/search/tags", message);
  if (name == "SearchTagValues") return TagValuesAsHttp("/api/search/tag/", message);
  if (name == "SearchTagValuesV2") return TagValuesAsHttp("/api/v2/search/tag/", message);
  if (name == "MetricsQueryRange")
    return MetricsAsHttp("/api/metrics/query_range", DecodeQueryRangeRequest(message));
  if (name == "MetricsQueryInstant")
    return MetricsAsHttp("/api/metrics/query", DecodeQueryInstantRequest(message));
  return std::nullopt;
}

}  // namespace vivace
