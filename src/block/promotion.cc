#include "block/promotion.h"

#include <span>
#include <string_view>

namespace vivace {
namespace {

constexpr std::array<std::string_view, 9> kResourceNames = {"service.name",      "cluster",          "namespace",          "pod",
                                                            "container",         "k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name",
                                                            "k8s.container.name"};
constexpr std::array<std::string_view, 3> kSpanNames = {"http.method", "http.url", "http.status_code"};
constexpr uint8_t kServiceName = 0;
constexpr uint8_t kHttpStatusCode = 2;
constexpr uint8_t kNoIntColumn = 0xfe;

// The column for a key: a well-known name first, then a slot.
uint8_t ColumnOfKey(std::string_view key, std::span<const std::string_view> names, const std::array<std::string, kDedicatedSlots>& slots,
                    uint8_t otherwise) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (key == names[i]) return static_cast<uint8_t>(i);
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].empty() && key == slots[i]) return static_cast<uint8_t>(names.size() + i);
  }
  return otherwise;
}

}  // namespace

Promotion::Promotion(const Segment& segment, const AttributeProfiles& profiles, const DedicatedSlots& slots)
    : segment_(segment), profiles_(profiles) {
  for (uint32_t key = 0; key < segment.keys().size(); ++key) {
    const std::string_view name = segment.keys()[key].view();
    resource_columns_.push_back(ColumnOfKey(name, kResourceNames, slots.resource, kGeneric));
    span_columns_.push_back(ColumnOfKey(name, kSpanNames, slots.span, kGeneric));
  }
}

uint8_t Promotion::ColumnOf(const std::vector<uint8_t>& columns, uint8_t int_column, AttributeCode code) const {
  const AttributeProfiles::Profile profile = profiles_[code];
  const uint8_t column = columns[profile.key];
  if (column == kGeneric || !(column == int_column ? profile.IsInt() : profile.IsString())) return kGeneric;
  const bool is_service_name = &columns == &resource_columns_ && column == kServiceName;
  return is_service_name && segment_.attributes()[code].size == 0 ? kGeneric : column;
}

void Promotion::Split(const std::vector<uint8_t>& columns, uint8_t int_column, const ChunkedArray<AttributeCode>& codes, uint32_t begin,
                      uint32_t end, size_t row, size_t rows, PromotedAttributes& out) const {
  out.begins.push_back(static_cast<uint32_t>(out.generic.size()));
  for (uint32_t i = begin; i < end; ++i) {
    const AttributeCode code = codes[i];
    const uint8_t column = ColumnOf(columns, int_column, code);
    if (column == kGeneric) {
      out.generic.push_back(code);
      continue;
    }
    std::vector<AttributeCode>& promoted = out.columns[column];
    if (promoted.empty()) promoted.assign(rows, PromotedAttributes::kNone);
    if (promoted[row] != PromotedAttributes::kNone) out.generic.push_back(promoted[row]);
    promoted[row] = code;
  }
}

PromotedAttributes Promotion::Resources(const RowGroupLayout& layout) const {
  PromotedAttributes out;
  out.columns.resize(kResourceTargets.size());
  const size_t rows = layout.resource_rows.size();
  for (size_t row = 0; row < rows; ++row) {
    const Segment::Resource& resource = segment_.resources()[layout.resource_rows[row]];
    Split(resource_columns_, kNoIntColumn, segment_.shared_codes(), resource.attributes_begin, resource.attributes_end, row, rows, out);
  }
  out.begins.push_back(static_cast<uint32_t>(out.generic.size()));
  return out;
}

PromotedAttributes Promotion::Spans(const RowGroupLayout& layout) const {
  PromotedAttributes out;
  out.columns.resize(kSpanTargets.size());
  const size_t rows = layout.spans();
  for (size_t row = 0; row < rows; ++row) {
    const auto [begin, end] = Segment::RangeOf(segment_.spans().attribute_ends, layout.span_rows[row]);
    Split(span_columns_, kHttpStatusCode, segment_.spans().attribute_codes, begin, end, row, rows, out);
  }
  out.begins.push_back(static_cast<uint32_t>(out.generic.size()));
  return out;
}

}  // namespace vivace
