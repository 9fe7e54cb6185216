// TagNames: the names of attributes that spans have, by scope (spec/traceql.md 6.1).
//
// Memory: the names. One thread.
#pragma once

#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traceql/pipeline/view_query.h"
#include "traceql/tags/tag_filter.h"
#include "traceql/value/well_known_attributes.h"

namespace vivace::traceql {

inline constexpr std::array<Scope, 5> kTagScopes = {Scope::kResource, Scope::kSpan, Scope::kEvent,
                                                    Scope::kLink, Scope::kInstrumentation};

// What /api/search/tags lists as intrinsic.
std::span<const std::string_view> IntrinsicTags();

class TagNames final : public ViewQuery {
 public:
  using Names = std::set<std::string, std::less<>>;
  // `well_known` are listed wherever any span or resource has a value of that kind and the filter
  // passes any span.
  TagNames(std::vector<Scope> scopes, TagFilter filter, WellKnownAttributes well_known);

  Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) override;
  std::unique_ptr<ViewQuery> NewPart(const std::optional<DataRange>& range) const override;
  bool can_use_summaries() const override { return !filter_.filters(); }
  Result<bool> AddSummary(SourceSummary& summary) override;
  void Merge(const ViewQuery& part) override;
  bool needs_whole_traces() const override;
  const Pruning& pruning() const override { return pruning_; }
  size_t MemoryBytes() const override { return bytes_; }

  const Names& Of(Scope scope) const { return names_[static_cast<size_t>(scope)]; }

 private:
  class Job;
  void TakeWellKnown();
  void MergeNames(const Names& from, Names& to);

  const std::vector<Scope> scopes_;
  const TagFilter filter_;
  const Pruning pruning_;
  const WellKnownAttributes well_known_;
  std::array<Names, 6> known_;             // by Scope: what need not be listed again
  std::array<Names, 6> names_;             // by Scope
  std::array<Names, 6> well_known_names_;  // likewise: to be listed once a span passes
  bool is_selected_ = false;               // whether one has
  size_t bytes_ = 0;                       // that they take
};

}  // namespace vivace::traceql
