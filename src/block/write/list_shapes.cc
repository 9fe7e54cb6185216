#include "block/write/list_shapes.h"

#include <algorithm>

#include "base/hash/fast_hash.h"

namespace vivace {
namespace {

constexpr uint32_t kNoPosition = 0xffffffff;

}  // namespace

ListShapes::ListShapes(RowKind owner, const Segment& segment, const AttributeValues& values,
                       const AttributeTraits& traits, const Promotion& promotion)
    : values_(values),
      traits_(traits),
      promotion_(promotion),
      owner_(owner),
      depth_(static_cast<uint8_t>(DepthOf(owner) + 1)),
      known_(segment.shapes().size(), kUnknown) {}

uint32_t ListShapes::LookUp(uint32_t segment_shape, std::span<const AttributeCode> codes) {
  return known_[segment_shape] = ShapeOf(codes);
}

// A word per attribute, and for each array, after those, its number of elements: equal words mean
// equal shapes.
void ListShapes::MakeSignature(std::span<const AttributeCode> codes) {
  words_.resize(codes.size());
  uint32_t* word = words_.data();
  bool arrays = false;
  for (const AttributeCode code : codes) {
    const AttributeTraits::Entry traits = traits_[code];
    arrays |= traits.is_array != 0;
    *word++ = traits.Packed();
  }
  if (!arrays) return;
  for (const AttributeCode code : codes) {
    if (traits_[code].is_array) words_.push_back(values_.ElementCount(code));
  }
}

uint32_t ListShapes::ShapeOf(std::span<const AttributeCode> codes) {
  MakeSignature(codes);
  return table_.FindOrAppend(
      FastHash(std::span<const uint32_t>(words_)),
      [&](uint32_t shape) {
        const Range& signature = signatures_[shape];
        return signature.size == words_.size() &&
               std::equal(words_.begin(), words_.end(), signature_words_.begin() + signature.begin);
      },
      [&] { return MakeShape(codes); });
}

uint32_t ListShapes::MakeShape(std::span<const AttributeCode> codes) {
  signatures_.push_back(
      {static_cast<uint32_t>(signature_words_.size()), static_cast<uint32_t>(words_.size())});
  signature_words_.insert(signature_words_.end(), words_.begin(), words_.end());
  Shape shape{.has_arrays = words_.size() > codes.size()};
  Split(codes, shape);
  SortByRank(codes);
  shape.order = {static_cast<uint32_t>(positions_.size()), static_cast<uint32_t>(stored_.size())};
  shape.keys_begin = static_cast<uint32_t>(keys_.size());
  for (const uint32_t position : stored_) {
    positions_.push_back(position);
    keys_.push_back(traits_[codes[position]].key);
  }
  for (size_t column = 1; column < kValueColumns; ++column)
    columns_[column].push_back(MakeColumn(static_cast<ValueColumn>(column), codes));
  shapes_.push_back(shape);
  return static_cast<uint32_t>(shapes_.size() - 1);
}

// Of an attribute that comes twice the last one is promoted.
void ListShapes::Split(std::span<const AttributeCode> codes, Shape& shape) {
  stored_.clear();
  std::vector<uint32_t> promoted(Promotion::kTargetsMax, kNoPosition);
  for (uint32_t position = 0; position < codes.size(); ++position) {
    const uint8_t target = promotion_.TargetOf(owner_, traits_[codes[position]]);
    if (target == Promotion::kGeneric) {
      stored_.push_back(position);
      continue;
    }
    if (promoted[target] != kNoPosition) stored_.push_back(promoted[target]);
    promoted[target] = position;
  }
  shape.promoted.begin = static_cast<uint32_t>(promoted_.size());
  for (uint32_t target = 0; target < promoted.size(); ++target) {
    if (promoted[target] != kNoPosition) promoted_.push_back({target, promoted[target]});
  }
  shape.promoted.size = static_cast<uint32_t>(promoted_.size()) - shape.promoted.begin;
}

// By rank of the key, keeping the order of attributes with the same key.
void ListShapes::SortByRank(std::span<const AttributeCode> codes) {
  const auto rank = [&](uint32_t position) { return traits_.Rank(traits_[codes[position]].key); };
  std::stable_sort(stored_.begin(), stored_.end(),
                   [&](uint32_t a, uint32_t b) { return rank(a) < rank(b); });
}

// One entry per attribute without values in the column, else one per value.
ListShapes::Column ListShapes::MakeColumn(ValueColumn column,
                                          std::span<const AttributeCode> codes) {
  std::vector<uint8_t> repetition;
  std::vector<uint8_t> definition;
  Column out{.sources = {static_cast<uint32_t>(positions_.size()), 0}};
  for (uint32_t at = 0; at < stored_.size(); ++at) {
    const AttributeCode code = codes[stored_[at]];
    repetition.push_back(depth_);
    if (traits_[code].value_column() != column) {
      definition.push_back(depth_);
      continue;
    }
    positions_.push_back(at);
    const uint32_t values = values_.ElementCount(code);
    definition.insert(definition.end(), values, static_cast<uint8_t>(depth_ + 1));
    repetition.insert(repetition.end(), values - 1, static_cast<uint8_t>(depth_ + 1));
  }
  out.sources.size = static_cast<uint32_t>(positions_.size()) - out.sources.begin;
  out.entries = static_cast<uint32_t>(repetition.size());
  if (repetition.empty()) return out;
  out.repetition = LevelPattern::Make(std::span(repetition).subspan(1), level_bytes_);
  out.definition = LevelPattern::Make(definition, level_bytes_);
  return out;
}

}  // namespace vivace
