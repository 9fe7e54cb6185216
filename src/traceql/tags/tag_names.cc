#include "traceql/tags/tag_names.h"

#include <algorithm>

#include "traceql/pipeline/conditions.h"
#include "traceql/tags/span_selection.h"

namespace vivace::traceql {
namespace {

constexpr size_t kNameBytes = 96;  // a node of the set with its string; about

constexpr std::array<std::string_view, 25> kIntrinsicTags = {"duration",
                                                             "event:name",
                                                             "event:timeSinceStart",
                                                             "instrumentation:name",
                                                             "instrumentation:version",
                                                             "kind",
                                                             "link:spanID",
                                                             "link:traceID",
                                                             "name",
                                                             "rootName",
                                                             "rootServiceName",
                                                             "span:duration",
                                                             "span:id",
                                                             "span:kind",
                                                             "span:name",
                                                             "span:parentID",
                                                             "span:status",
                                                             "span:statusMessage",
                                                             "status",
                                                             "statusMessage",
                                                             "trace:duration",
                                                             "trace:id",
                                                             "trace:rootName",
                                                             "trace:rootService",
                                                             "traceDuration"};

}  // namespace

std::span<const std::string_view> IntrinsicTags() { return kIntrinsicTags; }

class TagNames::Job final : public ViewJob {
 public:
  Job(TagNames& names, const ViewRows& rows, SpanSelection selection)
      : names_(names), rows_(rows), selection_(std::move(selection)) {}

  Status AddTrace(uint32_t trace) override { return selection_.AddTrace(trace); }
  Status AddAllTraces() override { return selection_.AddAllTraces(); }

  Status Finish() override {
    names_.is_selected_ |= selection_.has_any();
    for (const Scope scope : names_.scopes_) VIVACE_TRY(AddNames(scope));
    if (names_.is_selected_) names_.TakeWellKnown();
    return {};
  }

 private:
  Status AddNames(Scope scope) {
    Names& names = names_.names_[static_cast<size_t>(scope)];
    Names& well_known = names_.well_known_names_[static_cast<size_t>(scope)];
    const Names& known = names_.known_[static_cast<size_t>(scope)];
    std::vector<std::string> found;
    VIVACE_TRY(rows_.view().ListKeys(OwnerOfScope(scope), [&](std::string_view key) {
      if (!names.contains(key) && !well_known.contains(key) && !known.contains(key))
        found.emplace_back(key);
    }));
    for (std::string& key : found) {
      Listing listing = selection_.is_all() ? Listing::kAlways : Listing::kNever;
      if (!selection_.is_all()) {
        const bool was_loaded = rows_.view().IsLoaded(OwnerOfScope(scope), key);
        VIVACE_ASSIGN(listing, ListingOf(scope, key));
        if (!was_loaded) rows_.view().Release(OwnerOfScope(scope), key);
      }
      if (listing == Listing::kNever) continue;
      names_.bytes_ += kNameBytes + key.size();
      (listing == Listing::kAlways ? names : well_known).insert(std::move(key));
    }
    return {};
  }

  // Whether a name is listed: well-known ones wherever the filter passes any span at all.
  enum class Listing : uint8_t { kNever, kIfAnySpanPasses, kAlways };
  Result<Listing> ListingOf(Scope scope, const std::string& key) {
    VIVACE_ASSIGN(const Column* column, rows_.view().LoadAttribute(OwnerOfScope(scope), key));
    if (column == nullptr) return Listing::kNever;
    if ((scope == Scope::kResource || scope == Scope::kSpan) && IsWellKnown(key, *column))
      return Listing::kIfAnySpanPasses;
    VIVACE_ASSIGN(const bool is_there, SomeSpanHas(scope, *column));
    return is_there ? Listing::kAlways : Listing::kNever;
  }

  Result<bool> SomeSpanHas(Scope scope, const Column& column) {
    if (scope == Scope::kEvent || scope == Scope::kLink)
      VIVACE_TRY(rows_.Load(OwnerOfScope(scope)));
    for (uint32_t span = 0, count = rows_.span_count(); span < count; ++span) {
      if (!selection_.Has(span)) continue;
      const auto [begin, end] = OwnersOf(scope, span);
      for (uint32_t row = begin; row < end; ++row) {
        if (column.codes[row] != Column::kMissing) return true;
      }
    }
    return false;
  }

  bool IsWellKnown(const std::string& key, const Column& column) const {
    const auto known = names_.well_known_.find(key);
    if (known == names_.well_known_.end()) return false;
    return std::ranges::any_of(column.codes, [&](uint32_t code) {
      return code != Column::kMissing && column.values->Value(code).kind == known->second;
    });
  }

  std::pair<uint32_t, uint32_t> OwnersOf(Scope scope, uint32_t span) const {
    const auto one = [](uint32_t row) { return std::pair(row, row + 1); };
    switch (scope) {
      case Scope::kResource:
        return one(rows_.ResourceOf(span));
      case Scope::kInstrumentation:
        return one(rows_.ScopeOf(span));
      case Scope::kEvent:
        return rows_.EventsOf(span);
      case Scope::kLink:
        return rows_.LinksOf(span);
      default:
        return one(span);
    }
  }

  TagNames& names_;
  const ViewRows& rows_;
  SpanSelection selection_;
};

TagNames::TagNames(std::vector<Scope> scopes, TagFilter filter, WellKnownAttributes well_known)
    : scopes_(std::move(scopes)), filter_(std::move(filter)), well_known_(std::move(well_known)) {}

Result<std::unique_ptr<ViewJob>> TagNames::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(SpanSelection selection, SpanSelection::Make(filter_, rows));
  return std::make_unique<Job>(*this, rows, std::move(selection));
}

Result<bool> TagNames::AddSummary(SourceSummary& summary) {
  VIVACE_ASSIGN(const std::shared_ptr<const KeyLists> keys, summary.Keys());
  if (filter_.filters() || keys == nullptr) return false;
  is_selected_ = true;
  for (const Scope scope : scopes_) {
    const Names& known = known_[static_cast<size_t>(scope)];
    for (const std::string& key : keys->Of(OwnerOfScope(scope))) {
      if (known.contains(key)) continue;
      if (names_[static_cast<size_t>(scope)].insert(key).second) bytes_ += kNameBytes + key.size();
    }
  }
  return true;
}

std::unique_ptr<ViewQuery> TagNames::NewPart(const std::optional<DataRange>& /*range*/) const {
  auto part = std::make_unique<TagNames>(scopes_, filter_, well_known_);
  part->known_ = names_;
  for (size_t scope = 0; scope < names_.size(); ++scope)
    part->known_[scope].insert(well_known_names_[scope].begin(), well_known_names_[scope].end());
  return part;
}

void TagNames::Merge(const ViewQuery& part) {
  const auto& from = static_cast<const TagNames&>(part);
  for (size_t scope = 0; scope < names_.size(); ++scope) {
    MergeNames(from.names_[scope], names_[scope]);
    MergeNames(from.well_known_names_[scope], well_known_names_[scope]);
  }
  is_selected_ |= from.is_selected_;
  if (is_selected_) TakeWellKnown();
}

void TagNames::MergeNames(const Names& from, Names& to) {
  for (const std::string& name : from) {
    if (to.insert(name).second) bytes_ += kNameBytes + name.size();
  }
}

void TagNames::TakeWellKnown() {
  for (size_t scope = 0; scope < names_.size(); ++scope)
    names_[scope].merge(well_known_names_[scope]);
}

bool TagNames::needs_whole_traces() const { return filter_.is_trace_level(); }

}  // namespace vivace::traceql
