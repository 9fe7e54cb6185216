#include "block/view/list_pairs.h"

#include <algorithm>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "block/view/view_values.h"
#include "columns/array_elements.h"

namespace vivace {
namespace {

constexpr uint32_t kNoPair = AttributePairs::kNone;
// Memory is taken for so many pairs at a time.
constexpr size_t kPairsPerCharge = 4096;

}  // namespace

ListPairs::ListPairs(RowKind owner, std::span<const uint32_t> begins, const LeafData& keys,
                     const Parts& parts, MemoryLease& lease)
    : owner_(owner), keys_(keys), parts_(parts), lease_(lease) {
  pairs_.begins.assign(begins.begin(), begins.end());
}

Result<AttributePairs> ListPairs::Make(const KeyPredicate& leaves_out) {
  const Part& texts = parts_.front();
  const size_t text_count = texts.data == nullptr ? 0 : texts.data->texts.size();
  VIVACE_TRY(lease_.Grow((keys_.codes.size() + pairs_.begins.size()) * sizeof(uint32_t) +
                         text_count * PairNumbers::kBytesPerText));
  numbers_.emplace(pairs_, texts.data == nullptr ? nullptr : &texts.data->texts);
  NumberKeys(leaves_out);
  pairs_.numbers.assign(keys_.codes.size(), kNoPair);
  for (const Part& part : parts_) {
    if (part.data != nullptr) VIVACE_TRY(NumberValues(part));
  }
  VIVACE_TRY(NumberArrays());
  VIVACE_TRY(NumberEmptyValues());
  pairs_.JoinRepeated([this](uint32_t attribute) { return KeyOf(attribute); });
  VIVACE_TRY(Charge());
  return std::move(pairs_);
}

// A key may have several codes: one of the dictionary, others of pages without.
void ListPairs::NumberKeys(const KeyPredicate& leaves_out) {
  boost::unordered_flat_map<std::string_view, uint32_t> known;
  key_of_code_.reserve(keys_.texts.size());
  for (uint32_t code = 0; code < keys_.texts.size(); ++code) {
    const std::string_view key = keys_.texts.Text(code);
    const auto [at, is_new] = known.try_emplace(key, kNoPair);
    if (is_new && !leaves_out(key)) {
      at->second = static_cast<uint32_t>(pairs_.keys.size());
      pairs_.keys.push_back(key);
    }
    key_of_code_.push_back(at->second);
  }
}

// As KeyedAttributes::LocateInLists; calls visit(run).
template <typename Visit>
Status ListPairs::ForEachRun(const Part& part, const Visit& visit) const {
  const auto depth = static_cast<uint32_t>(DepthOf(owner_) + 1);
  const auto max = static_cast<uint32_t>(InfoOf(part.leaf).max_definition);
  const auto damaged = [&] {
    return DamagedColumn(part.leaf, "number of values does not match its levels");
  };
  if (part.data->definition.CountOf(max) != part.data->value_count()) return damaged();
  // More attributes than keys are not looked at, but counted.
  const size_t attributes = keys_.codes.size();
  size_t next = 0;  // the attribute that begins next
  uint32_t value = 0;
  Run last{};  // the attribute that began last: more values of it may follow
  ForEachLevelRun(part.data->repetition, part.data->definition,
                  [&](uint32_t repetition, uint32_t definition, uint32_t entries) {
                    const uint32_t step = definition == max ? 1 : 0;
                    if (repetition <= depth && definition >= depth) {
                      if (last.values > 0) visit(last);
                      last = {};
                      next += entries;
                      if (next <= attributes) {
                        const auto end = static_cast<uint32_t>(next);
                        if (entries > 1 && step == 1) visit({end - entries, entries - 1, value, 1});
                        last = {end - 1, 1, value + step * (entries - 1), step};
                      }
                    } else if (repetition > depth) {
                      last.values += step * entries;
                    }
                    value += step * entries;
                  });
  if (last.values > 0) visit(last);
  return next == attributes ? Status() : damaged();
}

Status ListPairs::NumberValues(const Part& part) {
  VIVACE_TRY(ForEachRun(part, [&](const Run& run) {
    if (run.values > 1) {
      arrays_.push_back({run.first_attribute, &part, run.first_value, run.values});
    } else {
      NumberRun(part, run);
    }
  }));
  return charged_;
}

void ListPairs::NumberRun(const Part& part, const Run& run) {
  for (uint32_t i = 0; i < run.attributes && charged_; ++i) {
    const uint32_t attribute = run.first_attribute + i;
    const uint32_t key = KeyOf(attribute);
    if (key == kNoPair) continue;
    uint32_t& number = pairs_.numbers[attribute];
    if (number == kNoPair) {
      number = NumberOf(part, key, run.first_value + i);
    } else {
      AddMixedArray(attribute, part, run.first_value + i);
    }
    if (pairs_.pairs.size() >= pairs_to_charge_) charged_ = Charge();
  }
}

uint32_t ListPairs::NumberOf(const Part& part, uint32_t key, uint32_t value) {
  if (part.kind == ValueKind::kString) return numbers_->OfText(key, part.data->codes[value]);
  return numbers_->OfNumber(key, part.kind, part.data->bits[value]);
}

AttributeValue ListPairs::ValueAt(const Part& part, uint32_t value) {
  if (part.kind == ValueKind::kString)
    return AttributeValue::String(part.data->texts.Text(part.data->codes[value]));
  return {part.kind, {}, part.data->bits[value]};
}

// Of an attribute that has a value of another type already: there may be more of it.
void ListPairs::AddMixedArray(uint32_t attribute, const Part& part, uint32_t value) {
  arrays_.push_back({attribute, nullptr, pairs_.numbers[attribute], 1});
  arrays_.push_back({attribute, &part, value, 1});
  pairs_.numbers[attribute] = kNoPair;
}

// Elements by type, and in order within each.
Status ListPairs::NumberArrays() {
  const auto attribute_of = &Elements::attribute;
  if (!std::ranges::is_sorted(arrays_, {}, attribute_of))
    std::ranges::stable_sort(arrays_, {}, attribute_of);
  VIVACE_TRY(lease_.Grow(arrays_.size() * (sizeof(Elements) + PairNumbers::kBytesPerPair)));
  std::vector<AttributeValue> elements;
  for (size_t begin = 0, end = 0; begin < arrays_.size(); begin = end) {
    const uint32_t attribute = arrays_[begin].attribute;
    elements.clear();
    for (; end < arrays_.size() && arrays_[end].attribute == attribute; ++end)
      AppendElements(arrays_[end], elements);
    if (KeyOf(attribute) == kNoPair) continue;
    const uint32_t further = pairs_.numbers[attribute];
    if (further != kNoPair) elements.push_back(pairs_.pairs[further].value);
    const std::string& encoded = pairs_.storage.emplace_back(EncodeArray(elements));
    VIVACE_TRY(lease_.Grow(sizeof encoded + encoded.size()));
    pairs_.numbers[attribute] = numbers_->OfOther(KeyOf(attribute), AttributeValue::Array(encoded));
  }
  return {};
}

void ListPairs::AppendElements(const Elements& from, std::vector<AttributeValue>& elements) const {
  if (from.part == nullptr) {
    elements.push_back(pairs_.pairs[from.first].value);
    return;
  }
  for (uint32_t value = from.first; value < from.first + from.count; ++value)
    elements.push_back(ValueAt(*from.part, value));
}

// What has no value in any leaf, or is kept as JSON, is there but can't be queried.
Status ListPairs::NumberEmptyValues() {
  for (uint32_t attribute = 0; attribute < pairs_.numbers.size(); ++attribute) {
    if (pairs_.numbers[attribute] != kNoPair || KeyOf(attribute) == kNoPair) continue;
    pairs_.numbers[attribute] = numbers_->OfOther(KeyOf(attribute), {});
    if (pairs_.pairs.size() >= pairs_to_charge_) VIVACE_TRY(Charge());
  }
  return {};
}

// For the pairs that there are, and some thousand more.
Status ListPairs::Charge() {
  const size_t pairs = pairs_.pairs.size() + kPairsPerCharge - pairs_to_charge_;
  pairs_to_charge_ += pairs;
  return lease_.Grow(pairs * PairNumbers::kBytesPerPair);
}

}  // namespace vivace
