#include "columns/span_counts_view.h"

#include <algorithm>
#include <numeric>

namespace vivace {
namespace {

constexpr std::string_view kServiceName = "service.name";

}  // namespace

SpanCountsView::SpanCountsView(const SpanCounts& counts)
    : counts_(counts),
      groups_(static_cast<uint32_t>(counts.groups.size())),
      numbered_(groups_ + 1),
      trace_begin_{0, groups_},
      first_(groups_),
      no_children_(groups_ + 1),
      services_(CodesOf(&SpanCounts::Group::service, counts.services)),
      trace_ids_(1),
      nested_sets_(groups_) {
  std::iota(numbered_.begin(), numbered_.end(), 0);
  has_services_ =
      std::ranges::any_of(services_.codes, [](uint32_t code) { return code != Column::kMissing; });
}

Column SpanCountsView::CodesOf(uint32_t SpanCounts::Group::*code,
                               std::shared_ptr<const ValueTable> values) const {
  Column column;
  column.codes.reserve(groups_);
  for (const SpanCounts::Group& group : counts_.groups) column.codes.push_back(group.*code);
  column.values = std::move(values);
  return column;
}

Column SpanCountsView::NumbersOf(uint32_t SpanCounts::Group::*number) const {
  Column column;
  column.numbers.reserve(groups_);
  for (const SpanCounts::Group& group : counts_.groups) column.numbers.push_back(group.*number);
  return column;
}

uint32_t SpanCountsView::rows(RowKind kind) const {
  switch (kind) {
    case RowKind::kTrace:
      return 1;
    case RowKind::kResource:
    case RowKind::kScope:
    case RowKind::kSpan:
      return groups_;
    default:
      return 0;
  }
}

Result<std::span<const uint32_t>> SpanCountsView::Begins(RowKind kind) {
  switch (kind) {
    case RowKind::kResource:
      return trace_begin_;
    case RowKind::kScope:
    case RowKind::kSpan:
      return numbered_;
    default:
      return no_children_;
  }
}

std::span<const uint32_t> SpanCountsView::Owners(RowKind kind) {
  if (kind == RowKind::kTrace) return first_;
  return std::span<const uint32_t>(numbered_).first(groups_);
}

Result<const Column*> SpanCountsView::Load(Field field) {
  std::unique_ptr<Column>& column = fields_[static_cast<size_t>(field)];
  if (column != nullptr) return column.get();
  switch (field) {
    case Field::kSpanName:
      column = std::make_unique<Column>(CodesOf(&SpanCounts::Group::name, counts_.names));
      break;
    case Field::kSpanKind:
      column = std::make_unique<Column>(NumbersOf(&SpanCounts::Group::kind));
      break;
    case Field::kSpanStatus:
      column = std::make_unique<Column>(NumbersOf(&SpanCounts::Group::status));
      break;
    default:
      return Fail(ErrorCode::kUnimplemented, "spans are not counted by this field");
  }
  return column.get();
}

Result<const Column*> SpanCountsView::LoadAttribute(RowKind owner, std::string_view key) {
  const bool is_service = owner == RowKind::kResource && key == kServiceName;
  return is_service && has_services_ ? &services_ : nullptr;
}

Status SpanCountsView::ListKeys(RowKind owner,
                                const std::function<void(std::string_view key)>& add) {
  if (owner == RowKind::kResource && has_services_) add(kServiceName);
  return {};
}

}  // namespace vivace
