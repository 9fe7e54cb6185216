#include "block/write/column_selection.h"

#include <algorithm>
#include <numeric>

#include "block/write/promotion.h"

namespace vivace {
namespace {

// A key must have at least this many values in the segment to be worth a column.
constexpr uint64_t kValuesMin = 1024;
// Spans that are looked at: enough to know the heaviest keys.
constexpr size_t kSampledSpans = 1 << 15;

// Bytes of high-cardinality strings among the span attributes, by key, estimated from every
// `stride`th span.
std::vector<uint64_t> HighCardinalityBytes(const Segment& segment) {
  std::vector<uint64_t> bytes(segment.keys().size());
  std::vector<uint64_t> values(segment.keys().size());
  std::vector<AttributeCode> scratch;
  const Segment::Spans& spans = segment.spans();
  const size_t stride = std::max<size_t>(1, segment.span_count() / kSampledSpans);
  for (size_t span = 0; span < segment.span_count(); span += stride) {
    const auto [begin, end] = Segment::RangeOf(spans.attribute_ends, span);
    for (const AttributeCode code : spans.attribute_codes.View(begin, end, scratch)) {
      const Segment::Attribute& attribute = segment.attributes()[code];
      if (attribute.value_kind() != ValueKind::kString ||
          !segment.IsHighCardinality(attribute.key()))
        continue;
      bytes[attribute.key()] += stride * (4 + attribute.size);
      values[attribute.key()] += stride;
    }
  }
  for (size_t key = 0; key < bytes.size(); ++key) {
    if (values[key] < kValuesMin) bytes[key] = 0;
  }
  return bytes;
}

}  // namespace

DedicatedColumns AddHighCardinalityColumns(const Segment& segment, DedicatedColumns columns) {
  const std::vector<uint64_t> bytes = HighCardinalityBytes(segment);
  std::vector<uint32_t> keys(bytes.size());
  std::iota(keys.begin(), keys.end(), 0);
  std::stable_sort(keys.begin(), keys.end(),
                   [&](uint32_t a, uint32_t b) { return bytes[a] > bytes[b]; });
  auto used = static_cast<size_t>(std::count_if(columns.begin(), columns.end(), [](const auto& c) {
    return c.scope == DedicatedScope::kSpan;
  }));
  for (const uint32_t key : keys) {
    if (used == kDedicatedSlots || bytes[key] == 0) break;
    DedicatedColumn column{.name = std::string(segment.keys()[key].view())};
    const bool exists = std::any_of(columns.begin(), columns.end(), [&](const auto& c) {
      return c.scope == column.scope && c.name == column.name;
    });
    if (exists || FilterForV4({column}).empty()) continue;  // has its own column already
    columns.push_back(std::move(column));
    ++used;
  }
  return columns;
}

std::vector<uint32_t> RankKeys(const Segment& segment) {
  const size_t count = segment.attributes().size();
  std::vector<uint32_t> values(segment.keys().size());
  for (size_t code = 0; code < count; ++code) ++values[segment.attributes()[code].key()];
  std::vector<uint32_t> keys(values.size());
  std::iota(keys.begin(), keys.end(), 0);
  std::stable_sort(keys.begin(), keys.end(), [&](uint32_t a, uint32_t b) {
    return std::bit_width(values[a]) < std::bit_width(values[b]);
  });
  std::vector<uint32_t> ranks(keys.size());
  for (uint32_t rank = 0; rank < keys.size(); ++rank) ranks[keys[rank]] = rank;
  return ranks;
}

}  // namespace vivace
