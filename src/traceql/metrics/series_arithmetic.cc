#include "traceql/metrics/series_arithmetic.h"

#include <algorithm>
#include <map>

namespace vivace::traceql {
namespace {

const SeriesLabel* NameOf(const Series& series) {
  const auto found = std::ranges::find(series.labels, kNameLabel, &SeriesLabel::key);
  return found == series.labels.end() ? nullptr : &*found;
}

SeriesLabels WithoutName(SeriesLabels labels) {
  std::erase_if(labels, [](const SeriesLabel& label) { return label.key == kNameLabel; });
  return labels;
}

SeriesLabels Sorted(SeriesLabels labels) {
  std::ranges::sort(labels, {}, &SeriesLabel::key);
  return labels;
}

struct LabelsOrder {
  bool operator()(const SeriesLabels& a, const SeriesLabels& b) const { return ComesBefore(a, b); }
};

// The left side's labels and those that only the right side has; the name is made of both.
SeriesLabels CombinedLabels(Operator op, const Series& left, const Series& right) {
  SeriesLabels labels = WithoutName(left.labels);
  for (const SeriesLabel& label : WithoutName(right.labels)) {
    if (std::ranges::find(labels, label.key, &SeriesLabel::key) == labels.end())
      labels.push_back(label);
  }
  const SeriesLabel* left_name = NameOf(left);
  const SeriesLabel* right_name = NameOf(right);
  if (left_name == nullptr || right_name == nullptr) return labels;
  const std::string name = "(" + std::string(left_name->value.View().text) + " " +
                           std::string(TextOf(op)) + " " +
                           std::string(right_name->value.View().text) + ")";
  labels.push_back({std::string(kNameLabel), OwnedDatum(Datum::String(name))});
  return labels;
}

Series CombinePair(Operator op, const Series& left, const Series& right) {
  Series combined{
      .labels = CombinedLabels(op, left, right), .values = {}, .exemplars = left.exemplars};
  combined.exemplars.insert(combined.exemplars.end(), right.exemplars.begin(),
                            right.exemplars.end());
  for (size_t i = 0; i < std::min(left.values.size(), right.values.size()); ++i) {
    combined.values.push_back(ApplyArithmetic(op, left.values[i], right.values[i]));
  }
  return combined;
}

bool IsUnlabelled(const std::vector<Series>& series) {
  return series.size() == 1 && WithoutName(series.front().labels).empty();
}

}  // namespace

double ApplyArithmetic(Operator op, double left, double right) {
  switch (op) {
    case Operator::kAdd:
      return left + right;
    case Operator::kSubtract:
      return left - right;
    case Operator::kMultiply:
      return left * right;
    case Operator::kDivide:
      return right == 0 ? kNoSample : left / right;
    default:
      return kNoSample;
  }
}

std::vector<Series> CombineSeries(Operator op, const std::vector<Series>& left,
                                  const std::vector<Series>& right) {
  std::vector<Series> combined;
  if (IsUnlabelled(left) || IsUnlabelled(right)) {
    for (const Series& a : left) {
      for (const Series& b : right) combined.push_back(CombinePair(op, a, b));
    }
  } else {
    std::map<SeriesLabels, const Series*, LabelsOrder> by_labels;
    for (const Series& b : right) by_labels.emplace(Sorted(WithoutName(b.labels)), &b);
    for (const Series& a : left) {
      if (const auto match = by_labels.find(Sorted(WithoutName(a.labels)));
          match != by_labels.end()) {
        combined.push_back(CombinePair(op, a, *match->second));
      }
    }
  }
  DropEmpty(combined);
  return combined;
}

std::vector<Series> CombineConstant(Operator op, std::vector<Series> series, double constant,
                                    bool constant_is_left) {
  for (Series& one : series) {
    for (double& value : one.values) {
      value = constant_is_left ? ApplyArithmetic(op, constant, value)
                               : ApplyArithmetic(op, value, constant);
    }
  }
  DropEmpty(series);
  return series;
}

}  // namespace vivace::traceql
