#include "config/schema/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vivace {

std::unique_ptr<ConfigSection> Entry::Item() const { return nullptr; }

void ConfigSection::Read(const YamlNode& node, const std::string& path, ParseContext& context) {
  if (node.IsNull()) return;
  if (!node.IsMap()) return context.Mismatch(node, type_name_);
  present_ = true;
  std::set<std::string_view> seen;
  for (const YamlEntry& entry : node.entries) {
    if (seen.insert(entry.key).second) {
      ReadEntry(entry, path, context);
    } else {
      context.Error(entry.line,
                    fmt::format("field {} already set in type {}", entry.key, type_name_));
    }
  }
}

void ConfigSection::ReadEntry(const YamlEntry& entry, const std::string& path,
                              ParseContext& context) {
  Entry* child = Child(entry.key);
  if (child == nullptr) return context.UnknownKey(entry.line, UnknownKeyMessage(entry.key));
  const std::string child_path = JoinPath(path, entry.key);
  const std::string outer = context.key();
  context.set_key(child_path);
  ReadByKind(*child, entry.value, child_path, entry.line, context);
  context.set_key(outer);
}

namespace {

// " (line 3)"; nothing for values from the command line.
std::string AtLine(int line) { return line > 0 ? fmt::format(" (line {})", line) : ""; }

// A group whose keys are of several kinds reports each by itself.
bool IsMixed(const Entry& entry) {
  const auto* section = dynamic_cast<const ConfigSection*>(&entry);
  return section != nullptr && !section->is_whole();
}

void ReadUnused(Entry& entry, const YamlNode& node, const std::string& path, int line,
                ParseContext& context) {
  // Named once where the unused part begins, not again for every key below it.
  if (!context.inside_unused()) {
    context.Warn(ConfigWarning::Kind::kNoEffect,
                 fmt::format("{} has no effect in Vivace{}", path, AtLine(line)));
  }
  context.EnterUnused();
  entry.Read(node, path, context);
  context.LeaveUnused();
}

void ReadLater(Entry& entry, const YamlNode& node, const std::string& path, int line,
               ParseContext& context) {
  const YamlNode before = entry.Dump();
  context.EnterUnused();
  entry.Read(node, path, context);
  context.LeaveUnused();
  if (entry.Dump() == before) return;
  if (!entry.refusal().empty()) {
    context.Error(line, fmt::format("{} is not supported by this version of Vivace: {}", path,
                                    entry.refusal()));
  } else if (!context.inside_unused()) {
    context.Warn(ConfigWarning::Kind::kLater,
                 fmt::format("{} is not implemented yet and has no effect{}{}{}", path,
                             entry.lack().empty() ? "" : ": ", entry.lack(), AtLine(line)),
                 "", path);
  }
}

}  // namespace

void ReadByKind(Entry& entry, const YamlNode& node, const std::string& path, int line,
                ParseContext& context) {
  const KeyKind kind = entry.kind();
  if (kind == KeyKind::kUsed || node.IsNull() || (kind == KeyKind::kLater && IsMixed(entry)))
    return entry.Read(node, path, context);
  if (kind == KeyKind::kUnused) return ReadUnused(entry, node, path, line, context);
  ReadLater(entry, node, path, line, context);
}

std::string ConfigSection::UnknownKeyMessage(const std::string& key) const {
  std::vector<std::string_view> names;
  for (const auto& entry : entries_) names.push_back(entry->name());
  return fmt::format("field {} not found in type {}{}", key, type_name_, DidYouMean(key, names));
}

YamlNode ConfigSection::Dump() const {
  if (optional_ && !present_) return {};
  YamlNode map = YamlNode::Map();
  for (const auto& entry : entries_) {
    if (entry->Printed()) map.Append(entry->name(), entry->Dump());
  }
  return map;
}

bool ConfigSection::IsZero() const {
  return std::ranges::all_of(entries_, [](const auto& entry) { return entry->IsZero(); });
}

void ConfigSection::Clear() {
  for (const auto& entry : entries_) entry->Clear();
}

KeyKind ConfigSection::kind() const {
  if (whole_) return *whole_;
  KeyKind kind = KeyKind::kUnused;
  for (const auto& entry : entries_) kind = std::min(kind, entry->kind());
  return kind;
}

Entry* ConfigSection::Child(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (entry->name() == name) return entry.get();
  }
  return nullptr;
}

Entry* ConfigSection::Find(std::string_view path) {
  const size_t dot = path.find('.');
  Entry* child = Child(path.substr(0, dot));
  if (child == nullptr || dot == std::string_view::npos) return child;
  auto* section = dynamic_cast<ConfigSection*>(child);
  return section == nullptr ? nullptr : section->Find(path.substr(dot + 1));
}

std::string JoinPath(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string FillIn(std::string_view message, std::string_view value) {
  const size_t hole = message.find("{}");
  if (hole == std::string_view::npos) return std::string(message);
  return fmt::format("{}{}{}", message.substr(0, hole), value, message.substr(hole + 2));
}

std::string RangeMessage(const std::string& path, std::string_view value, double low, double high) {
  return fmt::format("{}: {} is outside {} to {}", path, value, low, high);
}

void WarnOfValue(std::string_view message, std::string_view fallback, const std::string& path,
                 int line, ParseContext& context) {
  const std::string named = message.contains(path) ? "" : path + ": ";
  const std::string outcome =
      fallback.empty() ? "it has no effect" : fmt::format("{} is used instead", fallback);
  context.Warn(ConfigWarning::Kind::kIgnored,
               fmt::format("{}{}; {}{}", named, message, outcome, AtLine(line)), "", path);
}

void WarnOfNegative(std::string_view value, const std::string& path, int line,
                    ParseContext& context) {
  context.Warn(ConfigWarning::Kind::kIgnored,
               fmt::format("{}: {} is negative and counts as 0{}", path, value, AtLine(line)), "",
               path);
}

template class ConfigValue<bool>;
template class ConfigValue<double>;
template class ConfigValue<std::optional<double>>;
template class ConfigValue<int64_t>;
template class ConfigValue<uint64_t>;
template class ConfigValue<std::string>;
template class ConfigValue<Secret>;
template class ConfigValue<Duration>;
template class ConfigValue<PromDuration>;
template class ConfigValue<ByteSize>;
template class ConfigValue<Instant>;
template class ConfigValue<CsvList>;
template class ConfigValue<YamlNode>;
template class ConfigValue<std::vector<std::string>>;

}  // namespace vivace
