// The types of policies that MakeTailPolicy makes.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "base/hash/murmur3.h"
#include "base/unix_time.h"
#include "base/utf8.h"
#include "columns/segment.h"
#include "columns/segment_view.h"
#include "config/yaml/parse_context.h"
#include "ingest/tail_policies.h"
#include "traceql/pipeline/pipeline_runner.h"
#include "traceql/syntax/parser.h"

namespace vivace {
namespace {

using Policy = std::unique_ptr<TailPolicy>;

constexpr std::array<std::string_view, 3> kStatusCodes = {"UNSET", "OK",
                                                          "ERROR"};  // by OTLP's numbers

std::unexpected<Error> Bad(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, std::move(what));
}

TailDecision SampledIf(bool holds) {
  return holds ? TailDecision::kSampled : TailDecision::kNotSampled;
}

// A policy that is a stateless function of each trace.
class FunctionPolicy final : public TailPolicy {
 public:
  using DecideFunction = std::function<TailDecision(const TailTraces& traces, size_t trace)>;
  explicit FunctionPolicy(DecideFunction decide) : decide_(std::move(decide)) {}
  TailDecision Decide(const TailTraces& traces, size_t trace) override {
    return decide_(traces, trace);
  }

 private:
  const DecideFunction decide_;
};

template <typename DecideFunction>
Policy PolicyFrom(DecideFunction decide) {
  return std::make_unique<FunctionPolicy>(std::move(decide));
}

Result<Policy> Latency(const TailPolicyConfig& config) {
  const int64_t least = config.threshold_ms, most = config.upper_threshold_ms;
  if (least == 0 && most == 0) return Bad("latency.threshold_ms must be set");
  if (most != 0 && most < least)
    return Bad(
        fmt::format("latency.upper_threshold_ms {} is less than threshold_ms {}", most, least));
  return PolicyFrom([least, most](const TailTraces& traces, size_t trace) {
    uint64_t start = ~uint64_t{0}, end = 0;
    for (const uint32_t row : traces.RowsOf(trace)) {
      start = std::min(start, traces.batch.spans.start_unix_nanos[row]);
      end = std::max(end, traces.batch.spans.end_unix_nanos[row]);
    }
    const auto milliseconds =
        static_cast<int64_t>(end > start ? (end - start) / kNanosPerMilli : 0);
    return SampledIf(milliseconds >= least && (most == 0 || milliseconds <= most));
  });
}

Result<Policy> StatusCode(const TailPolicyConfig& config) {
  std::array<bool, kStatusCodes.size()> wanted = {};
  for (const std::string& name : config.status_codes) {
    const auto found = std::ranges::find(kStatusCodes, name);
    if (found == kStatusCodes.end())
      return Bad(fmt::format("unknown status code \"{}\", supported: OK, ERROR, UNSET", name));
    wanted[static_cast<size_t>(found - kStatusCodes.begin())] = true;
  }
  if (config.status_codes.empty()) return Bad("status_code.status_codes is empty");
  return PolicyFrom([wanted](const TailTraces& traces, size_t trace) {
    return SampledIf(std::ranges::any_of(traces.RowsOf(trace), [&](uint32_t row) {
      const uint8_t code = traces.batch.spans.status_code[row];
      return code < wanted.size() && wanted[code];
    }));
  });
}

// Whether an attribute of a span of the trace, or of its resource, has the key and a value that
// passes.
template <typename Passes>
bool AnyAttribute(const TailTraces& traces, size_t trace, const std::string& key,
                  const Passes& passes) {
  const SpanBatch& batch = traces.batch;
  const auto holds = [&](AttributeCode code) {
    return batch.AttributeKey(code) == key && passes(batch.Value(code));
  };
  return std::ranges::any_of(traces.RowsOf(trace), [&](uint32_t row) {
    const uint32_t resource = batch.scopes.resource[batch.spans.scope[row]];
    return std::ranges::any_of(batch.spans.attributes.Row(row), holds) ||
           std::ranges::any_of(batch.resources.attributes.Row(resource), holds);
  });
}

template <typename Passes>
Result<Policy> Attribute(const std::string& key, bool inverted, Passes passes) {
  if (key.empty()) return Bad("key is empty");
  return PolicyFrom(
      [key, inverted, passes = std::move(passes)](const TailTraces& traces, size_t trace) {
        const bool has = AnyAttribute(traces, trace, key, passes);
        return inverted ? (has ? TailDecision::kVeto : TailDecision::kSampled) : SampledIf(has);
      });
}

Result<Policy> StringAttribute(const TailStringConfig& config) {
  if (config.values.empty()) return Bad("string_attribute.values is empty");
  if (!config.enabled_regex_matching) {
    return Attribute(config.key, config.invert_match,
                     [values = config.values](const AttributeValue& value) {
                       return value.kind == ValueKind::kString &&
                              std::ranges::find(values, value.text) != values.end();
                     });
  }
  std::vector<std::shared_ptr<const RE2>> patterns;
  for (const std::string& text : config.values) {
    patterns.push_back(std::make_shared<const RE2>(text, RE2::Quiet));
    if (!patterns.back()->ok())
      return Bad(fmt::format("regular expression \"{}\": {}", text, patterns.back()->error()));
  }
  return Attribute(config.key, config.invert_match, [patterns](const AttributeValue& value) {
    std::string storage;
    return value.kind == ValueKind::kString &&
           std::ranges::any_of(patterns, [&](const auto& pattern) {
             return RE2::PartialMatch(AsUtf8(value.text, storage), *pattern);
           });
  });
}

Result<Policy> NumericAttribute(const TailNumberConfig& config) {
  if (config.min_value > config.max_value)
    return Bad(fmt::format("min_value {} is greater than max_value {}", config.min_value,
                           config.max_value));
  return Attribute(
      config.key, config.invert_match,
      [low = config.min_value, high = config.max_value](const AttributeValue& value) {
        if (value.kind == ValueKind::kInt) return value.AsInt() >= low && value.AsInt() <= high;
        const double number = value.kind == ValueKind::kDouble ? value.AsDouble() : std::nan("");
        return number >= static_cast<double>(low) && number <= static_cast<double>(high);
      });
}

Result<Policy> BooleanAttribute(const TailBooleanConfig& config) {
  return Attribute(config.key, config.invert_match,
                   [wanted = config.value](const AttributeValue& value) {
                     return value.kind == ValueKind::kBool && (value.bits != 0) == wanted;
                   });
}

// By a hash of the id, and not by its random bytes as head sampling: else what that has let through
// would be let through again.
Result<Policy> Probabilistic(const TailPolicyConfig& config) {
  if (!config.sampling_percentage.has_value())
    return Bad("probabilistic.sampling_percentage must be set");
  const double percentage = *config.sampling_percentage;
  if (!(percentage >= 0 && percentage <= 100))
    return Bad(fmt::format("probabilistic.sampling_percentage {} is outside 0 to 100", percentage));
  const std::string salt = config.hash_salt.empty() ? "vivace" : config.hash_salt;
  return PolicyFrom([percentage, salt](const TailTraces& traces, size_t trace) {
    const uint64_t hash = Murmur3(salt + std::string(traces.ids[trace].View()))[0];
    return SampledIf(static_cast<double>(hash) < percentage / 100 * 0x1p64);
  });
}

// At most so many spans per second, in the order in which traces are decided.
class RateLimiting final : public TailPolicy {
 public:
  explicit RateLimiting(int64_t spans_per_second) : spans_per_second_(spans_per_second) {}

  TailDecision Decide(const TailTraces& traces, size_t trace) override {
    const auto second =
        std::chrono::duration_cast<std::chrono::seconds>(traces.now.time_since_epoch());
    if (second != second_) taken_ = 0;
    second_ = second;
    const auto spans = static_cast<int64_t>(traces.RowsOf(trace).size());
    const bool fits = taken_ + spans <= spans_per_second_;
    if (fits) taken_ += spans;
    return SampledIf(fits);
  }

 private:
  const int64_t spans_per_second_;
  std::chrono::seconds second_{0};
  int64_t taken_ = 0;
};

Result<Policy> MakeRateLimiting(const TailPolicyConfig& config) {
  if (config.spans_per_second <= 0)
    return Bad(fmt::format("rate_limiting.spans_per_second {} must be at least 1",
                           config.spans_per_second));
  return std::make_unique<RateLimiting>(config.spans_per_second);
}

Result<Policy> SpanCount(const TailPolicyConfig& config) {
  const int64_t least = config.min_spans, most = config.max_spans;
  if (least == 0 && most == 0) return Bad("span_count.min_spans must be set");
  if (most != 0 && most < least)
    return Bad(fmt::format("span_count.max_spans {} is less than min_spans {}", most, least));
  return PolicyFrom([least, most](const TailTraces& traces, size_t trace) {
    const auto spans = static_cast<int64_t>(traces.RowsOf(trace).size());
    return SampledIf(spans >= least && (most == 0 || spans <= most));
  });
}

class TraceQlCondition final : public TailPolicy {
 public:
  explicit TraceQlCondition(traceql::Query query) : query_(std::move(query)) {}

  Status Prepare(const TailTraces& traces) override {
    found_.clear();
    Segment segment;
    segment.Append(traces.batch);
    SegmentView view(segment);
    const traceql::ViewRows rows(view);
    VIVACE_ASSIGN(const auto runner, traceql::PipelineRunner::Make(query_, query_.pipeline, rows));
    VIVACE_ASSIGN(const std::span<const TraceId> ids, view.TraceIds());
    for (uint32_t trace = 0; trace < ids.size(); ++trace) {
      VIVACE_ASSIGN(const auto sets, runner->Run(trace));
      if (!sets.empty()) found_.push_back(ids[trace]);
    }
    std::ranges::sort(found_, Less);
    return {};
  }

  TailDecision Decide(const TailTraces& traces, size_t trace) override {
    return SampledIf(std::ranges::binary_search(found_, traces.ids[trace], Less));
  }

 private:
  static bool Less(const TraceId& a, const TraceId& b) { return a.View() < b.View(); }

  const traceql::Query query_;
  std::vector<TraceId> found_;  // sorted
};

Result<Policy> TraceQl(const TailPolicyConfig& config) {
  auto query = traceql::ParseQuery(config.query);
  if (!query) return Bad(query.error().message);
  if (query->is_metrics()) return Bad("query must be a search, not a metrics query");
  return std::make_unique<TraceQlCondition>(*std::move(query));
}

// Several policies as one.
class Combined final : public TailPolicy {
 public:
  enum class Mode : uint8_t { kAll, kAny, kNone, kDrop };
  Combined(Mode mode, std::vector<Policy> parts) : mode_(mode), parts_(std::move(parts)) {}

  Status Prepare(const TailTraces& traces) override {
    for (const Policy& part : parts_) VIVACE_TRY(part->Prepare(traces));
    return {};
  }

  TailDecision Decide(const TailTraces& traces, size_t trace) override {
    const auto holds = [&](const Policy& part) {
      return part->Decide(traces, trace) == TailDecision::kSampled;
    };
    switch (mode_) {
      case Mode::kAll:
        return SampledIf(std::ranges::all_of(parts_, holds));
      case Mode::kAny:
        return SampledIf(std::ranges::any_of(parts_, holds));
      case Mode::kNone:
        return SampledIf(std::ranges::none_of(parts_, holds));
      case Mode::kDrop:
        return std::ranges::all_of(parts_, holds) ? TailDecision::kVeto : TailDecision::kNotSampled;
    }
    return TailDecision::kNotSampled;
  }

 private:
  const Mode mode_;
  const std::vector<Policy> parts_;
};

Result<Policy> Combine(Combined::Mode mode, const std::vector<TailPolicyConfig>& configs) {
  if (configs.empty()) return Bad("no sub-policies");
  std::vector<Policy> parts;
  for (const TailPolicyConfig& config : configs) {
    VIVACE_ASSIGN(Policy part, MakeTailPolicy(config));
    parts.push_back(std::move(part));
  }
  return std::make_unique<Combined>(mode, std::move(parts));
}

using PolicyFactory = Result<Policy> (*)(const TailPolicyConfig& config);

const std::map<std::string_view, PolicyFactory>& PolicyFactories() {
  using Config = TailPolicyConfig;
  static const std::map<std::string_view, PolicyFactory> factories = {
      {"always_sample",
       [](const Config&) -> Result<Policy> {
         return PolicyFrom([](const auto&, size_t) { return TailDecision::kSampled; });
       }},
      {"latency", Latency},
      {"status_code", StatusCode},
      {"string_attribute", [](const Config& c) { return StringAttribute(c.string_attribute); }},
      {"numeric_attribute", [](const Config& c) { return NumericAttribute(c.numeric_attribute); }},
      {"boolean_attribute", [](const Config& c) { return BooleanAttribute(c.boolean_attribute); }},
      {"probabilistic", Probabilistic},
      {"rate_limiting", MakeRateLimiting},
      {"span_count", SpanCount},
      {"traceql", TraceQl},
      {"and", [](const Config& c) { return Combine(Combined::Mode::kAll, c.all_of); }},
      {"or", [](const Config& c) { return Combine(Combined::Mode::kAny, c.any_of); }},
      {"not", [](const Config& c) { return Combine(Combined::Mode::kNone, c.none_of); }},
      {"inverse", [](const Config& c) { return Combine(Combined::Mode::kNone, c.none_of); }},
      {"drop", [](const Config& c) { return Combine(Combined::Mode::kDrop, c.drop); }},
  };
  return factories;
}

}  // namespace

Result<std::unique_ptr<TailPolicy>> MakeTailPolicy(const TailPolicyConfig& config) {
  const auto factory = PolicyFactories().find(config.type);
  if (factory != PolicyFactories().end()) return factory->second(config);
  std::vector<std::string_view> known;
  for (const auto& [name, make] : PolicyFactories()) known.push_back(name);
  return Bad(fmt::format("unknown sampling policy type \"{}\", known: {}{}", config.type,
                         fmt::join(known, ", "), DidYouMean(config.type, known)));
}

}  // namespace vivace
