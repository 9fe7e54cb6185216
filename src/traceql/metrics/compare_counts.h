// CompareCounts: how often the values of one attribute occur, by side and interval: what compare()
// collects.
//
// Owned by a CompareQuery, one thread at a time. Memory: some 300 bytes for each distinct value and
// 8 for each interval that it occurs in; beyond a limit the rarest values are dropped.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "traceql/metrics/time_steps.h"
#include "traceql/value/owned_datum.h"

namespace vivace::traceql {

enum class CompareSide : uint8_t { kBaseline, kSelection };
inline constexpr std::array kCompareSides = {CompareSide::kBaseline, CompareSide::kSelection};
// Something of each side.
template <typename T>
struct BySide {
  std::array<T, 2> sides{};
  T& operator[](CompareSide side) { return sides[static_cast<size_t>(side)]; }
  const T& operator[](CompareSide side) const { return sides[static_cast<size_t>(side)]; }
};

// Of a part: which of its intervals count, and the numbers that its chosen spans have in the whole,
// kNotChosen where there was no room.
struct CompareMerge {
  static constexpr uint32_t kNotChosen = 0xffffffff;
  StepOverlap overlap;
  std::vector<uint32_t> exemplars;
};

// Interval and count, ascending but for views that came in another order.
class IntervalCounts {
 public:
  void Add(uint32_t interval, uint32_t count) {
    if (!counts_.empty() && counts_.back().first == interval) {
      counts_.back().second += count;
    } else {
      counts_.emplace_back(interval, count);
    }
  }
  // Those within the overlap; their sum.
  uint64_t Merge(const IntervalCounts& from, const StepOverlap& overlap);
  bool HasAny(const StepOverlap& overlap) const;
  bool empty() const { return counts_.empty(); }
  auto begin() const { return counts_.begin(); }
  auto end() const { return counts_.end(); }

 private:
  std::vector<std::pair<uint32_t, uint32_t>> counts_;
};

class CompareCounts {
 public:
  static constexpr size_t kValuesMax = 65536;

  struct Value {
    BySide<IntervalCounts> counts;
    BySide<uint64_t> totals;
    std::vector<uint32_t> exemplars;  // numbers of chosen spans, of both sides
  };

  // Spans of an interval that have the value; what can't be queried is not counted.
  void Add(const Datum& value, CompareSide side, uint32_t interval, uint32_t count);
  // Spans that have a value, or, where it was not looked at, some value.
  struct Entry {
    Datum value;
    bool is_looked_at = true;
    CompareSide side = CompareSide::kBaseline;
    uint32_t interval = 0;
    uint32_t spans = 0;
  };
  // The same as adding one after the other, but that values which DropRarest(values_max) would drop
  // afterwards (where there are more) may be dropped at once, before they cost anything.
  void AddAll(std::span<const Entry> entries, size_t values_max);
  // Spans of which only is counted that they have some value.
  void AddTotal(CompareSide side, uint32_t interval, uint32_t count) {
    totals_[side].Add(interval, count);
  }
  // Of a span whose value is one of those that are counted.
  void AddExemplar(const Datum& value, uint32_t exemplar);
  void Merge(const CompareCounts& part, const CompareMerge& merge);
  // Leaves at most half of `values_max` values.
  void DropRarest(size_t values_max);

  size_t value_count() const { return values_.size(); }
  // Of spans that have the attribute.
  const IntervalCounts& totals(CompareSide side) const { return totals_[side]; }
  // Those that most spans of the side have, at most `count`; the most frequent first.
  struct Ranked {
    const OwnedDatum* value;
    const Value* counts;
  };
  std::vector<Ranked> MostFrequent(CompareSide side, size_t count) const;
  static constexpr size_t kBytesPerValue = 360;  // about, with its text

 private:
  // A value and its hash, which is computed once, however often parts are merged.
  struct View {
    Datum value;
    uint64_t hash;
  };
  struct Key {
    explicit Key(const View& view) : value(view.value), hash(view.hash) {}
    View AsView() const { return {value.View(), hash}; }
    OwnedDatum value;
    uint64_t hash;
  };
  struct Hash {
    using is_transparent = void;
    using is_avalanching = void;
    size_t operator()(const View& view) const noexcept { return view.hash; }
    size_t operator()(const Key& key) const noexcept { return key.hash; }
  };
  struct Equal {
    using is_transparent = void;
    static View ViewOf(const View& view) { return view; }
    static View ViewOf(const Key& key) { return key.AsView(); }
    bool operator()(const auto& a, const auto& b) const {
      const View x = ViewOf(a);
      const View y = ViewOf(b);
      return x.hash == y.hash && x.value == y.value;
    }
  };
  using Totals = boost::unordered_flat_map<View, uint64_t, Hash, Equal>;
  static View ViewOf(const Datum& value);
  Value& ValueOf(const View& view);
  void AddValue(const View& view, const Entry& entry);
  static uint64_t TotalOfRare(const Totals& totals, size_t values_max);
  static void SortByTotal(std::vector<Ranked>& values, CompareSide side, size_t count);

  std::unordered_map<Key, Value, Hash, Equal> values_;
  BySide<IntervalCounts> totals_;
};

}  // namespace vivace::traceql
