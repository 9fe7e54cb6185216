// Series and their texts, for tests.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "traceql/metrics/series.h"

namespace vivace::traceql {

// With one label of that value.
inline Series MakeSeries(const std::string& name, std::vector<double> values) {
  return {.labels = {{"name", OwnedDatum(Datum::String(name))}},
          .values = std::move(values),
          .exemplars = {}};
}

// "a 1.0 - ; b 2.5 3.0 ; ": labels and samples.
inline std::string TextOf(const std::vector<Series>& all) {
  std::string text;
  for (const Series& series : all) {
    for (const SeriesLabel& label : series.labels)
      text += std::string(label.value.View().text) + " ";
    for (const double value : series.values)
      text += std::isnan(value) ? "- " : FormatFloat(value) + " ";
    text += "; ";
  }
  return text;
}

inline const std::vector<Series>& ThreeSeries() {
  static const std::vector<Series> series = {MakeSeries("a", {1, 5}), MakeSeries("b", {3, 5}),
                                             MakeSeries("c", {2, 0})};
  return series;
}

}  // namespace vivace::traceql
