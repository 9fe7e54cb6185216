#include "block/index/newest_collector.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>

#include "block/index/index_limits.h"
#include "block/index/index_sections.h"

namespace vivace {
namespace {

// The rows of a row group that may be among the newest of the block.
std::vector<uint32_t> NewestRows(std::span<const uint64_t> start_unix_nanos) {
  std::vector<uint32_t> rows(start_unix_nanos.size());
  std::iota(rows.begin(), rows.end(), 0);
  if (rows.size() <= kIndexNewestMax) return rows;
  const auto end = rows.begin() + kIndexNewestMax;
  std::ranges::nth_element(rows, end, [&](uint32_t a, uint32_t b) {
    return std::pair(start_unix_nanos[b], a) < std::pair(start_unix_nanos[a], b);
  });
  rows.erase(end, rows.end());
  return rows;
}

}  // namespace

bool NewestCollector::ComesBefore(const Trace& a, const Trace& b) {
  return std::pair(b.start_unix_nanos, a.row) < std::pair(a.start_unix_nanos, b.row);
}

std::optional<std::string> NewestCollector::TextOf(const ValueTable& table, uint32_t code) {
  if (code == Column::kMissing) return std::nullopt;
  return std::string(table.Value(code).text);
}

void NewestCollector::Add(const RowGroupTraces& traces) {
  const bool is_full = newest_.size() == kIndexNewestMax;
  const uint64_t oldest = is_full ? newest_.back().start_unix_nanos : 0;
  for (const uint32_t row : NewestRows(traces.start_unix_nanos)) {
    if (is_full && traces.start_unix_nanos[row] <= oldest) continue;
    newest_.push_back({.row = static_cast<uint32_t>(trace_count_) + row,
                       .id = traces.ids[row],
                       .start_unix_nanos = traces.start_unix_nanos[row],
                       .end_unix_nanos = traces.end_unix_nanos[row],
                       .root_service = TextOf(traces.services, traces.root_services[row]),
                       .root_name = TextOf(traces.names, traces.root_names[row])});
  }
  trace_count_ += traces.start_unix_nanos.size();
  std::ranges::sort(newest_, ComesBefore);
  if (newest_.size() > kIndexNewestMax) newest_.resize(kIndexNewestMax);
}

// The texts in ascending order.
std::shared_ptr<const ValueTable> NewestCollector::MakeCodes(
    std::span<const Trace> traces, std::optional<std::string> Trace::*text,
    std::vector<uint32_t>& codes) {
  std::map<std::string_view, uint32_t> known;
  for (const Trace& trace : traces) {
    if ((trace.*text).has_value()) known.try_emplace(*(trace.*text));
  }
  auto table = std::make_shared<IndexValues>();
  for (auto& [value, code] : known) code = table->Add(AttributeValue::String(value));
  for (const Trace& trace : traces)
    codes.push_back((trace.*text).has_value() ? known.at(*(trace.*text)) : Column::kMissing);
  return table;
}

NewestTraces NewestCollector::Take(uint64_t data_bytes) {
  const uint64_t bytes_max =
      std::max(data_bytes / kIndexNewestShareOfData, kIndexNewestBytesAlways);
  if (newest_.size() > bytes_max / kIndexNewestTraceBytes)
    newest_.resize(bytes_max / kIndexNewestTraceBytes);
  NewestTraces newest;
  const auto collect = [&](auto Trace::*member, auto& column) {
    std::ranges::transform(newest_, std::back_inserter(column),
                           [&](const Trace& trace) { return trace.*member; });
  };
  collect(&Trace::row, newest.rows);
  collect(&Trace::id, newest.ids);
  collect(&Trace::start_unix_nanos, newest.start_unix_nanos);
  collect(&Trace::end_unix_nanos, newest.end_unix_nanos);
  newest.services = MakeCodes(newest_, &Trace::root_service, newest.root_services);
  newest.names = MakeCodes(newest_, &Trace::root_name, newest.root_names);
  return newest;
}

}  // namespace vivace
