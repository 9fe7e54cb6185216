// AttributeValues: what each distinct attribute of a segment becomes in the seven columns of an
// attribute list (spec/storage.md 3.5).
//
// Computed once per distinct attribute and block, so that emitting an occurrence is a table
// lookup. Owned by one block build; about 5 bytes per distinct attribute plus the elements of
// arrays.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "columns/segment.h"

namespace vivace {

// The column that holds the values of an attribute.
enum class ValueColumn : uint8_t { kNone, kString, kInt, kDouble, kBool, kUnsupported };
inline constexpr size_t kValueColumns = 6;

class AttributeValues {
 public:
  explicit AttributeValues(const Segment& segment);

  ValueColumn Column(AttributeCode code) const {
    return static_cast<ValueColumn>(classes_[code] & 0x7f);
  }
  bool IsArray(AttributeCode code) const { return (classes_[code] & 0x80) != 0; }
  // Values that the attribute has in its column.
  uint32_t ElementCount(AttributeCode code) const {
    return IsArray(code) ? arrays_[side_index_[code]].end - arrays_[side_index_[code]].begin : 1;
  }

  // Calls `visit` with a token for each value of the attribute (which has a column of values): its
  // code, or for the elements of an array kElementToken and up. Texts and scalars have tokens of
  // their own.
  template <typename Visit>
  void ForEachToken(AttributeCode code, Visit&& visit) const {
    if (!IsArray(code)) return visit(code);
    const Elements& array = arrays_[side_index_[code]];
    for (uint32_t i = array.begin; i < array.end; ++i) visit(kElementToken + i);
  }
  std::string_view Text(uint32_t token) const {
    return token < kElementToken ? Segment::Value(segment_.attributes()[token]).text
                                 : strings_[token - kElementToken];
  }
  // The bits of an integer, double or boolean.
  uint64_t Scalar(uint32_t token) const {
    return token < kElementToken ? segment_.attributes()[token].payload
                                 : scalars_[token - kElementToken];
  }
  // The JSON text of an attribute in column kUnsupported.
  std::string_view Json(AttributeCode code) const { return json_[side_index_[code]]; }

 private:
  static constexpr uint32_t kElementToken = 0x80000000;  // attribute codes stay below
  struct Elements {
    uint32_t begin;
    uint32_t end;
  };

  void Classify(AttributeCode code);
  void ClassifyArray(AttributeCode code, std::string_view encoded);
  void KeepAsJson(AttributeCode code);

  const Segment& segment_;
  std::vector<uint8_t> classes_;      // a ValueColumn, and 0x80 for arrays
  std::vector<uint32_t> side_index_;  // index into arrays_ or json_
  std::vector<Elements> arrays_;
  std::vector<std::string_view> strings_;
  std::vector<uint64_t> scalars_;
  std::deque<std::string> json_;
};

}  // namespace vivace
