#include "traceql/metrics/series_groups.h"

#include <algorithm>

namespace vivace::traceql {
namespace {

// Of a group: nodes, labels and their names; about.
constexpr size_t kGroupBytes = 256;

}  // namespace

SeriesGroups::SeriesGroups(std::vector<Attribute> by, bool nil_label, size_t count_max)
    : by_(std::move(by)), nil_label_(nil_label), count_max_(count_max) {}

template <typename Make>
uint32_t SeriesGroups::FindOrAddKey(std::string key, const Make& make_labels) {
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  if (labels_.size() >= count_max_) {
    is_truncated_ = true;
    return kNone;
  }
  const auto number = static_cast<uint32_t>(labels_.size());
  bytes_ += kGroupBytes + 2 * key.size();
  keys_.push_back(&numbers_.emplace(std::move(key), number).first->first);
  labels_.push_back(make_labels());
  return number;
}

uint32_t SeriesGroups::FindOrAdd(const std::vector<OwnedDatum>& values) {
  std::string key;
  for (size_t i = 0; i < values.size(); ++i) AppendKey(LabelOf(values, i), key);
  return FindOrAddKey(std::move(key), [&] { return MakeLabels(values); });
}

uint32_t SeriesGroups::FindOrAdd(const SeriesGroups& others, uint32_t group) {
  return FindOrAddKey(*others.keys_[group],
                      [&]() -> const SeriesLabels& { return others.labels_[group]; });
}

bool SeriesGroups::HasRoomFor(const SeriesGroups& others) const {
  const auto is_new = [&](const std::string* key) { return !numbers_.contains(*key); };
  const auto added = std::ranges::count_if(others.keys_, is_new);
  return labels_.size() + static_cast<size_t>(added) <= count_max_;
}

Datum SeriesGroups::LabelOf(const std::vector<OwnedDatum>& values, size_t i) const {
  const auto is_missing = [](const OwnedDatum& value) { return value.View().is_nil(); };
  if (i == 0 && nil_label_ && std::ranges::all_of(values, is_missing))
    return Datum::String(kNilText);
  return values[i].View();
}

SeriesLabels SeriesGroups::MakeLabels(const std::vector<OwnedDatum>& values) const {
  SeriesLabels labels;
  for (size_t i = 0; i < by_.size(); ++i) {
    if (const Datum label = LabelOf(values, i); !label.is_nil())
      labels.push_back({Format(by_[i]), OwnedDatum(label)});
  }
  return labels;
}

Result<GroupReader> GroupReader::Make(SeriesGroups& groups, const ViewRows& rows) {
  GroupReader reader(groups);
  for (const Attribute& attribute : groups.by()) {
    VIVACE_ASSIGN(AttributeReader values, AttributeReader::Make(attribute, rows));
    reader.keys_.push_back({.reader = std::move(values)});
  }
  return reader;
}

uint32_t GroupReader::Intern(Key& key, const Datum& value) {
  std::string storage;
  const Datum label = LabelValueOf(value, storage);
  std::string bytes;
  AppendKey(label, bytes);
  const auto [known, is_new] =
      key.by_bytes.try_emplace(std::move(bytes), static_cast<uint32_t>(key.values.size()));
  if (is_new) key.values.emplace_back(label);
  return known->second;
}

uint32_t GroupReader::NumberOf(Key& key, uint32_t span) const {
  const Cursor cursor = key.reader.FirstCursorOf(span);
  const AttributeReader::CodedValue coded = key.reader.ReadCode(cursor);
  if (coded.column != nullptr) {
    std::vector<uint32_t>& numbers = key.by_code[coded.is_second ? 1 : 0];
    if (numbers.empty()) numbers.resize(coded.column->values->size());
    uint32_t& number = numbers[coded.code];
    if (number == 0) number = Intern(key, key.reader.ValueOf(coded)) + 1;
    return number - 1;
  }
  const Datum value = key.reader.Read(cursor);
  const bool is_plain = value.text.empty();
  if (is_plain && key.last == value) return key.last_number;
  const uint32_t number = Intern(key, value);
  if (is_plain) {
    key.last = value;
    key.last_number = number;
  }
  return number;
}

uint32_t GroupReader::FindOrAdd(const Numbers& numbers) {
  std::vector<OwnedDatum> values;
  for (size_t i = 0; i < keys_.size(); ++i) values.push_back(keys_[i].values[numbers[i]]);
  return groups_->FindOrAdd(values);
}

uint32_t GroupReader::FindGroupOf(uint32_t span) {
  if (keys_.empty()) return ungrouped_ = groups_->FindOrAdd({});
  Numbers numbers{};
  for (size_t i = 0; i < keys_.size(); ++i) numbers[i] = NumberOf(keys_[i], span);
  if (keys_.size() == 1) {
    if (numbers[0] >= by_single_key_.size()) by_single_key_.resize(keys_[0].values.size());
    uint32_t& group = by_single_key_[numbers[0]];
    if (group == 0) group = FindOrAdd(numbers) + 1;
    return group - 1;
  }
  const auto [known, is_new] = by_keys_.try_emplace(numbers, 0);
  if (is_new) known->second = FindOrAdd(numbers);
  return known->second;
}

}  // namespace vivace::traceql
