// Series: what a metrics query answers with: labels, a value for each interval, exemplars. Values
// with their own memory.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "traceql/value/owned_datum.h"

namespace vivace::traceql {

struct SeriesLabel {
  std::string key;
  OwnedDatum value;
  friend bool operator==(const SeriesLabel&, const SeriesLabel&) = default;
};
using SeriesLabels = std::vector<SeriesLabel>;

struct Exemplar {
  SeriesLabels labels;
  double value = 0;
  uint64_t unix_nanos = 0;
};

inline constexpr double kNoSample = std::numeric_limits<double>::quiet_NaN();

struct Series {
  SeriesLabels labels;
  std::vector<double> values;  // by interval; NaN: no sample
  std::vector<Exemplar> exemplars;

  bool has_samples() const {
    for (const double value : values) {
      if (!std::isnan(value)) return true;
    }
    return false;
  }
};

// Names of labels that functions add.
inline constexpr std::string_view kNameLabel = "__name__";
inline constexpr std::string_view kBucketLabel = "__bucket";
inline constexpr std::string_view kQuantileLabel = "p";
inline constexpr std::string_view kMetaTypeLabel = "__meta_type";
// What labels show of what they have no form for.
inline constexpr std::string_view kNilText = "nil";

// Series without any sample are not shown.
void DropEmpty(std::vector<Series>& series);
// A value as it is sorted by: as text with its type in front.
std::string SortTextOf(const Datum& value);
// The order of series in responses: fewer labels first, then label by label the key and the value
// as text with its type in front, so that 100 comes before 42 (spec/traceql.md 5.10).
bool ComesBefore(const SeriesLabels& a, const SeriesLabels& b);
// A value as a label shows it: status, kind and duration are texts; an array, which has no text
// form, is the text nil; what can't be queried is not there.
Datum LabelValueOf(const Datum& value, std::string& storage);

}  // namespace vivace::traceql
