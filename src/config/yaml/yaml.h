// A YAML document as a plain tree with line numbers: what the configuration is read from and what
// it is printed as.
//
// Keeps the parser's library out of every other file, resolves anchors and "<<" merges once and
// keeps duplicate keys, so that whoever reads a map can name them. Limits: 100 levels; after
// anchors are expanded 200,000 nodes, or as many as the text has bytes. Values, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar that is text, whatever it looks like
  int line = 0;         // from 1; 0 when the node comes from no file
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  // in the order of the file, duplicates included

  static YamlNode Scalar(std::string text);
  // A scalar that is printed in quotes if it would otherwise read back as something else than text.
  static YamlNode Text(std::string text);
  static YamlNode Map();
  static YamlNode List();

  bool IsNull() const { return kind == Kind::kNull; }
  bool IsScalar() const { return kind == Kind::kScalar; }
  bool IsMap() const { return kind == Kind::kMap; }
  bool IsList() const { return kind == Kind::kList; }

  // The child at a path of map keys ("storage.trace.backend"); null when there is none.
  const YamlNode* Find(std::string_view path) const;
  YamlNode* Find(std::string_view path);
  void Append(std::string key, YamlNode value);
  // Same shape and content; lines do not count.
  bool operator==(const YamlNode& other) const;
};

struct YamlEntry {
  std::string key;
  int line = 0;
  YamlNode value;
};

// Syntax errors read "yaml: line N: ...".
Result<YamlNode> ParseYaml(std::string_view text);
// Four spaces a level, as /status/config prints.
std::string WriteYaml(const YamlNode& node);

}  // namespace vivace
