#include "traceql/pipeline/aggregator.h"

#include <cmath>

namespace vivace::traceql {

void Aggregator::Add(const Datum& datum) {
  if (aggregate_ == Aggregate::kCount) {
    ++count_;
    return;
  }
  const Datum value = datum.Single();
  if (!value.is_scalar() || value.is_nil()) return;
  if (value.type == ValueType::kFloat && std::isnan(value.real)) return;
  if (aggregate_ == Aggregate::kMin || aggregate_ == Aggregate::kMax) return AddExtreme(value);
  if (value.is_numeric()) AddNumber(value);
}

void Aggregator::AddNumber(const Datum& value) {
  if (type_ == ValueType::kNil) type_ = value.type;
  if (type_ != value.type) type_ = ValueType::kFloat;
  ++count_;
  integer_sum_ = static_cast<int64_t>(static_cast<uint64_t>(integer_sum_) +
                                      static_cast<uint64_t>(value.number));
  real_sum_ += value.AsDouble();
}

void Aggregator::AddExtreme(const Datum& value) {
  if (extreme_.type == ValueType::kNil) {
    extreme_ = value.ToValue();
    return;
  }
  const Datum extreme = Datum::Of(extreme_);
  int order = 0;
  if (const auto compared = Compare(value, extreme)) {
    order = *compared;
  } else if (value.type != extreme.type) {
    order = value.type < extreme.type ? -1 : 1;  // any order will do, but always the same
  }
  if (aggregate_ == Aggregate::kMin ? order < 0 : order > 0) extreme_ = value.ToValue();
}

Value Aggregator::Result() const {
  if (aggregate_ == Aggregate::kCount) return Value::Int(count_);
  if (aggregate_ == Aggregate::kMin || aggregate_ == Aggregate::kMax) return extreme_;
  if (count_ == 0) return {};
  const auto whole = [&](int64_t number) {
    return type_ == ValueType::kDuration ? Value::Duration(number) : Value::Int(number);
  };
  if (aggregate_ == Aggregate::kSum)
    return type_ == ValueType::kFloat ? Value::Float(real_sum_) : whole(integer_sum_);
  if (type_ == ValueType::kDuration) return whole(integer_sum_ / count_);
  return Value::Float((type_ == ValueType::kInt ? static_cast<double>(integer_sum_) : real_sum_) /
                      static_cast<double>(count_));
}

}  // namespace vivace::traceql
