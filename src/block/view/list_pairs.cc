#include "block/view/list_pairs.h"

#include <algorithm>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "block/view/view_values.h"
#include "columns/array_elements.h"
#include "columns/repeated_values.h"

namespace vivace {
namespace {

constexpr uint32_t kNoPair = AttributePairs::kNone;
// Attributes numbered before memory is taken for their pairs.
constexpr uint32_t kAttributesPerCharge = 4096;
constexpr size_t kPairsPerCharge = 4096;

}  // namespace

ListPairs::ListPairs(RowKind owner, std::span<const uint32_t> begins, const LeafData& keys,
                     const Parts& parts, MemoryLease& lease)
    : owner_(owner), keys_(keys), parts_(parts), lease_(lease) {
  pairs_.begins = begins;
}

Result<AttributePairs> ListPairs::Make(const KeyPredicate& leaves_out) {
  const Part& texts = parts_.front();
  const size_t text_count = texts.data == nullptr ? 0 : texts.data->texts.size();
  VIVACE_TRY(
      lease_.Grow(keys_.codes.size() * sizeof(uint32_t) + text_count * PairNumbers::kBytesPerText));
  numbers_.emplace(pairs_, texts.data == nullptr ? nullptr : &texts.data->texts);
  NumberKeys(leaves_out);
  pairs_.numbers.assign(keys_.codes.size(), kNoPair);
  for (const Part& part : parts_) {
    if (part.data != nullptr) VIVACE_TRY(NumberValues(part));
  }
  VIVACE_TRY(NumberArrays());
  JoinRepeated();
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

// As KeyedAttributes::LocateInLists; visit(run) may fail.
template <typename Visit>
Status ListPairs::ForEachRun(const Part& part, const Visit& visit) const {
  const auto depth = static_cast<uint32_t>(DepthOf(owner_) + 1);
  const auto max = static_cast<uint32_t>(InfoOf(part.leaf).max_definition);
  uint32_t next = 0;  // the attribute that begins next
  uint32_t value = 0;
  Run last{};  // the attribute that began last: more values of it may follow
  Status status;
  const auto visit_if_any = [&](const Run& run) {
    if (status && run.attributes > 0 && run.values > 0) status = visit(run);
  };
  ForEachLevelRun(part.data->repetition, part.data->definition,
                  [&](uint32_t repetition, uint32_t definition, uint32_t entries) {
                    const uint32_t step = definition == max ? 1 : 0;
                    if (repetition <= depth && definition >= depth) {
                      visit_if_any(last);
                      visit_if_any({next, entries - 1, value, step});
                      next += entries;
                      last = {next - 1, 1, value + step * (entries - 1), step};
                    } else if (repetition > depth) {
                      last.values += step * entries;
                    }
                    value += step * entries;
                  });
  visit_if_any(last);
  VIVACE_TRY(status);
  if (next != keys_.codes.size() || value != part.data->value_count())
    return DamagedColumn(part.leaf, "number of values does not match its levels");
  return {};
}

Status ListPairs::NumberValues(const Part& part) {
  const uint64_t attributes = keys_.codes.size();
  const uint64_t values = part.data->value_count();
  return ForEachRun(part, [&](const Run& run) -> Status {
    const bool is_within =
        uint64_t{run.first_attribute} + run.attributes <= attributes &&
        uint64_t{run.first_value} + uint64_t{run.attributes} * run.values <= values;
    if (!is_within) return DamagedColumn(part.leaf, "number of values does not match its levels");
    for (uint32_t done = 0; done < run.attributes; done += kAttributesPerCharge) {
      NumberRun(part,
                {run.first_attribute + done, std::min(kAttributesPerCharge, run.attributes - done),
                 run.first_value + done, run.values});
      VIVACE_TRY(pairs_.pairs.size() < charged_pairs_ + kPairsPerCharge ? Status() : Charge());
    }
    return {};
  });
}

void ListPairs::NumberRun(const Part& part, const Run& run) {
  for (uint32_t i = 0; i < run.attributes; ++i) {
    const uint32_t attribute = run.first_attribute + i;
    const uint32_t key = KeyOf(attribute);
    if (key == kNoPair) continue;
    uint32_t& number = pairs_.numbers[attribute];
    if (run.values > 1 || number != kNoPair) {
      arrays_.push_back(attribute);
    } else {
      number = NumberOf(part, key, run.first_value + i);
    }
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

// Elements by type, and in order within each.
Status ListPairs::NumberArrays() {
  if (arrays_.empty()) return {};
  std::ranges::sort(arrays_);
  const auto repeated = std::ranges::unique(arrays_);
  arrays_.erase(repeated.begin(), repeated.end());
  constexpr size_t kBytesPerArray =
      sizeof(std::vector<AttributeValue>) + 3 * sizeof(AttributeValue);
  VIVACE_TRY(lease_.Grow(arrays_.size() * kBytesPerArray));
  std::vector<std::vector<AttributeValue>> elements(arrays_.size());
  for (const Part& part : parts_) {
    size_t at = 0;
    const auto collect = [&](const Run& run) -> Status {
      while (at < arrays_.size() && arrays_[at] < run.first_attribute) ++at;
      for (; at < arrays_.size() && arrays_[at] < run.first_attribute + run.attributes; ++at) {
        const uint32_t first = run.first_value + (arrays_[at] - run.first_attribute);
        for (uint32_t value = first; value < first + run.values; ++value)
          elements[at].push_back(ValueAt(part, value));
      }
      return {};
    };
    if (part.data != nullptr) VIVACE_TRY(ForEachRun(part, collect));
  }
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const std::string& encoded = pairs_.storage.emplace_back(EncodeArray(elements[i]));
    VIVACE_TRY(lease_.Grow(encoded.size()));
    pairs_.numbers[arrays_[i]] =
        numbers_->OfOther(KeyOf(arrays_[i]), AttributeValue::Array(encoded));
  }
  return Charge();
}

// Where a row has a key several times, the first one gets all values.
void ListPairs::JoinRepeated() {
  std::vector<uint32_t> last_row(pairs_.keys.size(), 0);  // + 1, that has the key
  std::vector<uint32_t> repeated;
  for (uint32_t row = 0; row + 1 < pairs_.begins.size(); ++row) {
    for (uint32_t i = pairs_.begins[row]; i < pairs_.begins[row + 1]; ++i) {
      const uint32_t key = KeyOf(i);
      if (key == kNoPair) continue;
      if (std::exchange(last_row[key], row + 1) == row + 1) repeated.push_back(key);
    }
    for (const uint32_t key : repeated) JoinValues(row, key);
    repeated.clear();
  }
}

// Of a key that comes more than twice also when it is already done: then one value is left.
void ListPairs::JoinValues(uint32_t row, uint32_t key) {
  std::vector<uint32_t> attributes;
  for (uint32_t i = pairs_.begins[row]; i < pairs_.begins[row + 1]; ++i) {
    if (KeyOf(i) == key && pairs_.numbers[i] != kNoPair) attributes.push_back(i);
  }
  if (attributes.size() < 2) return;
  RepeatedValues values(RepeatedValues::Rule::kAny);
  for (const uint32_t attribute : attributes)
    values.Add(pairs_.pairs[std::exchange(pairs_.numbers[attribute], kNoPair)].value);
  const AttributeValue value = values.Take(pairs_.storage);
  if (value.kind != ValueKind::kEmpty)
    pairs_.numbers[attributes.front()] = numbers_->OfOther(key, value);
}

Status ListPairs::Charge() {
  const size_t pairs = std::exchange(charged_pairs_, pairs_.pairs.size());
  return lease_.Grow((pairs_.pairs.size() - pairs) * PairNumbers::kBytesPerPair);
}

}  // namespace vivace
