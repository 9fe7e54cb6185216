#include "block/keyed_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <protozero/pbf_writer.hpp>
#include <utility>

namespace vivace {
namespace {

// Field numbers of opentelemetry.proto.common.v1: ArrayValue.values, and AnyValue's alternatives.
constexpr uint32_t kValuesField = 1;
enum AnyField : uint32_t { kStringField = 1, kBoolField = 2, kIntField = 3, kDoubleField = 4 };

std::unexpected<Error> Damaged(Leaf leaf, std::string_view message) {
  return Fail(ErrorCode::kDataLoss, fmt::format("column {}: {}", InfoOf(leaf).path, message));
}

// Of each row at `depth` the number of its first value, and the number of all: `max` is the definition level of a value.
std::vector<uint32_t> BeginsAt(const LeafData& leaf, uint8_t depth, uint8_t max) {
  std::vector<uint32_t> begins;
  uint32_t values = 0;
  for (size_t entry = 0; entry < leaf.entries; ++entry) {
    if (leaf.repetition[entry] <= depth && leaf.definition[entry] >= depth) begins.push_back(values);
    values += leaf.definition[entry] == max ? 1 : 0;
  }
  begins.push_back(values);
  return begins;
}

}  // namespace

Result<KeyedAttributes> KeyedAttributes::Make(RowKind owner, uint32_t rows, const ReadFunction& read) {
  KeyedAttributes lists(owner, read);
  VIVACE_TRY(lists.ReadKeys(rows));
  return lists;
}

Status KeyedAttributes::ReadKeys(uint32_t rows) {
  VIVACE_ASSIGN(parts_[kKey], (*read_)(LeafOf(kKey)));
  if (parts_[kKey] == nullptr) return {};
  const auto depth = static_cast<uint8_t>(DepthOf(owner_));
  begins_ = BeginsAt(*parts_[kKey], depth, static_cast<uint8_t>(depth + 1));
  if (begins_.size() != rows + 1) return Damaged(LeafOf(kKey), fmt::format("{} rows where {} are expected", begins_.size() - 1, rows));
  if (parts_[kKey]->codes.size() != begins_.back()) return Damaged(LeafOf(kKey), "another number of values than its levels say");
  return {};
}

Status KeyedAttributes::ReadValues() {
  if (std::exchange(are_values_read_, true)) return {};
  for (size_t part = kIsArray; part < kParts; ++part) {
    VIVACE_ASSIGN(parts_[part], (*read_)(LeafOf(part)));
    if (parts_[part] == nullptr) continue;
    const auto depth = static_cast<uint8_t>(DepthOf(owner_) + 1);
    begins_by_part_[part] = BeginsAt(*parts_[part], depth, static_cast<uint8_t>(InfoOf(LeafOf(part)).max_definition));
    const std::vector<uint32_t>& begins = begins_by_part_[part];
    if (begins.size() != begins_.back() + 1) {
      return Damaged(LeafOf(part), fmt::format("{} attributes where {} are expected", begins.size() - 1, begins_.back()));
    }
    if (parts_[part]->value_count() != begins.back()) return Damaged(LeafOf(part), "another number of values than its levels say");
  }
  return {};
}

Status KeyedAttributes::Prepare(std::string_view key, AttributeBuild& build) {
  key_codes_.clear();
  if (parts_[kKey] == nullptr) return {};
  for (uint32_t code = 0; code < parts_[kKey]->texts.size(); ++code) {
    if (parts_[kKey]->texts.Text(code) == key) key_codes_.push_back(code);
  }
  if (key_codes_.empty()) return {};
  VIVACE_TRY(ReadValues());
  if (parts_[kText] != nullptr) text_base_ = build.values->AddTexts(parts_[kText]);
  return {};
}

Status KeyedAttributes::Add(AttributeBuild& build) const {
  if (key_codes_.empty()) return {};
  const std::vector<uint32_t>& keys = parts_[kKey]->codes;
  const auto is_wanted = [&](uint32_t code) { return std::ranges::find(key_codes_, code) != key_codes_.end(); };
  for (uint32_t row = 0; row + 1 < begins_.size(); ++row) {
    for (uint32_t attribute = begins_[row]; attribute < begins_[row + 1]; ++attribute) {
      if (!is_wanted(keys[attribute])) continue;
      build.Set(row, CodeOf(attribute, build));
      break;
    }
  }
  return {};
}

uint32_t KeyedAttributes::Count(size_t part, uint32_t attribute) const {
  if (parts_[part] == nullptr) return 0;
  return begins_by_part_[part][attribute + 1] - begins_by_part_[part][attribute];
}

// What has no value in any leaf, or is kept as JSON, is there but can't be queried: an empty value.
uint32_t KeyedAttributes::CodeOf(uint32_t attribute, AttributeBuild& build) const {
  if (Has(kIsArray, attribute) && Bits(kIsArray, attribute) != 0) return build.values->AddArray(EncodeArray(attribute));
  if (Has(kText, attribute)) return text_base_ + parts_[kText]->codes[begins_by_part_[kText][attribute]];
  if (Has(kInt, attribute)) return build.values->Add({ValueKind::kInt, {}, Bits(kInt, attribute)});
  if (Has(kDouble, attribute)) return build.values->Add({ValueKind::kDouble, {}, Bits(kDouble, attribute)});
  if (Has(kBool, attribute)) return build.values->Add(AttributeValue::Bool(Bits(kBool, attribute) != 0));
  return build.values->Add({});
}

std::string KeyedAttributes::EncodeArray(uint32_t attribute) const {
  std::string encoded;
  protozero::pbf_writer array(encoded);
  const auto append = [&](size_t part, const auto& encode) {
    if (parts_[part] == nullptr) return;
    for (uint32_t at = begins_by_part_[part][attribute]; at < begins_by_part_[part][attribute + 1]; ++at) {
      std::string any;
      protozero::pbf_writer writer(any);
      encode(writer, at);
      array.add_message(kValuesField, any);
    }
  };
  append(kText, [&](protozero::pbf_writer& any, uint32_t at) {
    const std::string_view text = parts_[kText]->texts.Text(parts_[kText]->codes[at]);
    any.add_string(kStringField, text.data(), text.size());
  });
  append(kInt, [&](protozero::pbf_writer& any, uint32_t at) { any.add_int64(kIntField, static_cast<int64_t>(parts_[kInt]->bits[at])); });
  append(kDouble,
         [&](protozero::pbf_writer& any, uint32_t at) { any.add_double(kDoubleField, std::bit_cast<double>(parts_[kDouble]->bits[at])); });
  append(kBool, [&](protozero::pbf_writer& any, uint32_t at) { any.add_bool(kBoolField, parts_[kBool]->bits[at] != 0); });
  return encoded;
}

void KeyedAttributes::ListKeys(const std::function<void(std::string_view key)>& add) const {
  if (parts_[kKey] == nullptr) return;
  std::vector<bool> is_used(parts_[kKey]->texts.size());
  for (const uint32_t code : parts_[kKey]->codes) is_used[code] = true;
  for (uint32_t code = 0; code < is_used.size(); ++code) {
    if (is_used[code]) add(parts_[kKey]->texts.Text(code));
  }
}

}  // namespace vivace
