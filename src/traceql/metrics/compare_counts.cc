#include "traceql/metrics/compare_counts.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string>

#include "base/hash/fast_hash.h"
#include "traceql/metrics/series.h"

namespace vivace::traceql {

uint64_t IntervalCounts::Merge(const IntervalCounts& from, const StepOverlap& overlap) {
  uint64_t sum = 0;
  for (const auto& [interval, count] : from) {
    if (!overlap.Has(interval)) continue;
    counts_.emplace_back(static_cast<uint32_t>(overlap.ToQuery(interval)), count);
    sum += count;
  }
  return sum;
}

bool IntervalCounts::HasAny(const StepOverlap& overlap) const {
  return std::ranges::any_of(counts_, [&](const auto& entry) { return overlap.Has(entry.first); });
}

CompareCounts::View CompareCounts::ViewOf(const Datum& value) {
  const uint64_t bits = static_cast<uint64_t>(value.number) ^ std::bit_cast<uint64_t>(value.real);
  const auto kind = static_cast<uint64_t>(value.type) << 8 | static_cast<uint64_t>(value.form);
  return {value, FastHash(value.text, FastHash(bits, kind))};
}

CompareCounts::Value& CompareCounts::ValueOf(const View& view) {
  if (const auto known = values_.find(view); known != values_.end()) return known->second;
  return values_.try_emplace(Key(view)).first->second;
}

void CompareCounts::Add(const Datum& value, CompareSide side, uint32_t interval, uint32_t count) {
  if (value.form == Datum::Form::kOpaque) return;
  std::string storage;
  Value& known = ValueOf(ViewOf(LabelValueOf(value, storage)));
  known.counts[side].Add(interval, count);
  known.totals[side] += count;
  AddTotal(side, interval, count);
  if (values_.size() > kValuesMax) DropRarest(kValuesMax);
}

void CompareCounts::AddExemplar(const Datum& value, uint32_t exemplar) {
  std::string storage;
  const auto known = values_.find(ViewOf(LabelValueOf(value, storage)));
  if (known != values_.end()) known->second.exemplars.push_back(exemplar);
}

void CompareCounts::Merge(const CompareCounts& part, const CompareMerge& merge) {
  for (const CompareSide side : kCompareSides)
    totals_[side].Merge(part.totals_[side], merge.overlap);
  for (const auto& [key, from] : part.values_) {
    const bool is_in = std::ranges::any_of(
        kCompareSides, [&](CompareSide side) { return from.counts[side].HasAny(merge.overlap); });
    if (!is_in) continue;
    Value& to = ValueOf(key.AsView());
    for (const CompareSide side : kCompareSides)
      to.totals[side] += to.counts[side].Merge(from.counts[side], merge.overlap);
    for (const uint32_t exemplar : from.exemplars) {
      const uint32_t number = merge.exemplars[exemplar];
      if (number != CompareMerge::kNotChosen) to.exemplars.push_back(number);
    }
  }
  if (values_.size() > kValuesMax) DropRarest(kValuesMax);
}

// Values that hardly repeat will not be among the most frequent ones.
void CompareCounts::DropRarest(size_t values_max) {
  for (uint64_t rare = 1; values_.size() > values_max / 2; rare *= 2) {
    std::erase_if(values_, [&](const auto& entry) {
      const BySide<uint64_t>& totals = entry.second.totals;
      return totals[CompareSide::kBaseline] + totals[CompareSide::kSelection] <= rare;
    });
  }
}

std::vector<CompareCounts::Ranked> CompareCounts::MostFrequent(CompareSide side,
                                                               size_t count) const {
  const auto total_of = [side](const Ranked& ranked) { return ranked.counts->totals[side]; };
  std::vector<Ranked> values;
  for (const auto& [key, known] : values_) {
    if (known.totals[side] > 0) values.push_back({&key.value, &known});
  }
  if (values.size() > count) {
    const auto last = values.begin() + static_cast<ptrdiff_t>(count);
    std::ranges::nth_element(values, last, std::greater(), total_of);
    const uint64_t least = total_of(*last);
    std::erase_if(values, [&](const Ranked& ranked) { return total_of(ranked) < least; });
  }
  SortByTotal(values, side, count);
  return values;
}

// What is equally frequent in the order of series.
void CompareCounts::SortByTotal(std::vector<Ranked>& values, CompareSide side, size_t count) {
  std::vector<std::pair<std::string, Ranked>> by_text;
  by_text.reserve(values.size());
  for (const Ranked& ranked : values)
    by_text.emplace_back(SortTextOf(ranked.value->View()), ranked);
  const size_t shown = std::min(values.size(), count);
  std::partial_sort(by_text.begin(), by_text.begin() + static_cast<ptrdiff_t>(shown), by_text.end(),
                    [side](const auto& a, const auto& b) {
                      const uint64_t of_a = a.second.counts->totals[side];
                      const uint64_t of_b = b.second.counts->totals[side];
                      return of_a != of_b ? of_a > of_b : a.first < b.first;
                    });
  values.resize(shown);
  std::ranges::transform(by_text.begin(), by_text.begin() + static_cast<ptrdiff_t>(shown),
                         values.begin(), [](const auto& entry) { return entry.second; });
}

}  // namespace vivace::traceql
