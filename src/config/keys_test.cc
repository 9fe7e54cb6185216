// Tests over the whole declaration: its defaults against Tempo's own dump, and every key set once.
#include "config/keys/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "config/dump.h"

namespace vivace {
namespace {

using ::testing::HasSubstr;

std::string SourcePath(const std::string& path) {
  return std::string(VIVACE_SOURCE_DIR) + "/" + path;
}

std::string ReadSource(const std::string& path) {
  const auto text = ReadTextFile(SourcePath(path));
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

// Every scalar of a tree with its path, in order.
void Flatten(const YamlNode& node, const std::string& path, std::vector<std::string>& out) {
  if (node.IsScalar() || node.IsNull())
    out.push_back(path + " = " + (node.IsNull() ? "null" : node.text));
  for (size_t i = 0; i < node.items.size(); ++i)
    Flatten(node.items[i], path + "[" + std::to_string(i) + "]", out);
  for (const YamlEntry& entry : node.entries) Flatten(entry.value, JoinPath(path, entry.key), out);
  if ((node.IsMap() && node.entries.empty()) || (node.IsList() && node.items.empty()))
    out.push_back(path + " = empty");
}

// What is ours alone, and the host's name where Tempo's dump has its machine's.
std::string Comparable(std::string line) {
  const std::string host = " = " + HostName();
  if (line.ends_with(host)) line.replace(line.size() - host.size(), host.size(), " = vm");
  return line;
}

std::vector<std::string> Lines(const YamlNode& node) {
  std::vector<std::string> all;
  Flatten(node, "", all);
  std::vector<std::string> kept;
  for (const std::string& line : all) {
    if (!line.starts_with("vivace.") && !line.starts_with("overrides.inherit_defaults"))
      kept.push_back(Comparable(line));
  }
  return kept;
}

TEST(Keys, DefaultsAndTheirOrderAreTempos) {
  std::string expected = ReadSource("tests/data/config-defaults.yaml");
  expected.erase(0, expected.find("---\n") + 4);
  const auto tempo = ParseYaml(expected);
  ASSERT_TRUE(tempo);
  const auto loaded = LoadConfigText("", "x", {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(Lines(loaded->defaults), Lines(*tempo));
}

TEST(Keys, DumpIsIndentedLikeTempos) {
  std::string expected = ReadSource("tests/data/config-defaults.yaml");
  expected.erase(0, expected.find("---\n") + 4);
  const auto tempo = ParseYaml(expected);
  ASSERT_TRUE(tempo);
  EXPECT_EQ(WriteYaml(*tempo), expected);
}

// Another value than the default, of the right type.
YamlNode OtherValue(const Entry& entry) {
  const YamlNode now = entry.Dump();
  for (const std::string& allowed : entry.allowed()) {
    if (allowed != now.text && !allowed.empty()) return YamlNode::Text(allowed);
  }
  const std::string_view type = entry.type_name();
  if (type == "bool") return YamlNode::Scalar(now.text == "true" ? "false" : "true");
  if (type == "int" || type == "uint64") return YamlNode::Scalar(now.text == "2" ? "1" : "2");
  if (type == "float64") return YamlNode::Scalar("0.75");
  if (type == "time.Duration") return YamlNode::Scalar("7m0s");
  if (type == "model.Duration") return YamlNode::Scalar("7m");
  if (type == "flagext.Bytes") return YamlNode::Scalar("3KiB");
  if (type == "time.Time") return YamlNode::Scalar("2024-05-06T07:08:09Z");
  if (type == "flagext.StringSliceCSV") return YamlNode::Text("a,b");
  YamlNode list = YamlNode::List();
  YamlNode map = YamlNode::Map();
  if (type == "[]string") list.items = {YamlNode::Text("other")};
  if (type == "[]float64") list.items = {YamlNode::Scalar("0.5")};
  if (list.items.size() == 1) return list;
  if (type == "map[string]string" || type == "map[string]config.Secret")
    map.Append("key", YamlNode::Text("other"));
  if (type == "map[string]bool") map.Append("key", YamlNode::Scalar("true"));
  if (type == "map[string][]int32") {
    list.items = {YamlNode::Scalar("1")};
    map.Append("key", list);
  }
  if (type == "map[string]interface {}") {
    YamlNode zipkin;
    map.Append("zipkin", zipkin);
  }
  if (!map.entries.empty()) return map;
  return YamlNode::Text("other");
}

// Refused by themselves: they are settings of policies, which must be there.
bool NeedsOthers(const std::string& path) {
  return path == "overrides.defaults.sampling.tail.decision_wait" ||
         path == "overrides.defaults.sampling.tail.num_traces";
}

bool IsMasked(const Entry& entry) {
  return entry.type_name() == "flagext.Secret" || entry.type_name() == "map[string]config.Secret" ||
         entry.name() == "access_key";
}

// Every leaf with the keys around it, so that each can be a file of its own.
void CollectLeaves(const ConfigSection& section, const std::string& path,
                   std::vector<std::pair<std::string, YamlNode>>& leaves, bool& masked_seen) {
  for (const auto& entry : section.entries()) {
    const std::string key = JoinPath(path, entry->name());
    if (const auto* group = dynamic_cast<const ConfigSection*>(entry.get())) {
      CollectLeaves(*group, key, leaves, masked_seen);
    } else if (const std::unique_ptr<ConfigSection> item = entry->Item()) {
      std::vector<std::pair<std::string, YamlNode>> inner;
      CollectLeaves(*item, "", inner, masked_seen);
      for (auto& [name, value] : inner) leaves.emplace_back(key + "[]." + name, value);
    } else {
      YamlNode value = OtherValue(*entry);
      if (IsMasked(*entry)) value.line = -1;
      leaves.emplace_back(key, value);
    }
  }
}

YamlNode Nest(std::string_view path, const YamlNode& value) {
  const size_t dot = path.find('.');
  std::string key(path.substr(0, dot));
  YamlNode inner = dot == std::string_view::npos ? value : Nest(path.substr(dot + 1), value);
  if (key.ends_with("[]")) {
    key.resize(key.size() - 2);
    YamlNode list = YamlNode::List();
    list.items.push_back(std::move(inner));
    inner = std::move(list);
  }
  YamlNode map = YamlNode::Map();
  map.Append(key, std::move(inner));
  return map;
}

const YamlNode* FindThroughLists(const YamlNode* node, std::string_view path) {
  while (node != nullptr && !path.empty()) {
    const size_t mark = path.find("[].");
    node = node->Find(path.substr(0, mark));
    if (mark == std::string_view::npos) return node;
    if (node == nullptr || node->items.empty()) return nullptr;
    node = &node->items.front();
    path.remove_prefix(mark + 3);
  }
  return node;
}

void ExpectShown(const std::string& path, const YamlNode& value) {
  const std::string text = WriteYaml(Nest(path, value));
  const auto loaded = LoadConfigText(text, "x", {});
  ASSERT_TRUE(loaded) << text << loaded.error().message;
  // These are forced in a process that is everything.
  const std::set<std::string> forced = {"ingester.lifecycler.ring.kvstore.store",
                                        "ingester.lifecycler.ring.replication_factor",
                                        "ingester.lifecycler.address",
                                        "metrics_generator.ring.kvstore.store",
                                        "metrics_generator.ring.instance_addr",
                                        "live_store.ring.kvstore.store",
                                        "live_store.ring.instance_addr",
                                        "backend_worker.ring.kvstore.store"};
  if (forced.contains(path)) return;
  const YamlNode* shown = FindThroughLists(&loaded->effective, path);
  ASSERT_NE(shown, nullptr) << text;
  if (value.line == -1) {
    EXPECT_NE(WriteYaml(*shown).find("********"), std::string::npos) << text;
  } else {
    EXPECT_EQ(*shown, value) << text << WriteYaml(*shown);
  }
}

TEST(Keys, EachIsAcceptedAndShown) {
  Config config;
  const auto root = DeclareConfig(config);
  std::vector<std::pair<std::string, YamlNode>> leaves;
  bool masked = false;
  CollectLeaves(*root, "", leaves, masked);
  EXPECT_GT(leaves.size(), 1000u);
  for (const auto& [path, value] : leaves) {
    const Entry* entry = path.find("[]") == std::string::npos ? root->Find(path) : nullptr;
    const bool is_refused = entry != nullptr && !entry->refusal().empty();
    if (!is_refused && !NeedsOthers(path)) ExpectShown(path, value);
  }
}

// The kind of every leaf: that of the outermost group which decides for all below it.
void CollectKinds(const ConfigSection& section, const std::string& path, std::optional<KeyKind> all,
                  std::vector<std::pair<std::string, KeyKind>>& kinds) {
  for (const auto& entry : section.entries()) {
    const std::string key = JoinPath(path, entry->name());
    if (const auto* group = dynamic_cast<const ConfigSection*>(entry.get())) {
      const bool decides = !all && group->is_whole();
      CollectKinds(*group, key, decides ? std::optional(group->kind()) : all, kinds);
    } else if (!entry->Item()) {
      kinds.emplace_back(key, all.value_or(entry->kind()));
    }
  }
}

std::vector<std::string> MessagesOf(const LoadedConfig& loaded, ConfigWarning::Kind kind) {
  std::vector<std::string> messages;
  for (const ConfigWarning& warning : loaded.warnings) {
    const bool is_own = warning.key != "compactor";  // the warning of every start
    if (warning.kind == kind && is_own) messages.push_back(warning.message);
  }
  return messages;
}

// Loads a file with nothing but one key and says what was reported of it.
void ExpectReport(const std::string& path, KeyKind kind, const Entry& entry) {
  const auto changed = LoadConfigText(WriteYaml(Nest(path, OtherValue(entry))), "x", {});
  if (!entry.refusal().empty()) {
    ASSERT_FALSE(changed) << path;
    EXPECT_THAT(changed.error().message, HasSubstr(path + " is not supported"));
    EXPECT_THAT(changed.error().message, HasSubstr(entry.refusal()));
    return;
  }
  ASSERT_TRUE(changed) << path;
  const auto later = MessagesOf(*changed, ConfigWarning::Kind::kLater);
  const auto without_effect = MessagesOf(*changed, ConfigWarning::Kind::kNoEffect);
  EXPECT_EQ(later.size(), kind == KeyKind::kLater ? 1u : 0u) << path;
  EXPECT_EQ(without_effect.size(), kind == KeyKind::kUnused ? 1u : 0u) << path;
  if (kind != KeyKind::kLater) return;
  const auto same = LoadConfigText(WriteYaml(Nest(path, entry.Dump())), "x", {});
  ASSERT_TRUE(same) << path;
  EXPECT_TRUE(MessagesOf(*same, ConfigWarning::Kind::kLater).empty()) << path;
}

TEST(Keys, WhatIsNotDoneYetIsReportedOnceAndOnlyWhenChanged) {
  Config config;
  const auto root = DeclareConfig(config);
  std::vector<std::pair<std::string, KeyKind>> kinds;
  CollectKinds(*root, "", std::nullopt, kinds);
  std::map<KeyKind, size_t> seen;
  for (const auto& [path, kind] : kinds) {
    if (path.starts_with("distributor.receivers")) continue;  // a map of receivers
    if (NeedsOthers(path)) continue;
    ++seen[kind];
    ExpectReport(path, kind, *root->Find(path));
  }
  EXPECT_GT(seen[KeyKind::kUsed], 100u);
  EXPECT_GT(seen[KeyKind::kLater], 100u);
  EXPECT_GT(seen[KeyKind::kUnused], 100u);
}

TEST(Keys, NullLeavesDefaultsAlone) {
  Config config;
  const auto root = DeclareConfig(config);
  for (const auto& entry : root->entries()) {
    const auto loaded = LoadConfigText(entry->name() + ":\n", "x", {});
    ASSERT_TRUE(loaded) << entry->name();
    const auto empty = LoadConfigText("", "x", {});
    EXPECT_EQ(DumpConfig(*loaded, DumpMode::kEffective), DumpConfig(*empty, DumpMode::kEffective))
        << entry->name();
  }
}

TEST(Keys, UnknownKeyIsRefusedAtEveryLevel) {
  Config config;
  const auto root = DeclareConfig(config);
  for (const auto& entry : root->entries()) {
    const auto* group = dynamic_cast<const ConfigSection*>(entry.get());
    if (group == nullptr) continue;
    const auto loaded = LoadConfigText(entry->name() + ":\n  zzz_bogus_zzz: 1\n", "x", {});
    ASSERT_FALSE(loaded) << entry->name();
    EXPECT_NE(loaded.error().message.find("line 2: field zzz_bogus_zzz not found in type " +
                                          std::string(group->type_name())),
              std::string::npos)
        << loaded.error().message;
  }
}

TEST(Keys, ReferenceIsUpToDate) {
  const std::string path = "docs/configuration-keys.md";
  if (std::getenv("VIVACE_UPDATE") != nullptr) std::ofstream(SourcePath(path)) << KeyReference();
  EXPECT_TRUE(ReadSource(path) == KeyReference())
      << path << " is not what the declarations say; run with VIVACE_UPDATE=1";
}

}  // namespace
}  // namespace vivace
