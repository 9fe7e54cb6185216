// SeriesGroups: the groups that `by (…)` makes, and their labels. GroupReader: which of them a span
// of a view belongs to.
//
// Values are distinguished by type and content, as labels show them; a group is numbered when first
// seen. A view's codes are looked up once each, so that finding a span's group is an array lookup
// where there is one attribute. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "traceql/expression/attribute_reader.h"
#include "traceql/metrics/series.h"

namespace vivace::traceql {

class SeriesGroups {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  // `nil_label`: a group all of whose values are missing keeps its first label, as the text nil.
  // `count_max`: groups beyond it are refused.
  SeriesGroups(std::vector<Attribute> by, bool nil_label, size_t count_max);

  // The number of the group with these values, one for each attribute; kNone where it would be one
  // too many.
  uint32_t FindOrAdd(const std::vector<OwnedDatum>& values);
  // The same of a group that others by the same attributes have.
  uint32_t FindOrAdd(const SeriesGroups& others, uint32_t group);

  // Whether all groups of others by the same attributes have room here.
  bool HasRoomFor(const SeriesGroups& others) const;

  size_t size() const { return labels_.size(); }
  bool is_truncated() const { return is_truncated_; }
  const std::vector<Attribute>& by() const { return by_; }
  const SeriesLabels& LabelsOf(uint32_t group) const { return labels_[group]; }
  // Of labels and keys; about.
  size_t MemoryBytes() const { return bytes_; }

 private:
  // `make_labels` is called where the group is new.
  template <typename Make>
  uint32_t FindOrAddKey(std::string key, const Make& make_labels);
  Datum LabelOf(const std::vector<OwnedDatum>& values, size_t i) const;
  SeriesLabels MakeLabels(const std::vector<OwnedDatum>& values) const;

  const std::vector<Attribute> by_;
  const bool nil_label_;
  const size_t count_max_;
  bool is_truncated_ = false;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<const std::string*> keys_;  // by number; of numbers_
  std::vector<SeriesLabels> labels_;
  size_t bytes_ = 0;
};

class GroupReader {
 public:
  // Both must outlive the reader.
  static Result<GroupReader> Make(SeriesGroups& groups, const ViewRows& rows);

  // The span's group, or SeriesGroups::kNone.
  uint32_t GroupOf(uint32_t span) {
    return ungrouped_ != SeriesGroups::kNone ? ungrouped_ : FindGroupOf(span);
  }

 private:
  // The values of one attribute, numbered.
  struct Key {
    AttributeReader reader;
    std::array<std::vector<uint32_t>, 2> by_code;  // number + 1, of the reader's two columns
    std::unordered_map<std::string, uint32_t> by_bytes;
    std::vector<OwnedDatum> values;
    std::optional<Datum> last;  // of those without a code: the one seen last (no texts)
    uint32_t last_number = 0;
  };
  static constexpr size_t kKeysMax = 5;
  using Numbers = std::array<uint32_t, kKeysMax>;

  explicit GroupReader(SeriesGroups& groups) : groups_(&groups) {}
  uint32_t FindGroupOf(uint32_t span);
  uint32_t NumberOf(Key& key, uint32_t span) const;
  static uint32_t Intern(Key& key, const Datum& value);
  uint32_t FindOrAdd(const Numbers& numbers);

  SeriesGroups* groups_;
  std::vector<Key> keys_;
  uint32_t ungrouped_ = SeriesGroups::kNone;  // where there are no attributes
  std::vector<uint32_t> by_single_key_;       // by number: group + 1, where there is one attribute
  std::map<Numbers, uint32_t> by_keys_;       // where there are more
};

}  // namespace vivace::traceql
