#include "query/combine.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

namespace vivace {
namespace {

constexpr uint8_t kServer = 2;
constexpr uint8_t kClient = 3;

struct SpanKey {
  SpanId id;
  uint8_t kind;
  bool operator==(const SpanKey&) const = default;
};

struct SpanKeyHash {
  size_t operator()(const SpanKey& key) const {
    uint64_t bits;
    std::memcpy(&bits, key.id.bytes.data(), sizeof bits);
    return (bits ^ key.kind) * 0x9e3779b97f4a7c15u;
  }
};

std::vector<uint32_t> DistinctRows(const SpanBatch& batch) {
  std::unordered_set<SpanKey, SpanKeyHash> seen;
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < batch.spans.size(); ++row) {
    if (seen.insert({batch.spans.span_id[row], batch.spans.kind[row]}).second) rows.push_back(row);
  }
  return rows;
}

SpanId CounterId(uint64_t counter) {
  SpanId id;
  for (size_t i = 0; i < SpanId::kBytes; ++i)
    id.bytes[SpanId::kBytes - 1 - i] = static_cast<uint8_t>(counter >> (8 * i));
  return id;
}

// Server rows whose id a client row has too.
std::vector<uint32_t> SharedServerRows(const SpanBatch& batch, const std::vector<uint32_t>& rows) {
  std::set<SpanId> clients;
  for (const uint32_t row : rows) {
    if (batch.spans.kind[row] == kClient) clients.insert(batch.spans.span_id[row]);
  }
  std::vector<uint32_t> shared;
  for (const uint32_t row : rows) {
    if (batch.spans.kind[row] == kServer && clients.contains(batch.spans.span_id[row]))
      shared.push_back(row);
  }
  return shared;
}

void AssignServerSpanIds(SpanBatch& batch, const std::vector<uint32_t>& rows) {
  const std::vector<uint32_t> servers = SharedServerRows(batch, rows);
  if (servers.empty()) return;
  SpanColumns& spans = batch.spans;
  std::set<SpanId> used;
  for (const uint32_t row : rows) used.insert(spans.span_id[row]);
  std::map<SpanId, SpanId> renamed;
  uint64_t counter = 1;
  for (const uint32_t row : servers) {
    while (used.contains(CounterId(counter))) ++counter;
    const SpanId shared = spans.span_id[row];
    spans.parent_span_id[row] = shared;
    spans.span_id[row] = renamed[shared] = CounterId(counter++);
  }
  for (const uint32_t row : rows) {
    const auto found = renamed.find(spans.parent_span_id[row]);
    if (found != renamed.end() && found->second != spans.span_id[row])
      spans.parent_span_id[row] = found->second;
  }
}

}  // namespace

std::vector<uint32_t> CombineTrace(SpanBatch& batch) {
  std::vector<uint32_t> rows = DistinctRows(batch);
  AssignServerSpanIds(batch, rows);
  const SpanColumns& spans = batch.spans;
  std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(spans.start_unix_nanos[a], spans.span_id[a]) <
           std::tie(spans.start_unix_nanos[b], spans.span_id[b]);
  });
  return rows;
}

}  // namespace vivace
