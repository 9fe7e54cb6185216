#include "traceql/metrics/second_stage.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

namespace vivace::traceql {
namespace {

// Texts bytewise, others by type and bits: how ties between series are broken.
int OrderOf(const Datum& a, const Datum& b) {
  if (a.type == ValueType::kString && b.type == ValueType::kString) return a.text.compare(b.text);
  if (a.type != b.type) return a.type < b.type ? -1 : 1;
  const auto bits = [](const Datum& value) {
    return value.type == ValueType::kFloat ? std::bit_cast<uint64_t>(value.decimal) : static_cast<uint64_t>(value.number);
  };
  return bits(a) < bits(b) ? -1 : bits(a) > bits(b) ? 1 : 0;
}

bool HasEarlierLabels(const SeriesLabels& a, const SeriesLabels& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = OrderOf(a[i].value.View(), b[i].value.View()); order != 0) return order < 0;
  }
  return a.size() < b.size();
}

// In each interval only the `limit` first ones by `comes_first` keep their sample.
template <typename ComesFirst>
std::vector<Series> Pick(std::vector<Series> series, size_t limit, const ComesFirst& comes_first) {
  if (series.size() <= limit) return series;
  std::vector<size_t> order;
  for (size_t interval = 0; interval < series.front().values.size(); ++interval) {
    order.clear();
    for (size_t i = 0; i < series.size(); ++i) {
      if (!std::isnan(series[i].values[interval])) order.push_back(i);
    }
    std::ranges::sort(order, [&](size_t a, size_t b) { return comes_first(series[a], series[b], interval); });
    for (size_t i = limit; i < order.size(); ++i) series[order[i]].values[interval] = kNoSample;
  }
  DropEmpty(series);
  return series;
}

std::vector<Series> TopK(std::vector<Series> series, size_t limit) {
  return Pick(std::move(series), limit, [](const Series& a, const Series& b, size_t interval) {
    if (a.values[interval] != b.values[interval]) return a.values[interval] > b.values[interval];
    return HasEarlierLabels(a.labels, b.labels);
  });
}

std::vector<Series> BottomK(std::vector<Series> series, size_t limit) {
  return Pick(std::move(series), limit, [](const Series& a, const Series& b, size_t interval) {
    if (a.values[interval] != b.values[interval]) return a.values[interval] < b.values[interval];
    return HasEarlierLabels(b.labels, a.labels);
  });
}

bool Passes(Operator op, double value, double threshold) {
  if (std::isnan(value)) return false;
  return Holds(op, value < threshold ? -1 : value > threshold ? 1 : 0);
}

std::vector<Series> Filter(std::vector<Series> series, Operator op, double threshold) {
  for (Series& one : series) {
    for (double& value : one.values) {
      if (!Passes(op, value, threshold)) value = kNoSample;
    }
    std::erase_if(one.exemplars, [&](const Exemplar& exemplar) { return !Passes(op, exemplar.value, threshold); });
  }
  DropEmpty(series);
  return series;
}

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

// The left side's labels and those that only the right side has; the name tells both.
SeriesLabels JoinedLabels(Operator op, const Series& left, const Series& right) {
  SeriesLabels labels = WithoutName(left.labels);
  for (const SeriesLabel& label : WithoutName(right.labels)) {
    if (std::ranges::find(labels, label.key, &SeriesLabel::key) == labels.end()) labels.push_back(label);
  }
  const SeriesLabel* left_name = NameOf(left);
  const SeriesLabel* right_name = NameOf(right);
  if (left_name == nullptr || right_name == nullptr) return labels;
  const std::string name = "(" + std::string(left_name->value.View().text) + " " + std::string(TextOf(op)) + " " +
                           std::string(right_name->value.View().text) + ")";
  labels.push_back({std::string(kNameLabel), OwnedDatum(Datum::String(name))});
  return labels;
}

Series Joined(Operator op, const Series& left, const Series& right) {
  Series joined{.labels = JoinedLabels(op, left, right), .values = {}, .exemplars = left.exemplars};
  joined.exemplars.insert(joined.exemplars.end(), right.exemplars.begin(), right.exemplars.end());
  for (size_t i = 0; i < std::min(left.values.size(), right.values.size()); ++i) {
    joined.values.push_back(ApplyArithmetic(op, left.values[i], right.values[i]));
  }
  return joined;
}

bool IsUnlabelled(const std::vector<Series>& series) { return series.size() == 1 && WithoutName(series.front().labels).empty(); }

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

std::vector<Series> ApplyStage(const SeriesStage& stage, std::vector<Series> series) {
  switch (stage.kind) {
    case SeriesStage::Kind::kTopK:
      return TopK(std::move(series), static_cast<size_t>(stage.limit));
    case SeriesStage::Kind::kBottomK:
      return BottomK(std::move(series), static_cast<size_t>(stage.limit));
    case SeriesStage::Kind::kFilter:
      return Filter(std::move(series), stage.op, stage.threshold);
  }
  return series;
}

std::vector<Series> CombineSeries(Operator op, const std::vector<Series>& left, const std::vector<Series>& right) {
  std::vector<Series> combined;
  if (IsUnlabelled(left) || IsUnlabelled(right)) {
    for (const Series& a : left) {
      for (const Series& b : right) combined.push_back(Joined(op, a, b));
    }
  } else {
    std::map<SeriesLabels, const Series*, LabelsOrder> by_labels;
    for (const Series& b : right) by_labels.emplace(Sorted(WithoutName(b.labels)), &b);
    for (const Series& a : left) {
      if (const auto match = by_labels.find(Sorted(WithoutName(a.labels))); match != by_labels.end()) {
        combined.push_back(Joined(op, a, *match->second));
      }
    }
  }
  DropEmpty(combined);
  return combined;
}

std::vector<Series> CombineConstant(Operator op, std::vector<Series> series, double constant, bool constant_is_left) {
  for (Series& one : series) {
    for (double& value : one.values) {
      value = constant_is_left ? ApplyArithmetic(op, constant, value) : ApplyArithmetic(op, value, constant);
    }
  }
  DropEmpty(series);
  return series;
}

}  // namespace vivace::traceql
