#include "query/bloom_index.h"

#include <algorithm>
#include <numeric>

namespace vivace {
namespace {

constexpr size_t kBitsPerWord = 64;

}  // namespace

Status BloomIndex::Add(uint32_t source, std::shared_ptr<const BloomShard> filter) {
  const auto [found, is_new] = groups_.try_emplace({filter->bits(), filter->hashes()});
  // What Build will make of it, and the filter until then.
  const size_t own_bytes = filter->set_bits().size() * sizeof(uint32_t) + filter->MemoryBytes();
  VIVACE_TRY(lease_.Grow(own_bytes + (is_new ? filter->bits() * sizeof(uint32_t) : 0)));
  found->second.filters.emplace_back(source, std::move(filter));
  return {};
}

void BloomIndex::Build() {
  for (auto& [shape, group] : groups_) Build(shape.first, group);
}

void BloomIndex::Build(uint64_t bits, Group& group) {
  group.begins.assign(bits + kBitsPerWord + 2, 0);  // foreign filters may set bits behind the last
  for (const auto& [source, filter] : group.filters) {
    for (const uint32_t bit : filter->set_bits()) ++group.begins[bit + 2];
  }
  std::partial_sum(group.begins.begin(), group.begins.end(), group.begins.begin());
  group.sources.resize(group.begins.back());
  for (const auto& [source, filter] : group.filters) {
    for (const uint32_t bit : filter->set_bits()) group.sources[group.begins[bit + 1]++] = source;
  }
  group.filters = {};
}

void BloomIndex::SourcesOf(const TraceId& id, std::vector<uint32_t>& out) const {
  const BloomBits bits(id);
  for (const auto& [shape, group] : groups_) SourcesOf(bits, shape, group, out);
}

void BloomIndex::SourcesOf(const BloomBits& id, const Shape& shape, const Group& group,
                           std::vector<uint32_t>& out) {
  const auto& [bits, hashes] = shape;
  for (const uint32_t source : group.Of(id.At(0, bits))) {
    bool may_have = true;
    for (uint32_t hash = 1; hash < hashes && may_have; ++hash)
      may_have = std::ranges::binary_search(group.Of(id.At(hash, bits)), source);
    if (may_have) out.push_back(source);
  }
}

}  // namespace vivace
