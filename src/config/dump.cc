#include "config/dump.h"

#include <fmt/format.h>

#include <optional>

#include "config/keys/keys.h"

namespace vivace {
namespace {

YamlNode Difference(const YamlNode& now, const YamlNode& before) {
  YamlNode map = YamlNode::Map();
  for (const YamlEntry& entry : now.entries) {
    const YamlNode* old = before.Find(entry.key);
    if (old == nullptr || entry.value.kind != old->kind || !entry.value.IsMap()) {
      if (old == nullptr || !(entry.value == *old)) map.Append(entry.key, entry.value);
      continue;
    }
    YamlNode inner = Difference(entry.value, *old);
    if (!inner.entries.empty()) map.Append(entry.key, std::move(inner));
  }
  return map;
}

std::string OneLine(const YamlNode& node) {
  if (node.IsNull()) return "null";
  if (node.IsMap()) return node.entries.empty() ? "{}" : "(a map)";
  if (node.IsScalar()) return node.text.empty() ? "\"\"" : node.text;
  std::string text;
  for (const YamlNode& item : node.items) text += (text.empty() ? "" : ", ") + OneLine(item);
  return text.size() > 200 ? "(a list)" : "[" + text + "]";
}

std::string KindNote(const Entry& entry, KeyKind kind) {
  if (kind == KeyKind::kUsed) return "";
  if (kind == KeyKind::kUnused) return " *No effect.*";
  if (entry.refusal().empty()) return " *Not yet.*";
  return fmt::format(" *Not yet; refused, because {}.*", entry.refusal());
}

// The kind of an entry of a group: the group's where that is for all of them.
KeyKind KindWithin(std::optional<KeyKind> group, const Entry& entry) {
  return group.value_or(entry.kind());
}

std::optional<KeyKind> KindOfAll(std::optional<KeyKind> outer, const Entry& entry) {
  if (outer) return outer;
  const auto* section = dynamic_cast<const ConfigSection*>(&entry);
  const bool is_whole = section == nullptr || section->is_whole();
  return is_whole && entry.kind() != KeyKind::kUsed ? std::optional(entry.kind()) : std::nullopt;
}

void AppendKey(const Entry& entry, const std::string& path, KeyKind kind, std::string& out) {
  // The host's name is not the same where this text is made and where it is read.
  const std::string value = OneLine(entry.Dump());
  out +=
      fmt::format("- `{}` {} = `{}`: {}{}\n", path, entry.type_name(),
                  value == HostName() ? "(host name)" : value, entry.doc(), KindNote(entry, kind));
}

// `all`: the kind of all keys below, where there is one.
void AppendBlock(const ConfigSection& section, const std::string& path, std::optional<KeyKind> all,
                 std::string& out) {
  for (const auto& entry : section.entries()) {
    const std::string key = JoinPath(path, entry->name());
    const std::optional<KeyKind> below = KindOfAll(all, *entry);
    if (const auto* group = dynamic_cast<const ConfigSection*>(entry.get())) {
      AppendBlock(*group, key, below, out);
      continue;
    }
    AppendKey(*entry, key, KindWithin(all, *entry), out);
    if (const std::unique_ptr<ConfigSection> item = entry->Item())
      AppendBlock(*item, key + "[]", below, out);
  }
}

constexpr std::string_view kReferenceHead =
    "# Configuration keys\n"
    "\n"
    "Generated from the declarations in `src/config/keys/*_keys.cc` (`VIVACE_UPDATE=1\n"
    "build/test_config` writes it anew). Every key of Tempo is accepted and printed. One marked "
    "*No\n"
    "effect* needs none: it is about parts that one process does not have, or what it asks for "
    "always\n"
    "happens. One marked *Not yet* asks for something that Vivace does not do yet: a value other "
    "than\n"
    "the default is warned about at start, or refused where it promises protection. All others "
    "are\n"
    "read by the server, which `scripts/check-keys.py` checks.\n";

}  // namespace

Result<DumpMode> ParseDumpMode(std::string_view mode) {
  if (mode.empty()) return DumpMode::kEffective;
  if (mode == "diff") return DumpMode::kDiff;
  if (mode == "defaults") return DumpMode::kDefaults;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("unknown value for mode query parameter: {}", mode));
}

std::string DumpConfig(const LoadedConfig& loaded, DumpMode mode) {
  if (mode == DumpMode::kDefaults) return WriteYaml(loaded.defaults);
  if (mode == DumpMode::kDiff) return WriteYaml(Difference(loaded.effective, loaded.defaults));
  return WriteYaml(loaded.effective);
}

YamlNode LimitsNode(Limits limits) {
  ConfigSection section("", "", "");
  DeclareLimits(section, limits);
  return section.Dump();
}

std::string DumpLimits(const Limits& limits) { return WriteYaml(LimitsNode(limits)); }

std::string DumpOverrides(const TenantOverrides& overrides, DumpMode mode) {
  const YamlNode defaults = LimitsNode(*overrides.defaults);
  YamlNode root = YamlNode::Map();
  root.Append("defaults", defaults);
  YamlNode tenants = YamlNode::Map();
  for (const auto& [tenant, limits] : overrides.tenants) {
    YamlNode node = LimitsNode(*limits);
    tenants.Append(tenant, mode == DumpMode::kDiff ? Difference(node, defaults) : std::move(node));
  }
  root.Append("overrides", std::move(tenants));
  return WriteYaml(root);
}

std::string DumpUserLimits(const TenantOverrides& overrides) {
  YamlNode tenants = YamlNode::Map();
  for (const auto& [tenant, limits] : overrides.user_limits) tenants.Append(tenant, limits);
  YamlNode root = YamlNode::Map();
  root.Append("user_configurable_overrides", std::move(tenants));
  return "---\n" + WriteYaml(root);
}

std::string KeyReference() {
  Config config;
  const std::unique_ptr<ConfigSection> root = DeclareConfig(config);
  std::string out(kReferenceHead);
  std::string top;
  for (const auto& entry : root->entries()) {
    const auto* group = dynamic_cast<const ConfigSection*>(entry.get());
    if (group == nullptr) {
      AppendKey(*entry, entry->name(), entry->kind(), top);
      continue;
    }
    out += fmt::format("\n## {}\n\n{}\n\n", entry->name(), entry->doc());
    AppendBlock(*group, entry->name(), KindOfAll(std::nullopt, *group), out);
  }
  return out + "\n## Top level\n\n" + top;
}

}  // namespace vivace
