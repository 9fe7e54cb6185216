#include "config/schema/values.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/go_format.h"
#include "config/yaml/scalars.h"

namespace vivace {
namespace {

constexpr std::string_view kMasked = "********";

template <typename T>
bool Accept(std::optional<T> read, const YamlNode& node, T& value, ParseContext& context) {
  if (!read) {
    context.Mismatch(node, kGoType<T>);
    return false;
  }
  value = std::move(*read);
  return true;
}

// Quoted numbers are text, except that a size may be quoted.
std::optional<YamlInt> ReadInteger(const YamlNode& node) {
  if (!node.IsScalar()) return std::nullopt;
  if (const auto whole = ParseYamlInt(node.text); whole && !node.quoted) return whole;
  const auto size = ParseByteSize(node.text);
  return size ? std::optional(YamlInt{*size, false}) : std::nullopt;
}

std::vector<std::string> SplitCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return parts;
}

std::optional<int> TakeNumber(std::string_view& text, size_t digits, char after) {
  int value = 0;
  const std::string_view part = text.substr(0, digits);
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc() || end != part.data() + digits) return std::nullopt;
  text.remove_prefix(digits);
  if (after == '\0') return value;
  if (!text.starts_with(after)) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

// "Z" or "+01:00" as seconds east of Greenwich.
std::optional<int> ParseZone(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const int sign = zone[0] == '-' ? -1 : 1;
  zone.remove_prefix(1);
  const auto hours = TakeNumber(zone, 2, ':');
  const auto minutes = TakeNumber(zone, 2, '\0');
  if (!hours || !minutes) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<Instant> ParseInstant(std::string_view text) {
  const std::array<std::pair<size_t, char>, 6> layout = {
      {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}, {2, '\0'}}};
  std::array<int, 6> parts{};
  for (size_t i = 0; i < layout.size(); ++i) {
    const auto number = TakeNumber(text, layout[i].first, layout[i].second);
    if (!number) return std::nullopt;
    parts[i] = *number;
  }
  if (text.starts_with('.'))
    text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
  const auto zone = ParseZone(text);
  const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                        std::chrono::month(unsigned(parts[1])),
                                        std::chrono::day(unsigned(parts[2]))};
  if (!zone || !day.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
  const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return Instant{days * 86400 + parts[3] * 3600 + parts[4] * 60 + parts[5] - *zone};
}

}  // namespace

bool ReadValue(const YamlNode& node, bool& value, ParseContext& context) {
  return Accept(node.IsScalar() ? ParseYamlBool(node.text) : std::nullopt, node, value, context);
}

bool ReadValue(const YamlNode& node, int64_t& value, ParseContext& context) {
  const auto whole = ReadInteger(node);
  std::optional<int64_t> read;
  if (whole && whole->magnitude <= uint64_t(std::numeric_limits<int64_t>::max())) {
    read = whole->negative ? -int64_t(whole->magnitude) : int64_t(whole->magnitude);
  }
  return Accept(read, node, value, context);
}

bool ReadValue(const YamlNode& node, uint64_t& value, ParseContext& context) {
  const auto whole = ReadInteger(node);
  const bool fits = whole && (!whole->negative || whole->magnitude == 0);
  return Accept(fits ? std::optional(whole->magnitude) : std::nullopt, node, value, context);
}

bool ReadValue(const YamlNode& node, double& value, ParseContext& context) {
  return Accept(node.IsScalar() && !node.quoted ? ParseYamlFloat(node.text) : std::nullopt, node,
                value, context);
}

bool ReadValue(const YamlNode& node, std::string& value, ParseContext& context) {
  // An empty item of a list is an empty string, as in Go.
  if (node.IsNull()) return Accept(std::optional(std::string()), node, value, context);
  return Accept(node.IsScalar() ? std::optional(node.text) : std::nullopt, node, value, context);
}

bool ReadValue(const YamlNode& node, Duration& value, ParseContext& context) {
  if (!node.IsScalar()) return Accept<Duration>(std::nullopt, node, value, context);
  const auto nanos = node.quoted ? std::nullopt : ParseYamlInt(node.text);
  if (!nanos || nanos->magnitude > uint64_t(kForever.count()))
    return Accept(ParseConfigDuration(node.text), node, value, context);
  value = Duration{nanos->negative ? -int64_t(nanos->magnitude) : int64_t(nanos->magnitude)};
  if (value.count() > 0) {
    context.Warn(ConfigWarning::Kind::kNotice,
                 fmt::format("line {}: the duration {} has no unit and means nanoseconds",
                             node.line, node.text),
                 fmt::format("Write {}s if seconds are meant.", node.text));
  }
  return true;
}

bool ReadValue(const YamlNode& node, PromDuration& value, ParseContext& context) {
  const auto read = node.IsScalar() ? ParsePromDuration(node.text) : std::nullopt;
  if (read) {
    value.value = *read;
  } else if (node.IsScalar()) {
    context.Error(node.line, fmt::format("not a valid duration string: \"{}\"", node.text));
  } else {
    context.Mismatch(node, kGoType<PromDuration>);
  }
  return read.has_value();
}

bool ReadValue(const YamlNode& node, Secret& value, ParseContext& context) {
  return ReadValue(node, value.value, context);
}

bool ReadValue(const YamlNode& node, CsvList& value, ParseContext& context) {
  if (node.IsScalar()) {
    value.values = SplitCommas(node.text);
    return true;
  }
  if (node.IsList()) return ReadValue(node, value.values, context);
  context.Mismatch(node, kGoType<CsvList>);
  return false;
}

bool ReadValue(const YamlNode& node, ByteSize& value, ParseContext& context) {
  const auto bytes = node.IsScalar() ? ParseByteSize(node.text) : std::nullopt;
  // Our own print joins sizes: 63KiB1023B.
  if (!bytes && node.IsScalar()) {
    const size_t unit = node.text.find_first_of("Bb");
    const auto first = ParseByteSize(node.text.substr(0, unit + 1));
    const auto rest =
        unit == std::string::npos ? std::nullopt : ParseByteSize(node.text.substr(unit + 1));
    return Accept(first && rest ? std::optional(ByteSize{*first + *rest}) : std::nullopt, node,
                  value, context);
  }
  return Accept(bytes ? std::optional(ByteSize{*bytes}) : std::nullopt, node, value, context);
}

bool ReadValue(const YamlNode& node, Instant& value, ParseContext& context) {
  return Accept(node.IsScalar() ? ParseInstant(node.text) : std::nullopt, node, value, context);
}

bool ReadValue(const YamlNode& node, YamlNode& value, ParseContext&) {
  value = node;
  return true;
}

YamlNode WriteValue(bool value) { return YamlNode::Scalar(value ? "true" : "false"); }
YamlNode WriteValue(int64_t value) { return YamlNode::Scalar(fmt::format("{}", value)); }
YamlNode WriteValue(uint64_t value) { return YamlNode::Scalar(fmt::format("{}", value)); }
YamlNode WriteValue(double value) { return YamlNode::Scalar(FormatYamlFloat(value)); }
YamlNode WriteValue(const std::string& value) { return YamlNode::Text(value); }
YamlNode WriteValue(Duration value) { return YamlNode::Scalar(FormatGoDuration(value)); }
YamlNode WriteValue(PromDuration value) {
  return YamlNode::Scalar(FormatPromDuration(value.value));
}
YamlNode WriteValue(const Secret& value) {
  return YamlNode::Text(value.value.empty() ? "" : std::string(kMasked));
}
YamlNode WriteValue(ByteSize value) { return YamlNode::Scalar(FormatByteSize(value.bytes)); }
YamlNode WriteValue(const YamlNode& value) { return value; }

YamlNode WriteValue(const CsvList& value) {
  return YamlNode::Text(fmt::format("{}", fmt::join(value.values, ",")));
}

YamlNode WriteValue(Instant value) {
  const std::chrono::sys_seconds time{std::chrono::seconds(value.unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const int64_t second = (time - day).count();
  return YamlNode::Scalar(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int(date.year()),
                                      unsigned(date.month()), unsigned(date.day()), second / 3600,
                                      second / 60 % 60, second % 60));
}

}  // namespace vivace
