#include "traceql/metrics/log2_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vivace::traceql {
namespace {

// Of counts by exponent (spec/traceql.md 5.5).
template <typename CountOf>
double QuantileOf(double quantile, const CountOf& count_of) {
  uint64_t total = 0;
  for (size_t exponent = 0; exponent <= 64; ++exponent) total += count_of(exponent);
  if (total == 0 || !(quantile >= 0 && quantile <= 1)) return 0;
  const auto wanted =
      static_cast<uint64_t>(std::max(1.0, std::ceil(quantile * static_cast<double>(total))));
  uint64_t seen = 0;
  double below = -1;  // exponent of the last bucket passed
  for (size_t exponent = 0; exponent <= 64; ++exponent) {
    const uint64_t count = count_of(exponent);
    if (count == 0) continue;
    const auto high = static_cast<double>(exponent);
    if (seen + count > wanted) {
      const double low = below < 0 ? high - 1 : below;
      return std::exp2(low + (high - low) * static_cast<double>(wanted - seen) /
                                 static_cast<double>(count));
    }
    seen += count;
    if (seen == wanted) return std::exp2(high);
    below = high;
  }
  return std::exp2(below);
}

}  // namespace

bool Log2Histogram::Add(size_t interval, uint64_t value) {
  if (value < kSmallest) return false;
  std::vector<uint32_t>& counts = counts_[static_cast<size_t>(std::bit_width(value - 1))];
  if (counts.empty()) counts.resize(intervals_);
  ++counts[interval];
  return true;
}

void Log2Histogram::AddCounted(size_t interval, size_t exponent, uint32_t values) {
  std::vector<uint32_t>& counts = counts_[exponent];
  if (counts.empty()) counts.resize(intervals_);
  counts[interval] += values;
}

bool Log2Histogram::HasAny(size_t begin, size_t end) const {
  return std::ranges::any_of(counts_, [&](const std::vector<uint32_t>& counts) {
    return !counts.empty() && std::any_of(counts.begin() + static_cast<ptrdiff_t>(begin),
                                          counts.begin() + static_cast<ptrdiff_t>(end),
                                          [](uint32_t count) { return count != 0; });
  });
}

void Log2Histogram::Merge(const Log2Histogram& other, size_t begin, size_t end, int64_t shift) {
  for (size_t exponent = 0; exponent < counts_.size(); ++exponent) {
    const std::vector<uint32_t>& added = other.counts_[exponent];
    std::vector<uint32_t>& counts = counts_[exponent];
    for (size_t i = begin; i < end && !added.empty(); ++i) {
      if (added[i] == 0) continue;
      if (counts.empty()) counts.resize(intervals_);
      counts[static_cast<size_t>(static_cast<int64_t>(i) + shift)] += added[i];
    }
  }
}

double Log2Histogram::Quantile(size_t interval, double quantile) const {
  return QuantileOf(quantile, [&](size_t exponent) {
    return counts_[exponent].empty() ? uint64_t{0} : counts_[exponent][interval];
  });
}

double Log2Histogram::Quantile(double quantile) const {
  std::array<uint64_t, 65> totals{};
  for (size_t exponent = 0; exponent < totals.size(); ++exponent) {
    for (const uint32_t count : counts_[exponent]) totals[exponent] += count;
  }
  return QuantileOf(quantile, [&](size_t exponent) { return totals[exponent]; });
}

std::vector<size_t> Log2Histogram::Exponents() const {
  std::vector<size_t> exponents;
  for (size_t exponent = 0; exponent < counts_.size(); ++exponent) {
    if (!counts_[exponent].empty()) exponents.push_back(exponent);
  }
  return exponents;
}

}  // namespace vivace::traceql
