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
  AddValue(ViewOf(LabelValueOf(value, storage)),
           {.value = value, .side = side, .interval = interval, .spans = count});
  AddTotal(side, interval, count);
}

void CompareCounts::AddValue(const View& view, const Entry& entry) {
  Value& known = ValueOf(view);
  known.counts[entry.side].Add(entry.interval, entry.spans);
  known.totals[entry.side] += entry.spans;
  if (values_.size() > kValuesMax) DropRarest(kValuesMax);
}

// Values of attributes need no storage for their labels.
void CompareCounts::AddAll(std::span<const Entry> entries, size_t values_max) {
  const bool drops_some =
      values_.empty() && entries.size() > values_max && entries.size() <= kValuesMax;
  std::vector<View> views;
  views.reserve(entries.size());
  Totals totals;
  std::string storage;
  for (const Entry& entry : entries) {
    views.push_back(ViewOf(LabelValueOf(entry.value, storage)));
    const bool counts = entry.is_looked_at && entry.value.form != Datum::Form::kOpaque;
    if (counts || !entry.is_looked_at) AddTotal(entry.side, entry.interval, entry.spans);
    if (counts && drops_some) totals[views.back()] += entry.spans;
  }
  const uint64_t rare = TotalOfRare(totals, values_max);
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool counts = entries[i].is_looked_at && entries[i].value.form != Datum::Form::kOpaque;
    if (counts && (!drops_some || totals.find(views[i])->second > rare))
      AddValue(views[i], entries[i]);
  }
}

// As in DropRarest; 0 where none is to be dropped.
uint64_t CompareCounts::TotalOfRare(const Totals& totals, size_t values_max) {
  if (totals.size() <= values_max) return 0;
  uint64_t rare = 1;
  const auto is_kept = [&](const auto& entry) { return entry.second > rare; };
  while (static_cast<size_t>(std::ranges::count_if(totals, is_kept)) > values_max / 2) rare *= 2;
  return rare;
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
