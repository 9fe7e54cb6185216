#include "config/yaml/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include "base/quoted.h"
#include "config/yaml/scalars.h"

namespace vivace {
namespace {

constexpr int kDepthMax = 100;
// What a document may always have; larger ones as many as they have bytes, which only anchors can
// exceed.
constexpr size_t kNodesMax = 200'000;
constexpr std::string_view kMergeKey = "<<";

bool HasKey(const YamlNode& map, std::string_view key) {
  return std::ranges::any_of(map.entries, [&](const YamlEntry& entry) { return entry.key == key; });
}

std::unexpected<Error> Refuse(int line, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("yaml: line {}: {}", line, why));
}

// Turns yaml-cpp's tree into ours. One use per document, because it counts nodes.
class Converter {
 public:
  explicit Converter(std::string_view text)
      : text_(text), is_utf16_(text.contains('\0')), nodes_max_(std::max(kNodesMax, text.size())) {}

  Result<YamlNode> Convert(const YAML::Node& source, int depth) {
    const int line = source.Mark().line + 1;
    if (depth > kDepthMax)
      return Refuse(line, fmt::format("nested deeper than {} levels", kDepthMax));
    if (++nodes_ > nodes_max_)
      return Refuse(line, fmt::format("more than {} nodes once anchors are expanded", nodes_max_));
    if (source.IsScalar()) return Scalar(source, line);
    if (source.IsSequence()) return List(source, line, depth);
    if (source.IsMap()) return Map(source, line, depth);
    YamlNode null;
    null.line = line;
    return null;
  }

 private:
  static YamlNode Scalar(const YAML::Node& source, int line) {
    YamlNode node = YamlNode::Scalar(source.Scalar());
    node.quoted = source.Tag() == "!" || source.Tag() == "tag:yaml.org,2002:str";
    node.line = line;
    return node;
  }

  Result<YamlNode> List(const YAML::Node& source, int line, int depth) {
    YamlNode node = YamlNode::List();
    node.line = line;
    for (const YAML::Node& item : source) {
      VIVACE_ASSIGN(YamlNode converted, Convert(item, depth + 1));
      node.items.push_back(std::move(converted));
    }
    return node;
  }

  Result<YamlNode> Map(const YAML::Node& source, int line, int depth) {
    YamlNode node = YamlNode::Map();
    node.line = line;
    std::vector<YamlNode> merges;
    for (const auto& pair : source) {
      const int key_line = pair.first.Mark().line + 1;
      if (!pair.first.IsScalar()) return Refuse(key_line, "a map key must be a scalar");
      VIVACE_ASSIGN(YamlNode value, Convert(pair.second, depth + 1));
      if (value.IsNull()) {
        if (!HasColon(source, pair.first)) return Refuse(key_line, "could not find expected ':'");
        value.line = key_line;
      }
      if (pair.first.Scalar() == kMergeKey) {
        merges.push_back(std::move(value));
      } else {
        node.entries.push_back({pair.first.Scalar(), key_line, std::move(value)});
      }
    }
    for (const YamlNode& merge : merges) VIVACE_TRY(Merge(merge, node));
    return node;
  }

  // Whether there is a colon behind the key, which the library does without at the end of a map.
  // `{a, b}` and `? a` are as they should be.
  bool HasColon(const YAML::Node& map, const YAML::Node& key) const {
    const auto begin = static_cast<size_t>(std::max(key.Mark().pos, 0));
    std::string_view before = text_.substr(0, begin);
    while (before.ends_with(' ')) before.remove_suffix(1);
    const bool is_explicit = before.ends_with('?');
    const bool is_unknown = is_utf16_ || begin >= text_.size();
    if (map.Style() == YAML::EmitterStyle::Flow || is_explicit || is_unknown) return true;
    return text_.substr(begin, text_.find('\n', begin) - begin).contains(':');
  }

  // Keys written out win over merged ones, earlier merges over later ones.
  static Status Merge(const YamlNode& merge, YamlNode& into) {
    if (merge.IsList()) {
      for (const YamlNode& item : merge.items) VIVACE_TRY(Merge(item, into));
      return {};
    }
    if (!merge.IsMap())
      return Refuse(merge.line, "map merge requires map or sequence of maps as the value");
    for (const YamlEntry& entry : merge.entries) {
      if (!HasKey(into, entry.key)) into.entries.push_back(entry);
    }
    return {};
  }

  const std::string_view text_;
  const bool is_utf16_;  // then marks are no places in the text
  const size_t nodes_max_;
  size_t nodes_ = 0;
};

// What a document begins with, and whether it has anything.
class DocumentEvents final : public YAML::EventHandler {
 public:
  const YAML::Mark& start() const { return start_; }
  const std::optional<YAML::Mark>& content() const { return content_; }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark, content_.reset(); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    Note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Note(mark);
  }
  void OnMapEnd() override {}

 private:
  void Note(const YAML::Mark& mark) {
    if (!content_) content_ = mark;
  }

  YAML::Mark start_;
  std::optional<YAML::Mark> content_;
};

// The library stops silently after the first document, and before a character that can begin none.
Status CheckIsOneDocument(std::string_view text) {
  std::istringstream in{std::string(text)};
  YAML::Parser parser(in);
  DocumentEvents events;
  int last_start = -1;
  for (bool is_first = true; parser.HandleNextDocument(events); is_first = false) {
    if (!is_first && events.content())
      return Refuse(events.content()->line + 1, "a second document: put all into one");
    if (events.start().pos == last_start && !events.content())
      return Refuse(events.start().line + 1, "found character that cannot start any token");
    last_start = events.start().pos;
  }
  return {};
}

// The words that Tempo's users know for the most common mistake, a tab as indentation; the
// library's own for the rest.
std::string_view SyntaxMessage(std::string_view text, const YAML::ParserException& error) {
  for (int line = 0; line < error.mark.line; ++line)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const size_t indent = text.find_first_not_of(' ');
  const bool tab = indent != std::string_view::npos && text[indent] == '\t';
  return tab ? "found character that cannot start any token" : std::string_view(error.msg);
}

bool ReadsAsText(std::string_view text) {
  constexpr std::string_view kSpecialStart = "!&*-?#{}[],|>@`\"'%:= ";
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL" ||
      text == kMergeKey)
    return false;
  if (kSpecialStart.find(text.front()) != std::string_view::npos || text.back() == ' ' ||
      text.back() == ':')
    return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos)
    return false;
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return false;
  return ResolveTag(text) == "!!str";
}

bool IsPlainKey(std::string_view key) { return ReadsAsText(key) || ParseYamlInt(key).has_value(); }

class Writer {
 public:
  std::string Write(const YamlNode& node) {
    if (IsInline(node)) return InlineText(node) + "\n";
    Block(node, 0);
    return std::move(out_);
  }

 private:
  static bool IsInline(const YamlNode& node) {
    return node.IsNull() || node.IsScalar() || (node.IsMap() && node.entries.empty()) ||
           (node.IsList() && node.items.empty());
  }

  static std::string InlineText(const YamlNode& node) {
    if (node.IsNull()) return "null";
    if (node.IsMap()) return "{}";
    if (node.IsList()) return "[]";
    return node.quoted ? Quoted(node.text) : node.text;
  }

  void Block(const YamlNode& node, size_t indent) {
    if (node.IsMap()) return Entries(node, indent, indent);
    for (const YamlNode& item : node.items) {
      out_.append(indent, ' ');
      out_ += "- ";
      Item(item, indent + 2);
    }
  }

  void Item(const YamlNode& item, size_t indent) {
    if (IsInline(item)) {
      out_ += InlineText(item) + "\n";
    } else if (item.IsMap()) {
      Entries(item, indent, 0);
    } else {
      out_ += "\n";
      Block(item, indent + 2);
    }
  }

  // The first key stands on the line of the list's dash.
  void Entries(const YamlNode& node, size_t indent, size_t first_indent) {
    for (const YamlEntry& entry : node.entries) {
      out_.append(&entry == &node.entries.front() ? first_indent : indent, ' ');
      out_ += IsPlainKey(entry.key) ? entry.key : Quoted(entry.key);
      out_ += ':';
      if (IsInline(entry.value)) {
        out_ += " " + InlineText(entry.value) + "\n";
      } else {
        out_ += '\n';
        Block(entry.value, indent + 4);
      }
    }
  }

  std::string out_;
};

}  // namespace

YamlNode YamlNode::Scalar(std::string text) {
  YamlNode node;
  node.kind = Kind::kScalar;
  node.text = std::move(text);
  return node;
}

YamlNode YamlNode::Text(std::string text) {
  YamlNode node = Scalar(std::move(text));
  node.quoted = !ReadsAsText(node.text);
  return node;
}

YamlNode YamlNode::Map() {
  YamlNode node;
  node.kind = Kind::kMap;
  return node;
}

YamlNode YamlNode::List() {
  YamlNode node;
  node.kind = Kind::kList;
  return node;
}

const YamlNode* YamlNode::Find(std::string_view path) const {
  const size_t dot = path.find('.');
  const std::string_view head = path.substr(0, dot);
  for (const YamlEntry& entry : entries) {
    if (entry.key == path) return &entry.value;
    if (entry.key == head && dot != std::string_view::npos)
      return entry.value.Find(path.substr(dot + 1));
  }
  return nullptr;
}

YamlNode* YamlNode::Find(std::string_view path) {
  return const_cast<YamlNode*>(std::as_const(*this).Find(path));
}

void YamlNode::Append(std::string key, YamlNode value) {
  kind = Kind::kMap;
  entries.push_back({std::move(key), value.line, std::move(value)});
}

bool YamlNode::operator==(const YamlNode& other) const {
  if (kind != other.kind || text != other.text || items != other.items) return false;
  return std::ranges::equal(entries, other.entries, [](const YamlEntry& a, const YamlEntry& b) {
    return a.key == b.key && a.value == b.value;
  });
}

Result<YamlNode> ParseYaml(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  try {
    VIVACE_TRY(CheckIsOneDocument(text));
    return Converter(text).Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::ParserException& error) {
    return Refuse(error.mark.line + 1, SyntaxMessage(text, error));
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("yaml: {}", error.what()));
  }
}

std::string WriteYaml(const YamlNode& node) { return Writer().Write(node); }

}  // namespace vivace
