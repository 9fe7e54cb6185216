// TagValues: the distinct values of an attribute or intrinsic (spec/traceql.md 6.2).
//
// Distinct codes are marked first, so a value is looked at once per view however many spans have
// it. Memory: at most `bytes_max` of text; beyond it values are left out. One thread.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "traceql/pipeline/view_query.h"
#include "traceql/tags/tag_filter.h"
#include "traceql/value/attribute.h"

namespace vivace::traceql {

struct TagValue {
  std::string type;  // string, int, float, bool, duration or keyword
  std::string value;
  friend auto operator<=>(const TagValue&, const TagValue&) = default;
};

class TagValues final : public ViewQuery {
 public:
  // `bytes_max`: of types and values together, 0: any.
  TagValues(Attribute attribute, TagFilter filter, uint64_t bytes_max);
  ~TagValues() override;

  Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) override;
  std::unique_ptr<ViewQuery> NewPart(const std::optional<DataRange>& range) const override;
  bool can_use_summaries() const override { return is_counted() || is_listed(); }
  Result<bool> AddSummary(SourceSummary& summary) override;
  bool HasRoomFor(const ViewQuery& part) const override;
  void Merge(const ViewQuery& part) override;
  bool needs_whole_traces() const override;
  const Pruning& pruning() const override { return pruning_; }
  bool is_full() const override { return is_full_; }
  size_t MemoryBytes() const override { return bytes_ + values_.size() * kValueBytes; }

  // In order of type and value.
  const std::set<TagValue>& values() const { return values_; }

  // Whether the values are known without any data: words of status and kind, the one that the
  // filter names, none for ids and times.
  bool is_fixed() const { return is_fixed_; }

 private:
  static constexpr size_t kValueBytes = 96;  // a node of the set; about
  class Job;
  // The filter that applies.
  TagFilter Filter() const;
  // Whether the values can be had of counted spans, or of the values that columns have.
  bool is_counted() const;
  bool is_listed() const { return !ListedColumns().empty() && !Filter().filters(); }
  std::vector<ColumnName> ListedColumns() const;
  Result<bool> AddCounted(SourceSummary& summary);
  Result<bool> AddListed(SourceSummary& summary);
  void AddFixed();
  void Add(TagValue value);
  void Add(const Datum& value);

  const Attribute attribute_;
  const TagFilter filter_;
  const Pruning pruning_;
  const uint64_t bytes_max_;
  std::set<TagValue> values_;
  uint64_t bytes_ = 0;
  bool is_full_ = false;
  bool is_fixed_ = false;
};

}  // namespace vivace::traceql
