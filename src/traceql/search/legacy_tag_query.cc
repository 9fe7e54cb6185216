#include "traceql/search/legacy_tag_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>

#include "columns/span_times.h"
#include "traceql/expression/attribute_reader.h"

namespace vivace::traceql {
namespace {

constexpr std::array<std::string_view, 12> kSubstringTags = {
    "service.name",       "cluster",          "namespace",          "pod",
    "container",          "k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name",
    "k8s.container.name", "http.method",      "http.url",           "name"};
constexpr std::string_view kStatusTag = "status.code";
constexpr std::string_view kHttpStatusTag = "http.status_code";

// One tag, ready to be looked for in a view.
class TagMatcher {
 public:
  static Result<TagMatcher> Make(const std::string& key, const std::string& value,
                                 const ViewRows& rows) {
    TagMatcher matcher;
    matcher.wanted_ = value;
    matcher.matches_substring_ = std::ranges::find(kSubstringTags, key) != kSubstringTags.end();
    if (key == "name") {
      VIVACE_TRY(matcher.Add({.intrinsic = Intrinsic::kName}, rows));
    } else if (key == "root.name" || key == "root.service.name") {
      matcher.matches_substring_ = true;
      VIVACE_TRY(matcher.Add(
          {.intrinsic = key == "root.name" ? Intrinsic::kRootName : Intrinsic::kRootServiceName},
          rows));
    } else if (key == kStatusTag) {
      VIVACE_TRY(matcher.Add({.intrinsic = Intrinsic::kStatus}, rows));
    } else {
      if (key == kHttpStatusTag) matcher.number_ = AsInteger(value);
      VIVACE_TRY(matcher.Add({.scope = Scope::kSpan, .key = key}, rows));
      VIVACE_TRY(matcher.Add({.scope = Scope::kResource, .key = key}, rows));
    }
    return matcher;
  }

  bool Holds(uint32_t span) const {
    return std::ranges::any_of(readers_, [&](const AttributeReader& reader) {
      return Passes(reader.Read({.span = span}));
    });
  }

 private:
  static std::optional<int64_t> AsInteger(std::string_view text) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
  }
  Status Add(const Attribute& attribute, const ViewRows& rows) {
    VIVACE_ASSIGN(AttributeReader reader, AttributeReader::Make(attribute, rows));
    readers_.push_back(std::move(reader));
    return {};
  }
  bool Passes(const Datum& value) const {
    if (value.type == ValueType::kStatus) return StatusName(value.number) == wanted_;
    if (value.form == Datum::Form::kSeveral)
      return value.AnyElement([this](const Datum& one) { return Passes(one); });
    if (!value.is_scalar()) return false;
    if (number_) return value.type == ValueType::kInt && value.number == *number_;
    if (value.type != ValueType::kString) return false;
    return matches_substring_ ? value.text.contains(wanted_) : value.text == wanted_;
  }

  std::string wanted_;
  bool matches_substring_ = false;
  std::optional<int64_t> number_;
  std::vector<AttributeReader> readers_;
};

class TagTraceMatcher final : public TraceMatcher {
 public:
  TagTraceMatcher(const ViewRows& rows, std::vector<TagMatcher> tags)
      : rows_(rows), tags_(std::move(tags)) {}

  Status LoadDurations(uint64_t min_nanos, uint64_t max_nanos) {
    min_nanos_ = min_nanos;
    max_nanos_ = max_nanos == 0 ? UINT64_MAX : max_nanos;
    VIVACE_ASSIGN(starts_, rows_.view().Load(Field::kTraceStart));
    VIVACE_ASSIGN(ends_, rows_.view().Load(Field::kTraceEnd));
    return {};
  }

  Result<std::vector<SpansetResult>> Run(uint32_t trace) override {
    std::vector<SpansetResult> sets;
    const uint64_t duration = DurationBetween(starts_->numbers[trace], ends_->numbers[trace]);
    if (duration >= min_nanos_ && duration <= max_nanos_ && SomeResourceHasAll(trace))
      sets.emplace_back();
    return sets;
  }

  Result<bool> MayMatch(uint32_t trace) override {
    const auto [begin, end] = rows_.SpansOf(trace);
    const auto has_any = [&](const TagMatcher& tag) {
      for (uint32_t span = begin; span < end; ++span) {
        if (tag.Holds(span)) return true;
      }
      return false;
    };
    return tags_.empty() || std::ranges::any_of(tags_, has_any);
  }

 private:
  bool SomeResourceHasAll(uint32_t trace) const {
    const auto [begin, end] = rows_.SpansOf(trace);
    uint32_t first = begin;
    while (first < end) {
      uint32_t last = first + 1;
      while (last < end && rows_.ResourceOf(last) == rows_.ResourceOf(first)) ++last;
      const auto has = [&](const TagMatcher& tag) {
        for (uint32_t span = first; span < last; ++span) {
          if (tag.Holds(span)) return true;
        }
        return false;
      };
      if (std::ranges::all_of(tags_, has)) return true;
      first = last;
    }
    return false;
  }

  const ViewRows& rows_;
  std::vector<TagMatcher> tags_;
  uint64_t min_nanos_ = 0;
  uint64_t max_nanos_ = UINT64_MAX;
  const Column* starts_ = nullptr;
  const Column* ends_ = nullptr;
};

}  // namespace

LegacyTagQuery::LegacyTagQuery(Tags tags, uint64_t min_duration_nanos, uint64_t max_duration_nanos)
    : tags_(std::move(tags)),
      min_duration_nanos_(min_duration_nanos),
      max_duration_nanos_(max_duration_nanos) {}

Result<std::unique_ptr<TraceMatcher>> LegacyTagQuery::Prepare(const ViewRows& rows) const {
  VIVACE_TRY(rows.Load(RowKind::kTrace));
  std::vector<TagMatcher> tags;
  for (const auto& [key, value] : tags_) {
    VIVACE_ASSIGN(TagMatcher tag, TagMatcher::Make(key, value, rows));
    tags.push_back(std::move(tag));
  }
  auto matcher = std::make_unique<TagTraceMatcher>(rows, std::move(tags));
  VIVACE_TRY(matcher->LoadDurations(min_duration_nanos_, max_duration_nanos_));
  return matcher;
}

}  // namespace vivace::traceql
