#include "query/known_traces_view.h"

namespace vivace {
namespace {

bool IsKnown(Field field) {
  return field == Field::kTraceStart || field == Field::kTraceEnd ||
         field == Field::kTraceRootName || field == Field::kTraceRootService;
}

}  // namespace

template <typename T>
std::vector<T> KnownTracesView::Of(const std::vector<T>& all) const {
  std::vector<T> some;
  some.reserve(known_.size());
  for (const uint32_t entry : known_.entries) some.push_back(all[entry]);
  return some;
}

Column KnownTracesView::MakeField(Field field) const {
  const NewestTraces& newest = *known_.newest;
  Column column;
  if (field == Field::kTraceStart) column.numbers = Of(newest.start_unix_nanos);
  if (field == Field::kTraceEnd) column.numbers = Of(newest.end_unix_nanos);
  if (field == Field::kTraceRootName) column.codes = Of(newest.root_names);
  if (field == Field::kTraceRootName) column.values = newest.names;
  if (field == Field::kTraceRootService) column.codes = Of(newest.root_services);
  if (field == Field::kTraceRootService) column.values = newest.services;
  return column;
}

Result<const Column*> KnownTracesView::Load(Field field) {
  if (!IsKnown(field)) return inner_.Load(field);
  std::unique_ptr<Column>& column = fields_[static_cast<size_t>(field)];
  if (column == nullptr) column = std::make_unique<Column>(MakeField(field));
  return column.get();
}

Result<std::span<const TraceId>> KnownTracesView::TraceIds() {
  if (ids_.empty()) ids_ = Of(known_.newest->ids);
  return ids_;
}

}  // namespace vivace
