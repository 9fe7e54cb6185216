// The declaration of configuration keys: name, type, default, one sentence, each written down once.
//
//   void DeclareIngester(ConfigSection& section, IngesterConfig& config) {
//     // Used. Default: the member's initialiser.
//     section.Key("max_block_bytes", config.max_block_bytes, "Size at which a head block is cut.");
//     // Accepted and printed; Vivace needs no such thing.
//     section.Unused("flush_op_timeout", kNever, "Timeout of a flush.");
//     // Accepted and printed; not built yet. Another value than the default is warned about.
//     section.Later("flush_object_storage", true, "Move blocks to the backend.");
//   }
//
// scripts/check-keys.py finds fields that are declared as used and that nothing reads.
// From it come parsing with strict errors, /status/config and docs/configuration-keys.md. A
// section refers to the fields that it was declared with, so it must not outlive them; it is built,
// read and printed at start by one thread (about a millisecond).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/schema/values.h"

namespace vivace {

class ConfigSection;

// What Vivace does with a key.
enum class KeyKind : uint8_t {
  kUsed,
  kLater,   // nothing yet; a value other than the default is warned about, or refused
  kUnused,  // nothing, because nothing is missing without it
};

// One declared key: a value, a group of keys or a list of groups.
class Entry {
 public:
  Entry(std::string_view name, std::string_view doc) : name_(name), doc_(doc) {}
  virtual ~Entry() = default;
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // `path` is the dotted path of this key. A null node leaves everything as it is.
  virtual void Read(const YamlNode& node, const std::string& path, ParseContext& context) = 0;
  virtual YamlNode Dump() const = 0;
  virtual bool IsZero() const = 0;
  // Sets every value to its type's zero, which is not always the default.
  virtual void Clear() = 0;
  virtual std::string_view type_name() const = 0;
  virtual KeyKind kind() const = 0;
  // The only values that are accepted; empty when any is.
  virtual std::vector<std::string> allowed() const { return {}; }
  // The keys of one item of a list of groups, with their defaults; null for everything else.
  virtual std::unique_ptr<ConfigSection> Item() const;

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  void Rename(std::string name) { name_ = std::move(name); }
  // Left out of the print while zero, as Tempo does with some keys.
  void OmitZero() { omit_zero_ = true; }
  bool Printed() const { return !omit_zero_ || !IsZero(); }
  // Of kind kLater: any other value than the default is an error, because it promises protection
  // or cannot work; `reason` says why.
  void Refuse(std::string_view reason) { refusal_ = reason; }
  const std::string& refusal() const { return refusal_; }
  // Of kind kLater: what does not happen, for the warning.
  void Lacks(std::string_view what) { lack_ = what; }
  const std::string& lack() const { return lack_; }

 private:
  std::string name_;
  std::string doc_;
  std::string refusal_;
  std::string lack_;
  bool omit_zero_ = false;
};

// Reads an entry and reports what becomes of a value that Vivace does not act on: a warning or, for
// keys that are refused, an error.
void ReadByKind(Entry& entry, const YamlNode& node, const std::string& path, int line,
                ParseContext& context);

// The type in which a default given to Unused() is kept: any integer as int64_t or uint64_t, any
// duration as Duration, text as std::string.
template <typename T>
struct StoredType {
  using type = T;
};
template <std::integral T>
struct StoredType<T> {
  using type = std::conditional_t<std::is_same_v<T, bool>, bool,
                                  std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;
};
template <typename Rep, typename Period>
struct StoredType<std::chrono::duration<Rep, Period>> {
  using type = Duration;
};
template <>
struct StoredType<const char*> {
  using type = std::string;
};
template <typename T>
using Stored = typename StoredType<std::decay_t<T>>::type;

template <typename T>
class ConfigValue final : public Entry {
 public:
  ConfigValue(std::string_view name, T& field, KeyKind kind, std::string_view doc)
      : Entry(name, doc), field_(&field), kind_(kind) {}
  ConfigValue(std::string_view name, std::unique_ptr<T> own, KeyKind kind, std::string_view doc)
      : Entry(name, doc), own_(std::move(own)), field_(own_.get()), kind_(kind) {}

  // Refuses other values with `message`, in which {} stands for the value. Of a key that is not
  // acted on they are warned about: Tempo finds them out when it uses them, if at all.
  ConfigValue& OneOf(std::vector<std::string> allowed, std::string message) {
    allowed_ = std::move(allowed);
    message_ = std::move(message);
    return *this;
  }
  // After OneOf: other values are warned about and count as `fallback`, because Tempo takes any.
  ConfigValue& Else(std::string_view fallback) {
    fallback_ = fallback;
    return *this;
  }
  // After OneOf: other values are refused although the key has no effect, because Tempo refuses
  // them when it reads the file.
  ConfigValue& Always() {
    is_always_checked_ = true;
    return *this;
  }
  // Negative integers and durations mean something; else they are warned about and count as 0.
  ConfigValue& Signed() {
    is_signed_ = true;
    return *this;
  }
  // Refuses numbers outside [low, high]; warns as OneOf does.
  ConfigValue& Range(double low, double high) {
    low_ = low;
    high_ = high;
    return *this;
  }
  // Printed as ******** although it is an ordinary string.
  ConfigValue& Masked() {
    masked_ = true;
    return *this;
  }
  ConfigValue& OmitZero() {
    Entry::OmitZero();
    return *this;
  }
  ConfigValue& Refused(std::string_view reason) {
    Entry::Refuse(reason);
    return *this;
  }
  ConfigValue& Lacks(std::string_view what) {
    Entry::Lacks(what);
    return *this;
  }

  void Read(const YamlNode& node, const std::string& path, ParseContext& context) override {
    if (node.IsNull()) return;
    T value = *field_;
    if (!ReadValue(node, value, context) || !Check(value, path, node.line, context)) return;
    RaiseNegative(value, path, node.line, context);
    *field_ = std::move(value);
  }
  YamlNode Dump() const override;
  bool IsZero() const override { return *field_ == T{}; }
  void Clear() override { *field_ = T{}; }
  std::string_view type_name() const override { return kGoType<T>; }
  KeyKind kind() const override { return kind_; }

  std::vector<std::string> allowed() const override { return allowed_; }

 private:
  bool Check(const T& value, const std::string& path, int line, ParseContext& context) const;
  // Whether a value that fails its check may stay all the same; reports it either way.
  bool Tolerates(std::string message, const std::string& path, int line,
                 ParseContext& context) const;
  void RaiseNegative(T& value, const std::string& path, int line, ParseContext& context) const;

  std::unique_ptr<T> own_;
  T* field_;
  KeyKind kind_;
  bool masked_ = false;
  std::vector<std::string> allowed_;
  std::string message_;
  std::string fallback_;
  bool is_always_checked_ = false;
  bool is_signed_ = false;
  double low_ = 0;
  double high_ = -1;  // below low_: no range
};

template <typename Item>
class List;

// A group of keys. `type_name` is what Go calls its type, because strict errors name it.
class ConfigSection : public Entry {
 public:
  ConfigSection(std::string_view name, std::string_view type_name, std::string_view doc)
      : Entry(name, doc), type_name_(type_name) {}

  // Bound to a field: a key that is used, and the same of the other kinds where something else
  // than the server's behaviour (checks across keys, pages that show limits) needs its value.
  template <typename T>
  ConfigValue<T>& Key(std::string_view name, T& field, std::string_view doc) {
    return Bind(name, field, KeyKind::kUsed, doc);
  }
  template <typename T>
  ConfigValue<T>& LaterKey(std::string_view name, T& field, std::string_view doc) {
    return Bind(name, field, KeyKind::kLater, doc);
  }
  template <typename T>
  ConfigValue<T>& UnusedKey(std::string_view name, T& field, std::string_view doc) {
    return Bind(name, field, KeyKind::kUnused, doc);
  }
  // Of no field.
  template <typename T>
  ConfigValue<Stored<T>>& Later(std::string_view name, T default_value, std::string_view doc) {
    return Hold(name, std::move(default_value), KeyKind::kLater, doc);
  }
  template <typename T>
  ConfigValue<Stored<T>>& Unused(std::string_view name, T default_value, std::string_view doc) {
    return Hold(name, std::move(default_value), KeyKind::kUnused, doc);
  }
  ConfigSection& Group(std::string_view name, std::string_view type_name, std::string_view doc) {
    return Add(std::make_unique<ConfigSection>(name, type_name, doc));
  }
  // A group that is null until the file has it.
  ConfigSection& OptionalGroup(std::string_view name, std::string_view type_name,
                               std::string_view doc) {
    ConfigSection& group = Group(name, type_name, doc);
    group.optional_ = true;
    return group;
  }
  // A list whose items are groups that `declare` describes.
  template <typename Item>
  List<Item>& Groups(std::string_view name, std::string_view type_name, std::vector<Item>& field,
                     std::string_view doc, void (*declare)(ConfigSection&, Item&)) {
    return Add(std::make_unique<List<Item>>(name, type_name, field, doc, declare));
  }
  template <typename E>
  E& Add(std::unique_ptr<E> entry) {
    E& added = *entry;
    entries_.push_back(std::move(entry));
    return added;
  }
  // A field for a declaration that nothing else needs; lives as long as the section.
  template <typename T>
  T& Own(T initial = {}) {
    auto holder = std::make_shared<T>(std::move(initial));
    owned_.push_back(holder);
    return *holder;
  }
  // The kind of everything below, whatever it was declared as: accepted and without effect, or
  // accepted and not built yet.
  ConfigSection& NoEffect() {
    whole_ = KeyKind::kUnused;
    return *this;
  }
  ConfigSection& NotYet(std::string_view what_lacks) {
    whole_ = KeyKind::kLater;
    Entry::Lacks(what_lacks);
    return *this;
  }

  void Read(const YamlNode& node, const std::string& path, ParseContext& context) override;
  YamlNode Dump() const override;
  bool IsZero() const override;
  void Clear() override;
  std::string_view type_name() const override { return type_name_; }
  // That of the most used key below.
  KeyKind kind() const override;
  bool is_whole() const { return whole_.has_value(); }

  // The key at a dotted path below this one, or null.
  Entry* Find(std::string_view path);
  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }
  std::vector<std::unique_ptr<Entry>> TakeEntries() { return std::move(entries_); }

 protected:
  virtual std::string UnknownKeyMessage(const std::string& key) const;

 private:
  template <typename T>
  ConfigValue<T>& Bind(std::string_view name, T& field, KeyKind kind, std::string_view doc) {
    return Add(std::make_unique<ConfigValue<T>>(name, field, kind, doc));
  }
  template <typename T>
  ConfigValue<Stored<T>>& Hold(std::string_view name, T value, KeyKind kind, std::string_view doc) {
    using Value = Stored<T>;
    return Add(std::make_unique<ConfigValue<Value>>(
        name, std::make_unique<Value>(Value(std::move(value))), kind, doc));
  }
  Entry* Child(std::string_view name) const;
  void ReadEntry(const YamlEntry& entry, const std::string& path, ParseContext& context);

  std::string type_name_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::shared_ptr<void>> owned_;
  std::optional<KeyKind> whole_;
  bool optional_ = false;
  bool present_ = false;
};

// An empty item for lists whose keys Vivace accepts but does not use.
struct NoFields {};

template <typename Element>
class List final : public Entry {
 public:
  List(std::string_view name, std::string_view type_name, std::vector<Element>& field,
       std::string_view doc, void (*declare)(ConfigSection&, Element&))
      : Entry(name, doc), type_name_(type_name), field_(&field), declare_(declare) {
    Declare();
  }

  void Read(const YamlNode& node, const std::string& path, ParseContext& context) override {
    if (node.IsNull()) return;
    if (!node.IsList()) return context.Mismatch(node, "[]" + type_name_);
    // Sized once, because every section below refers to its item.
    field_->assign(node.items.size(), Element{});
    Declare();
    for (size_t i = 0; i < blocks_.size(); ++i)
      blocks_[i]->Read(node.items[i], path + "[" + std::to_string(i) + "]", context);
  }
  YamlNode Dump() const override {
    YamlNode list = YamlNode::List();
    for (const auto& section : blocks_) list.items.push_back(section->Dump());
    return list;
  }
  bool IsZero() const override { return blocks_.empty(); }
  void Clear() override {
    field_->clear();
    blocks_.clear();
  }
  // Of one item.
  std::string_view type_name() const override { return type_name_; }
  KeyKind kind() const override {
    return std::is_same_v<Element, NoFields> ? KeyKind::kUnused : kind_;
  }
  List& Later() {
    kind_ = KeyKind::kLater;
    return *this;
  }
  std::unique_ptr<ConfigSection> Item() const override {
    auto section = std::make_unique<ConfigSection>(name(), type_name_, doc());
    declare_(*section, section->template Own<Element>());
    return section;
  }

 private:
  void Declare() {
    blocks_.clear();
    for (Element& element : *field_) {
      blocks_.push_back(std::make_unique<ConfigSection>(name(), type_name_, doc()));
      declare_(*blocks_.back(), element);
    }
  }

  std::string type_name_;
  std::vector<Element>* field_;
  KeyKind kind_ = KeyKind::kUsed;
  void (*declare_)(ConfigSection&, Element&);
  std::vector<std::unique_ptr<ConfigSection>> blocks_;
};

// "a.b" for a key below a path, "b" at the top.
std::string JoinPath(const std::string& path, std::string_view name);
// Replaces the {} of a message; kept apart so that this header needs no formatter.
std::string FillIn(std::string_view message, std::string_view value);
std::string RangeMessage(const std::string& path, std::string_view value, double low, double high);
// Warns that a value which is not acted on, or counts as another one, is none of those there are.
void WarnOfValue(std::string_view message, std::string_view fallback, const std::string& path,
                 int line, ParseContext& context);
void WarnOfNegative(std::string_view value, const std::string& path, int line,
                    ParseContext& context);

template <typename T>
YamlNode ConfigValue<T>::Dump() const {
  if constexpr (std::is_same_v<T, std::string>) {
    if (masked_) return WriteValue(Secret{*field_});
  }
  return WriteValue(*field_);
}

template <typename T>
bool ConfigValue<T>::Check(const T& value, const std::string& path, int line,
                           ParseContext& context) const {
  if constexpr (std::is_same_v<T, std::string>) {
    for (const std::string& allowed : allowed_) {
      if (allowed == value) return true;
    }
    return allowed_.empty() || Tolerates(FillIn(message_, value), path, line, context);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return high_ < low_ || (double(value) >= low_ && double(value) <= high_) ||
           Tolerates(RangeMessage(path, WriteValue(value).text, low_, high_), path, line, context);
  } else if constexpr (std::is_same_v<T, std::optional<double>>) {
    return high_ < low_ || !value || (*value >= low_ && *value <= high_) ||
           Tolerates(RangeMessage(path, WriteValue(value).text, low_, high_), path, line, context);
  }
  return true;
}

template <typename T>
bool ConfigValue<T>::Tolerates(std::string message, const std::string& path, int line,
                               ParseContext& context) const {
  const bool is_idle = context.inside_unused() && !is_always_checked_;
  if (is_idle || !fallback_.empty()) {
    WarnOfValue(message, fallback_, path, line, context);
    return true;
  }
  context.KeyError(line, message);
  return false;
}

template <typename T>
void ConfigValue<T>::RaiseNegative(T& value, const std::string& path, int line,
                                   ParseContext& context) const {
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, Duration>) {
    if (value >= T{} || is_signed_ || context.inside_unused()) return;
    WarnOfNegative(WriteValue(value).text, path, line, context);
    value = T{};
  }
}

// Compiled once, in schema.cc, for the types that most keys have.
extern template class ConfigValue<bool>;
extern template class ConfigValue<double>;
extern template class ConfigValue<std::optional<double>>;
extern template class ConfigValue<int64_t>;
extern template class ConfigValue<uint64_t>;
extern template class ConfigValue<std::string>;
extern template class ConfigValue<Secret>;
extern template class ConfigValue<Duration>;
extern template class ConfigValue<PromDuration>;
extern template class ConfigValue<ByteSize>;
extern template class ConfigValue<Instant>;
extern template class ConfigValue<CsvList>;
extern template class ConfigValue<YamlNode>;
extern template class ConfigValue<std::vector<std::string>>;

}  // namespace vivace
