// ViewValues: the distinct values of a column of a view: texts of leaves, by the codes that they
// have there, and other values.
//
// Built by a BlockView, read-only from then on. Inside src/block only.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "columns/column_view.h"
#include "columns/repeated_values.h"
#include "parquet/decode/leaf_data.h"

namespace vivace {

class ViewValues final : public ValueTable {
 public:
  // The code that the leaf's first text gets; the others follow. Before any other value.
  uint32_t AddTexts(std::shared_ptr<const LeafData> leaf) {
    const uint32_t base = size_;
    texts_.push_back({base, std::move(leaf)});
    size_ += texts_.back().leaf->texts.size();
    others_base_ = size_;
    return base;
  }
  uint32_t Add(const AttributeValue& value) {
    others_.push_back(value);
    return size_++;
  }
  // Equal numbers get one code, so that a condition is decided once for each.
  uint32_t AddInt(uint64_t bits) { return AddNumber(ValueKind::kInt, bits, ints_); }
  uint32_t AddBool(bool value) {
    uint32_t& code = bools_[value ? 1 : 0];
    if (code == 0) code = Add(AttributeValue::Bool(value)) + 1;
    return code - 1;
  }
  uint32_t AddDouble(uint64_t bits) { return AddNumber(ValueKind::kDouble, bits, doubles_); }
  // `encoded`: an opentelemetry ArrayValue message.
  uint32_t AddArray(std::string encoded) {
    return Add(AttributeValue::Array(arrays_.emplace_back(std::move(encoded))));
  }

  // The values that a row has together.
  uint32_t AddSeveral(RepeatedValues values) { return Add(values.Take(arrays_)); }

  uint32_t size() const override { return size_; }
  AttributeValue Value(uint32_t code) const override {
    if (code >= others_base_) return others_[code - others_base_];
    size_t at = texts_.size() - 1;
    while (code < texts_[at].base) --at;
    return AttributeValue::String(texts_[at].leaf->texts.Text(code - texts_[at].base));
  }

 private:
  using Numbers = boost::unordered_flat_map<uint64_t, uint32_t>;
  uint32_t AddNumber(ValueKind kind, uint64_t bits, Numbers& known) {
    const auto [at, is_new] = known.try_emplace(bits, size_);
    if (is_new) Add({kind, {}, bits});
    return at->second;
  }

  struct Texts {
    uint32_t base;
    std::shared_ptr<const LeafData> leaf;
  };
  std::vector<Texts> texts_;
  uint32_t size_ = 0;
  uint32_t others_base_ = 0;  // of others_[0]
  std::vector<AttributeValue> others_;
  Numbers ints_, doubles_;
  uint32_t bools_[2]{};             // code + 1
  std::deque<std::string> arrays_;  // a deque, so that they stay where they are
};

// The column of an attribute while it is built.
class AttributeColumnBuilder {
 public:
  AttributeColumnBuilder(uint32_t rows, RepeatedValues::Rule rule)
      : codes_(rows, Column::kMissing), rule_(rule) {}

  size_t rows() const { return codes_.size(); }
  ViewValues& values() { return *values_; }

  // A value of the row; the values of one in the order of its list.
  void Add(uint32_t row, uint32_t code) {
    is_empty_ = false;
    uint32_t& known = codes_[row];
    const bool is_first = known == Column::kMissing;
    if (is_first) known = code;
    if (is_first &&
        (rule_ == RepeatedValues::Rule::kAny || values_->Value(code).kind == ValueKind::kString))
      return;
    const auto [several, is_new] = several_.try_emplace(row, rule_);
    if (is_new && !is_first) several->second.Add(values_->Value(known));
    several->second.Add(values_->Value(code));
  }

  // Null where no row has a value.
  std::unique_ptr<Column> Take() {
    if (is_empty_) return nullptr;
    for (auto& [row, several] : several_) codes_[row] = values_->AddSeveral(std::move(several));
    auto column = std::make_unique<Column>();
    column->codes = std::move(codes_);
    column->values = std::move(values_);
    return column;
  }

 private:
  std::vector<uint32_t> codes_;
  const RepeatedValues::Rule rule_;
  std::shared_ptr<ViewValues> values_ = std::make_shared<ViewValues>();
  std::map<uint32_t, RepeatedValues> several_;  // rows that have more than one value
  bool is_empty_ = true;
};

}  // namespace vivace
