#include "block/index/span_counter.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "base/hash/fast_hash.h"
#include "block/index/index_encoding.h"
#include "block/index/index_limits.h"
#include "columns/array_elements.h"

namespace vivace {
namespace {

constexpr uint64_t kNanosPerMinute = 60 * kNanosPerSecond;
// Spans shorter than this are in no bucket.
constexpr uint64_t kSmallestCounted = 2;

// Minutes are closed on the right.
uint32_t MinuteOf(uint64_t unix_nanos) {
  return static_cast<uint32_t>(unix_nanos / kNanosPerMinute +
                               (unix_nanos % kNanosPerMinute != 0 ? 1 : 0));
}

// One text for each value, however arrays were encoded.
std::string CanonicalValue(const AttributeValue& value) {
  IndexEncoder encoder;
  if (value.kind != ValueKind::kArray) {
    encoder.PutValue(value);
    return encoder.Take();
  }
  std::vector<AttributeValue> elements;
  ForEachElement(value.text, [&](const AttributeValue& element) {
    elements.push_back(element);
    return true;
  });
  AttributeValue array = AttributeValue::Array({});
  const std::string encoded = EncodeArray(elements);
  array.text = encoded;
  array.bits = value.bits;
  encoder.PutValue(elements.size() == 1 ? elements.front() : array);
  return encoder.Take();
}

}  // namespace

size_t SpanCounter::KeyHash::operator()(const Key& key) const {
  return FastHash((uint64_t{key.service} << 32) | key.name,
                  (uint64_t{key.kind} << 32) ^ key.status);
}

void SpanCounter::BeginRowGroup(const ValueTable& services, const ValueTable& names) {
  row_group_services_ = &services;
  row_group_names_ = &names;
}

void SpanCounter::EndRowGroup() { local_groups_.clear(); }

void SpanCounter::AddSpan(const CountedSpan& span) {
  const Key key{span.service, span.name, span.kind, span.status};
  auto at = local_groups_.find(key);
  if (at == local_groups_.end()) at = local_groups_.emplace(key, LocalGroup{GroupOf(key), 0}).first;
  ++at->second.spans;
  if (is_too_much_) return;
  const uint32_t cell = CellOf(at->second.group, MinuteOf(span.start_unix_nanos));
  if (is_too_much_) return;
  ++cells_[cell].spans;
  CountDuration(cells_[cell], span.duration_nanos);
}

// The block's group of a row group's.
uint32_t SpanCounter::GroupOf(const Key& local) {
  if (groups_.size() >= kIndexGroupsMax) GiveUp();
  if (is_too_much_) return kNone;
  const Key key{InternService(local.service), InternName(local.name), local.kind, local.status};
  const auto [at, is_new] = groups_.try_emplace(key, static_cast<uint32_t>(groups_.size()));
  if (is_new) last_cells_.push_back(kNone);
  return at->second;
}

uint32_t SpanCounter::InternService(uint32_t code) {
  if (code == Column::kMissing) return Column::kMissing;
  return services_
      .try_emplace(CanonicalValue(row_group_services_->Value(code)),
                   static_cast<uint32_t>(services_.size()))
      .first->second;
}

uint32_t SpanCounter::InternName(uint32_t code) {
  return names_
      .try_emplace(std::string(row_group_names_->Value(code).text),
                   static_cast<uint32_t>(names_.size()))
      .first->second;
}

uint32_t SpanCounter::CellOf(uint32_t group, uint32_t minute) {
  uint32_t& last = last_cells_[group];
  if (last != kNone && cells_[last].minute == minute) return last;
  const auto next = static_cast<uint32_t>(cells_.size());
  const auto [at, is_new] = cells_by_minute_.try_emplace(uint64_t{group} << 32 | minute, next);
  if (is_new) cells_.push_back({group, minute, 0, 0, 0});
  last = at->second;
  const uint32_t cell = at->second;
  if (cells_.size() > kIndexCellsMax) GiveUp();
  return cell;
}

// A cell's counts stand together, in as many places as the next power of two: where they are full
// the cell moves to the end.
void SpanCounter::CountDuration(Cell& cell, uint64_t nanos) {
  if (nanos < kSmallestCounted) return;
  const uint64_t bit = uint64_t{1} << (std::bit_width(nanos - 1) - 1);
  const auto position = static_cast<size_t>(std::popcount(cell.exponents & (bit - 1)));
  if ((cell.exponents & bit) != 0) {
    ++buckets_[cell.buckets + position];
    return;
  }
  const auto count = static_cast<size_t>(std::popcount(cell.exponents));
  if (std::has_single_bit(count) || count == 0) {
    const size_t moved = buckets_.size();
    buckets_.resize(moved + std::bit_ceil(count + 1));
    std::copy_n(buckets_.begin() + cell.buckets, count,
                buckets_.begin() + static_cast<ptrdiff_t>(moved));
    cell.buckets = static_cast<uint32_t>(moved);
  }
  const auto begin = buckets_.begin() + cell.buckets;
  const auto at = begin + static_cast<ptrdiff_t>(position);
  const auto end = begin + static_cast<ptrdiff_t>(count);
  std::copy_backward(at, end, end + 1);
  *at = 1;
  cell.exponents |= bit;
  if (buckets_.size() > kIndexBucketsMax) GiveUp();
}

void SpanCounter::GiveUp() {
  is_too_much_ = true;
  groups_ = {};
  services_.clear();
  names_.clear();
  last_cells_ = {};
  cells_by_minute_ = {};
  cells_ = {};
  buckets_ = {};
}

// The groups in the order of what they stand for, with the codes that services and names get by
// theirs; `order`: the numbers of these groups here.
std::vector<SpanCounter::Key> SpanCounter::SortedGroups(std::vector<uint32_t>& order) const {
  const auto ranks = [](const auto& table) {
    std::vector<uint32_t> ranks(table.size());
    uint32_t rank = 0;
    for (const auto& [text, code] : table) ranks[code] = rank++;
    return ranks;
  };
  const std::vector<uint32_t> service_ranks = ranks(services_);
  const std::vector<uint32_t> name_ranks = ranks(names_);
  std::vector<std::pair<Key, uint32_t>> sorted;
  for (const auto& [key, group] : groups_) {
    const uint32_t service =
        key.service == Column::kMissing ? Column::kMissing : service_ranks[key.service];
    sorted.emplace_back(Key{service, name_ranks[key.name], key.kind, key.status}, group);
  }
  std::ranges::sort(sorted, {}, [](const auto& entry) {
    const Key& key = entry.first;
    return std::tuple(key.service, key.name, key.kind, key.status);
  });
  std::vector<Key> keys;
  for (const auto& [key, group] : sorted) {
    keys.push_back(key);
    order.push_back(group);
  }
  return keys;
}

// The cells of one group, by minute.
void SpanCounter::AppendCells(std::vector<uint32_t>& cells, SpanCounts& out) const {
  std::ranges::sort(cells, {}, [&](uint32_t cell) { return cells_[cell].minute; });
  for (const uint32_t number : cells) {
    const Cell& cell = cells_[number];
    const auto begin = static_cast<uint32_t>(out.buckets.size());
    uint32_t at = cell.buckets;
    for (uint64_t bits = cell.exponents; bits != 0; bits &= bits - 1) {
      out.buckets.push_back({static_cast<uint8_t>(std::countr_zero(bits) + 1), buckets_[at++]});
    }
    out.cells.push_back(
        {cell.minute, cell.spans, begin, static_cast<uint32_t>(out.buckets.size())});
  }
}

std::optional<SpanCounts> SpanCounter::Take() {
  if (is_too_much_) return std::nullopt;
  SpanCounts out;
  auto services = std::make_shared<IndexValues>();
  for (const auto& [encoded, code] : services_) services->Add(IndexDecoder(encoded).Value());
  auto names = std::make_shared<IndexValues>();
  for (const auto& [text, code] : names_) names->Add(AttributeValue::String(text));
  std::vector<std::vector<uint32_t>> cells_of(groups_.size());
  for (uint32_t cell = 0; cell < cells_.size(); ++cell)
    cells_of[cells_[cell].group].push_back(cell);
  std::vector<uint32_t> order;
  const std::vector<Key> keys = SortedGroups(order);
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto begin = static_cast<uint32_t>(out.cells.size());
    AppendCells(cells_of[order[i]], out);
    out.groups.push_back({keys[i].service, keys[i].name, keys[i].kind, keys[i].status, begin,
                          static_cast<uint32_t>(out.cells.size())});
  }
  out.services = std::move(services);
  out.names = std::move(names);
  return out;
}

}  // namespace vivace
