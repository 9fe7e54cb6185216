// How one value of each type is read from YAML, printed, and called in error texts (Go's type
// names, which users search for).
//
// ReadValue reports a mismatch to `context` and leaves the value alone. WriteValue gives what
// /status/config prints.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/sections/value_types.h"
#include "config/yaml/parse_context.h"

namespace vivace {

bool ReadValue(const YamlNode& node, bool& value, ParseContext& context);
bool ReadValue(const YamlNode& node, int64_t& value, ParseContext& context);
bool ReadValue(const YamlNode& node, uint64_t& value, ParseContext& context);
bool ReadValue(const YamlNode& node, double& value, ParseContext& context);
bool ReadValue(const YamlNode& node, std::string& value, ParseContext& context);
bool ReadValue(const YamlNode& node, Duration& value, ParseContext& context);
bool ReadValue(const YamlNode& node, PromDuration& value, ParseContext& context);
bool ReadValue(const YamlNode& node, Secret& value, ParseContext& context);
bool ReadValue(const YamlNode& node, CsvList& value, ParseContext& context);
bool ReadValue(const YamlNode& node, ByteSize& value, ParseContext& context);
bool ReadValue(const YamlNode& node, Instant& value, ParseContext& context);
// Any YAML at all: for parts of the file that only their consumer understands.
bool ReadValue(const YamlNode& node, YamlNode& value, ParseContext& context);

YamlNode WriteValue(bool value);
YamlNode WriteValue(int64_t value);
YamlNode WriteValue(uint64_t value);
YamlNode WriteValue(double value);
YamlNode WriteValue(const std::string& value);
YamlNode WriteValue(Duration value);
YamlNode WriteValue(PromDuration value);
YamlNode WriteValue(const Secret& value);
YamlNode WriteValue(const CsvList& value);
YamlNode WriteValue(ByteSize value);
YamlNode WriteValue(Instant value);
YamlNode WriteValue(const YamlNode& value);

template <typename T>
inline constexpr std::string_view kGoType = "";
template <>
inline constexpr std::string_view kGoType<bool> = "bool";
template <>
inline constexpr std::string_view kGoType<int64_t> = "int";
template <>
inline constexpr std::string_view kGoType<uint64_t> = "uint64";
template <>
inline constexpr std::string_view kGoType<double> = "float64";
template <>
inline constexpr std::string_view kGoType<std::string> = "string";
template <>
inline constexpr std::string_view kGoType<Duration> = "time.Duration";
template <>
inline constexpr std::string_view kGoType<PromDuration> = "model.Duration";
template <>
inline constexpr std::string_view kGoType<Secret> = "flagext.Secret";
template <>
inline constexpr std::string_view kGoType<CsvList> = "flagext.StringSliceCSV";
template <>
inline constexpr std::string_view kGoType<ByteSize> = "flagext.Bytes";
template <>
inline constexpr std::string_view kGoType<Instant> = "time.Time";
template <>
inline constexpr std::string_view kGoType<YamlNode> = "interface {}";
template <>
inline constexpr std::string_view kGoType<std::vector<std::string>> = "[]string";
template <>
inline constexpr std::string_view kGoType<std::vector<double>> = "[]float64";
template <>
inline constexpr std::string_view kGoType<std::vector<int64_t>> = "[]int32";
template <>
inline constexpr std::string_view kGoType<std::map<std::string, std::string>> = "map[string]string";
template <>
inline constexpr std::string_view kGoType<std::map<std::string, Secret>> =
    "map[string]config.Secret";
template <>
inline constexpr std::string_view kGoType<std::map<std::string, bool>> = "map[string]bool";
template <>
inline constexpr std::string_view kGoType<std::map<std::string, std::vector<int64_t>>> =
    "map[string][]int32";
template <typename T>
inline constexpr std::string_view kGoType<std::optional<T>> = kGoType<T>;

template <typename T>
bool ReadValue(const YamlNode& node, std::vector<T>& value, ParseContext& context) {
  if (!node.IsList()) {
    context.Mismatch(node, kGoType<std::vector<T>>);
    return false;
  }
  std::vector<T> items(node.items.size());
  bool good = true;
  for (size_t i = 0; i < items.size(); ++i)
    good = ReadValue(node.items[i], items[i], context) && good;
  if (good) value = std::move(items);
  return good;
}

template <typename T>
bool ReadValue(const YamlNode& node, std::map<std::string, T>& value, ParseContext& context) {
  if (!node.IsMap()) {
    context.Mismatch(node, kGoType<std::map<std::string, T>>);
    return false;
  }
  std::map<std::string, T> map;
  bool good = true;
  for (const YamlEntry& entry : node.entries) {
    if (map.contains(entry.key)) {
      context.Error(entry.line, "key \"" + entry.key + "\" already set in map");
      good = false;
    }
    T item{};
    good = (entry.value.IsNull() || ReadValue(entry.value, item, context)) && good;
    map.insert_or_assign(entry.key, std::move(item));
  }
  if (good) value = std::move(map);
  return good;
}

template <typename T>
bool ReadValue(const YamlNode& node, std::optional<T>& value, ParseContext& context) {
  T inner{};
  if (!ReadValue(node, inner, context)) return false;
  value = std::move(inner);
  return true;
}

template <typename T>
YamlNode WriteValue(const std::vector<T>& value) {
  YamlNode list = YamlNode::List();
  for (const T& item : value) list.items.push_back(WriteValue(item));
  return list;
}

template <typename T>
YamlNode WriteValue(const std::map<std::string, T>& value) {
  YamlNode map = YamlNode::Map();
  for (const auto& [key, item] : value) map.Append(key, WriteValue(item));
  return map;
}

template <typename T>
YamlNode WriteValue(const std::optional<T>& value) {
  return value ? WriteValue(*value) : YamlNode();
}

}  // namespace vivace
