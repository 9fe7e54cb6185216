#include "query/newest_rows.h"

#include <algorithm>
#include <functional>

namespace vivace {
namespace {

// Rows that the index knows, in the order in which they were found.
struct FoundRows {
  std::vector<uint32_t> rows;     // of the row group
  std::vector<uint32_t> entries;  // of each
};

// The batch of the rows found since `begin`.
RowBatch BatchOf(const FoundRows& found, size_t begin, uint64_t next_unix_nanos,
                 const std::shared_ptr<const NewestTraces>& newest) {
  std::vector<std::pair<uint32_t, uint32_t>> sorted;
  for (size_t i = begin; i < found.rows.size(); ++i)
    sorted.emplace_back(found.rows[i], found.entries[i]);
  std::ranges::sort(sorted);
  RowBatch batch{.rows = RowSet(), .next_unix_nanos = next_unix_nanos, .known = {newest, {}}};
  for (const auto& [row, entry] : sorted) {
    batch.rows->Add(row, row + 1);
    batch.known.entries.push_back(entry);
  }
  return batch;
}

}  // namespace

// Where rows were chosen, a batch has as many of them as it should; where they were not, as many of
// the block's newest traces, whatever their row groups.
std::vector<RowBatch> SplitByIndex(const std::shared_ptr<const NewestTraces>& newest,
                                   uint64_t traces, const RowsOfView& rows,
                                   std::span<const size_t> sizes) {
  std::vector<RowBatch> batches;
  FoundRows found;
  size_t batch_begin = 0;
  size_t seen = 0;
  for (size_t entry = 0; entry < newest->size() && batches.size() < sizes.size(); ++entry) {
    const uint32_t row = newest->rows[entry];
    const bool is_here =
        row >= rows.first && row < rows.end &&
        (!rows.chosen.has_value() || rows.chosen->Overlaps(row - rows.first, row - rows.first + 1));
    if (is_here) {
      found.rows.push_back(row - rows.first);
      found.entries.push_back(entry);
    }
    seen += is_here || !rows.chosen.has_value() ? 1 : 0;
    if (seen < sizes[batches.size()]) continue;
    const bool is_last = entry + 1 == newest->size();
    if (is_last && newest->size() == traces) break;
    batches.push_back(
        BatchOf(found, batch_begin, newest->start_unix_nanos[is_last ? entry : entry + 1], newest));
    batch_begin = found.rows.size();
  }
  if (batches.empty()) return batches;
  std::erase_if(batches, [](const RowBatch& batch) { return batch.rows->empty(); });
  batches.push_back({.rows = rows.chosen, .known = {}});
  return batches;
}

std::vector<RowBatch> SplitByStart(std::span<const uint64_t> start_unix_nanos,
                                   const std::optional<RowSet>& chosen,
                                   std::span<const size_t> sizes) {
  std::vector<uint64_t> sorted(start_unix_nanos.begin(), start_unix_nanos.end());
  std::vector<RowBatch> batches;
  for (const size_t size : sizes) {
    if (sorted.size() <= size) break;
    const auto next = sorted.begin() + static_cast<ptrdiff_t>(size);
    std::ranges::nth_element(sorted, next, std::greater());
    batches.push_back({.rows = RowSet(), .next_unix_nanos = *next, .known = {}});
  }
  if (batches.empty()) return batches;
  for (uint32_t i = 0; i < start_unix_nanos.size(); ++i) {
    size_t batch = 0;
    while (batch < batches.size() && start_unix_nanos[i] <= batches[batch].next_unix_nanos) ++batch;
    if (batch == batches.size()) continue;
    const uint32_t row = chosen.has_value() ? chosen->RowAt(i) : i;
    batches[batch].rows->Add(row, row + 1);
  }
  std::erase_if(batches, [](const RowBatch& batch) { return batch.rows->empty(); });
  batches.push_back({.rows = chosen, .known = {}});
  return batches;
}

KnownTraces FindKnown(const std::shared_ptr<const NewestTraces>& newest, uint32_t first,
                      const RowSet& rows) {
  if (newest == nullptr) return {};
  std::vector<std::pair<uint32_t, uint32_t>> found;
  for (uint32_t entry = 0; entry < newest->size() && found.size() < rows.size(); ++entry) {
    const uint32_t row = newest->rows[entry];
    if (row >= first && rows.Overlaps(row - first, row - first + 1)) found.emplace_back(row, entry);
  }
  KnownTraces known{newest, {}};
  if (found.size() < rows.size()) return known;
  std::ranges::sort(found);
  for (const auto& [row, entry] : found) known.entries.push_back(entry);
  return known;
}

}  // namespace vivace
