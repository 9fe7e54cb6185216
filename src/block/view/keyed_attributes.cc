#include "block/view/keyed_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "columns/array_elements.h"

namespace vivace {

Result<KeyedAttributes> KeyedAttributes::Make(RowKind owner, uint32_t rows,
                                              const ReadFunction& read) {
  KeyedAttributes lists(owner, read);
  VIVACE_TRY(lists.ReadKeys(rows));
  return lists;
}

Status KeyedAttributes::ReadKeys(uint32_t rows) {
  VIVACE_ASSIGN(parts_[kKey], (*read_)(LeafOf(kKey)));
  if (parts_[kKey] == nullptr) return {};
  const auto depth = static_cast<uint32_t>(DepthOf(owner_));
  begins_ = RowBegins(parts_[kKey]->repetition, parts_[kKey]->definition, depth, depth + 1, rows);
  if (begins_.size() != rows + 1)
    return DamagedColumn(LeafOf(kKey),
                         fmt::format("{} rows, expected {}", begins_.size() - 1, rows));
  if (parts_[kKey]->codes.size() != begins_.back())
    return DamagedColumn(LeafOf(kKey), "number of values does not match its levels");
  return {};
}

Status KeyedAttributes::Prepare(std::string_view key, AttributeColumnBuilder& builder) {
  wanted_rows_.clear();
  wanted_attributes_.clear();
  for (auto& ranges : ranges_) ranges.clear();
  if (parts_[kKey] == nullptr) return {};
  FindWanted(key);
  if (wanted_rows_.empty()) return {};
  VIVACE_TRY(Resolve());
  if (!ranges_[kText].empty() && parts_[kText] != nullptr)
    text_base_ = builder.values().AddTexts(parts_[kText]);
  return {};
}

void KeyedAttributes::FindWanted(std::string_view key) {
  const LeafData& keys = *parts_[kKey];
  std::vector<uint32_t> codes;
  for (uint32_t code = 0; code < keys.texts.size(); ++code) {
    if (keys.texts.Text(code) == key) codes.push_back(code);
  }
  if (codes.empty()) return;
  uint32_t row = 0;
  if (codes.size() == 1 && keys_asked_++ > 0) {
    if (by_key_.empty()) SortByKey();
    for (uint32_t i = by_key_begins_[codes.front()]; i < by_key_begins_[codes.front() + 1]; ++i)
      AddWanted(by_key_[i], row);
    return;
  }
  std::vector<uint8_t> is_wanted(keys.texts.size());
  for (const uint32_t code : codes) is_wanted[code] = 1;
  for (uint32_t attribute = 0; attribute < keys.codes.size(); ++attribute) {
    if (is_wanted[keys.codes[attribute]] != 0) AddWanted(attribute, row);
  }
}

// Attributes come in order; `row` is that of the one before.
void KeyedAttributes::AddWanted(uint32_t attribute, uint32_t& row) {
  while (begins_[row + 1] <= attribute) ++row;
  wanted_rows_.push_back(row);
  wanted_attributes_.push_back(attribute);
}

void KeyedAttributes::SortByKey() {
  const LeafData& keys = *parts_[kKey];
  by_key_begins_.assign(keys.texts.size() + 1, 0);
  for (const uint32_t code : keys.codes) ++by_key_begins_[code + 1];
  std::partial_sum(by_key_begins_.begin(), by_key_begins_.end(), by_key_begins_.begin());
  by_key_.resize(keys.codes.size());
  std::vector<uint32_t> next(by_key_begins_.begin(), by_key_begins_.end() - 1);
  for (uint32_t attribute = 0; attribute < keys.codes.size(); ++attribute)
    by_key_[next[keys.codes[attribute]]++] = attribute;
}

// Part by part until every attribute wanted has its values. Whether one is called an array does not
// matter: one value is that value, several are an array, and none can't be queried either way.
Status KeyedAttributes::Resolve() {
  for (const size_t part : kValueParts) {
    if (IsResolved()) break;
    VIVACE_TRY(ReadPart(part));
    if (parts_[part] != nullptr) VIVACE_TRY(Locate(part));
  }
  return {};
}

bool KeyedAttributes::IsResolved() const {
  for (uint32_t wanted = 0; wanted < wanted_rows_.size(); ++wanted) {
    bool has_any = false;
    for (const size_t part : kValueParts) has_any |= Has(part, wanted);
    if (!has_any) return false;
  }
  return true;
}

Status KeyedAttributes::ReadPart(size_t part) {
  if (std::exchange(is_read_[part], true)) return {};
  VIVACE_ASSIGN(parts_[part], (*read_)(LeafOf(part)));
  return {};
}

uint32_t KeyedAttributes::CountOf(uint32_t wanted) const {
  uint32_t count = 0;
  for (const size_t part : kValueParts)
    count += Has(part, wanted) ? ranges_[part][wanted].count : 0;
  return count;
}

Status KeyedAttributes::Locate(size_t part) {
  ranges_[part].assign(wanted_rows_.size(), {});
  if (!by_key_.empty()) {
    if (value_begins_[part].empty()) VIVACE_TRY(TabulatePart(part));
    const std::vector<uint32_t>& begins = value_begins_[part];
    for (size_t wanted = 0; wanted < wanted_rows_.size(); ++wanted) {
      const uint32_t attribute = wanted_attributes_[wanted];
      ranges_[part][wanted] = {begins[attribute], begins[attribute + 1] - begins[attribute]};
    }
    return {};
  }
  // As many entries as the key leaf has: one for each attribute.
  return parts_[part]->entries == parts_[kKey]->entries ? LocateOneByOne(part)
                                                        : LocateInLists(part);
}

Status KeyedAttributes::CheckSize(size_t part, uint64_t attributes, uint64_t values) const {
  if (attributes != begins_.back()) {
    return DamagedColumn(LeafOf(part),
                         fmt::format("{} attributes, expected {}", attributes, begins_.back()));
  }
  if (parts_[part]->value_count() != values)
    return DamagedColumn(LeafOf(part), "number of values does not match its levels");
  return {};
}

Status KeyedAttributes::TabulatePart(size_t part) {
  const auto depth = static_cast<uint32_t>(DepthOf(owner_) + 1);
  const auto max = static_cast<uint32_t>(InfoOf(LeafOf(part)).max_definition);
  value_begins_[part] =
      RowBegins(parts_[part]->repetition, parts_[part]->definition, depth, max, begins_.back());
  return CheckSize(part, value_begins_[part].size() - 1, value_begins_[part].back());
}

Status KeyedAttributes::LocateOneByOne(size_t part) {
  const LevelRuns& definition = parts_[part]->definition;
  const auto depth = static_cast<uint32_t>(DepthOf(owner_) + 1);
  const auto max = static_cast<uint32_t>(InfoOf(LeafOf(part)).max_definition);
  uint32_t attribute = 0;
  uint32_t value = 0;
  size_t wanted = 0;
  for (size_t i = 0; i < definition.size(); ++i) {
    const LevelRuns::Run run = definition[i];
    if (run.level < depth) continue;  // rows without attributes
    const uint32_t end = attribute + run.count;
    for (; wanted < wanted_attributes_.size() && wanted_attributes_[wanted] < end; ++wanted) {
      if (run.level == max)
        ranges_[part][wanted] = {value + (wanted_attributes_[wanted] - attribute), 1};
    }
    if (run.level == max) value += run.count;
    attribute = end;
  }
  return CheckSize(part, attribute, value);
}

Status KeyedAttributes::LocateInLists(size_t part) {
  const auto depth = static_cast<uint32_t>(DepthOf(owner_) + 1);
  const auto max = static_cast<uint32_t>(InfoOf(LeafOf(part)).max_definition);
  uint32_t next = 0;  // the attribute that begins next
  uint32_t value = 0;
  size_t wanted = 0;
  ForEachLevelRun(
      parts_[part]->repetition, parts_[part]->definition,
      [&](uint32_t repetition, uint32_t definition, uint32_t entries) {
        const uint32_t step = definition == max ? 1 : 0;
        if (repetition <= depth && definition >= depth) {  // each entry begins an attribute
          while (wanted < wanted_attributes_.size() && wanted_attributes_[wanted] < next) ++wanted;
          for (; wanted < wanted_attributes_.size() && wanted_attributes_[wanted] < next + entries;
               ++wanted) {
            ranges_[part][wanted] = {value + step * (wanted_attributes_[wanted] - next), step};
          }
          next += entries;
        } else if (repetition > depth && wanted > 0 && next > 0 &&
                   wanted_attributes_[wanted - 1] == next - 1) {
          ranges_[part][wanted - 1].count +=
              step * entries;  // more of the attribute that began last
        }
        value += step * entries;
      });
  return CheckSize(part, next, value);
}

Status KeyedAttributes::Add(AttributeColumnBuilder& builder) const {
  for (uint32_t wanted = 0; wanted < wanted_rows_.size(); ++wanted)
    builder.Add(wanted_rows_[wanted], CodeOf(wanted, builder));
  return {};
}

// What has no value in any leaf, or is kept as JSON, is there but can't be queried: an empty value.
uint32_t KeyedAttributes::CodeOf(uint32_t wanted, AttributeColumnBuilder& builder) const {
  if (CountOf(wanted) > 1) return builder.values().AddArray(ArrayOf(wanted));
  if (Has(kText, wanted)) return text_base_ + parts_[kText]->codes[ranges_[kText][wanted].begin];
  if (Has(kInt, wanted)) return builder.values().AddInt(Bits(kInt, wanted));
  if (Has(kDouble, wanted)) return builder.values().AddDouble(Bits(kDouble, wanted));
  if (Has(kBool, wanted)) return builder.values().AddBool(Bits(kBool, wanted) != 0);
  return builder.values().Add({});
}

std::string KeyedAttributes::ArrayOf(uint32_t wanted) const {
  std::vector<AttributeValue> elements;
  const auto append = [&](size_t part, const auto& value_at) {
    const Range range = Has(part, wanted) ? ranges_[part][wanted] : Range();
    for (uint32_t at = range.begin; at < range.begin + range.count; ++at)
      elements.push_back(value_at(*parts_[part], at));
  };
  append(kText, [](const LeafData& leaf, uint32_t at) {
    return AttributeValue::String(leaf.texts.Text(leaf.codes[at]));
  });
  append(kInt, [](const LeafData& leaf, uint32_t at) {
    return AttributeValue::Int(static_cast<int64_t>(leaf.bits[at]));
  });
  append(kDouble, [](const LeafData& leaf, uint32_t at) {
    return AttributeValue::Double(std::bit_cast<double>(leaf.bits[at]));
  });
  append(kBool, [](const LeafData& leaf, uint32_t at) {
    return AttributeValue::Bool(leaf.bits[at] != 0);
  });
  return EncodeArray(elements);
}

Result<AttributePairs> KeyedAttributes::LoadPairs(const ListPairs::KeyPredicate& leaves_out,
                                                  MemoryLease& lease) {
  if (parts_[kKey] == nullptr) return AttributePairs();
  for (const size_t part : kValueParts) VIVACE_TRY(ReadPart(part));
  const auto part = [&](Part at, ValueKind kind) {
    return ListPairs::Part{LeafOf(at), kind, parts_[at].get()};
  };
  ListPairs pairs(owner_, begins_, *parts_[kKey],
                  {part(kText, ValueKind::kString), part(kInt, ValueKind::kInt),
                   part(kDouble, ValueKind::kDouble), part(kBool, ValueKind::kBool)},
                  lease);
  return pairs.Make(leaves_out);
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
