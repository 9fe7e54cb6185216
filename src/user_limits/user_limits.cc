#include "user_limits/user_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/go_format.h"
#include "config/dump.h"
#include "config/yaml/duration.h"
#include "user_limits/user_limits_schema.h"

namespace vivace {
namespace {

using OrderedJson = nlohmann::ordered_json;
using Kind = UserLimitsField::Kind;

constexpr size_t kNearBytes = 10;
constexpr size_t kContextBytes = 50;

std::unexpected<Error> BadDocument(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, std::move(what));
}

// " error found in #4 byte of ...|{"x":1}|..., bigger context ...|{"x":1}|...": where the
// document's text has the name.
std::string ErrorContext(std::string_view text, std::string_view name) {
  const std::string quoted = fmt::format("\"{}\"", name);
  size_t head = text.size();
  for (size_t at = text.find(quoted); at != std::string_view::npos;
       at = text.find(quoted, at + 1)) {
    const size_t after = text.find_first_not_of(" \t\r\n", at + quoted.size());
    if (after == std::string_view::npos || text[after] != ':') continue;
    head = at + quoted.size();
    break;
  }
  const size_t near = head - std::min(head, kNearBytes);
  const size_t far = head - std::min(head, kContextBytes);
  return fmt::format("error found in #{} byte of ...|{}|..., bigger context ...|{}|...",
                     head - near, text.substr(near, head + kNearBytes - near),
                     text.substr(far, head + kContextBytes - far));
}

class Normalizer {
 public:
  explicit Normalizer(std::string_view text) : text_(text) {}

  // `where` is what Go's texts put before the object's type.
  Result<OrderedJson> Object(const OrderedJson& from, const UserLimitsField& field,
                             const std::string& where) {
    const std::string type_path = where + std::string(field.go_type);
    if (!from.is_object())
      return BadDocument(fmt::format("{}: expect {{ or n, but found {}", type_path,
                                     from.dump().substr(0, kNearBytes)));
    for (const auto& [name, value] : from.items()) {
      if (std::ranges::find(field.fields, std::string_view(name), &UserLimitsField::name) ==
          field.fields.end())
        return BadDocument(fmt::format("{}.ReadObject: found unknown field: {}, {}", type_path,
                                       name, ErrorContext(text_, name)));
    }
    OrderedJson out = OrderedJson::object();
    for (const UserLimitsField& inner : field.fields) {
      const auto found = from.find(inner.name);
      const bool is_missing = found == from.end() || found->is_null();
      if (is_missing && !inner.always) continue;
      VIVACE_ASSIGN(OrderedJson value, Value(is_missing ? OrderedJson::object() : *found, inner,
                                             fmt::format("{}.{}: ", type_path, inner.go_name)));
      out[std::string(inner.name)] = std::move(value);
    }
    return out;
  }

 private:
  Result<OrderedJson> Value(const OrderedJson& from, const UserLimitsField& field,
                            const std::string& where) {
    switch (field.kind) {
      case Kind::kObject:
        return Object(from, field, where);
      case Kind::kObjects:
        return Objects(from, field, where);
      case Kind::kDuration:
        return Duration(from, field);
      case Kind::kAny:
        return from;
      default:
        if (IsOf(field.kind, from)) return from;
        return BadDocument(fmt::format("{} has a value of the wrong type: {}", field.name,
                                       from.dump().substr(0, kContextBytes)));
    }
  }

  static bool IsOf(Kind kind, const OrderedJson& value) {
    const auto all = [&](bool (OrderedJson::*is)() const noexcept) {
      return std::ranges::all_of(value, [&](const OrderedJson& one) { return (one.*is)(); });
    };
    switch (kind) {
      case Kind::kStrings:
        return value.is_array() && all(&OrderedJson::is_string);
      case Kind::kDoubles:
        return value.is_array() && all(&OrderedJson::is_number);
      case Kind::kStringMap:
        return value.is_object() && all(&OrderedJson::is_string);
      case Kind::kBoolMap:
        return value.is_object() && all(&OrderedJson::is_boolean);
      case Kind::kBool:
        return value.is_boolean();
      case Kind::kUint:
        return value.is_number_unsigned() && value.get<uint64_t>() <= UINT32_MAX;
      case Kind::kDouble:
        return value.is_number();
      default:
        return value.is_string();
    }
  }

  Result<OrderedJson> Objects(const OrderedJson& from, const UserLimitsField& field,
                              const std::string& where) {
    if (!from.is_array()) return BadDocument(fmt::format("{} is not a list", field.name));
    OrderedJson out = OrderedJson::array();
    for (const OrderedJson& one : from) {
      VIVACE_ASSIGN(OrderedJson object, Object(one, field, where));
      out.push_back(std::move(object));
    }
    return out;
  }

  static Result<OrderedJson> Duration(const OrderedJson& from, const UserLimitsField& field) {
    if (from.is_number_integer())
      return OrderedJson(FormatGoDuration(vivace::Duration(from.get<int64_t>())));
    const auto parsed =
        from.is_string() ? ParseConfigDuration(from.get<std::string>()) : std::nullopt;
    if (!parsed)
      return BadDocument(fmt::format("{}: time: invalid duration {}", field.name,
                                     from.dump().substr(0, kContextBytes)));
    return OrderedJson(FormatGoDuration(*parsed));
  }

  const std::string_view text_;
};

// What a scalar of the printed configuration is in JSON.
OrderedJson FromYamlScalar(const YamlNode& node, Kind kind) {
  if (kind == Kind::kString || kind == Kind::kStrings || kind == Kind::kStringMap ||
      kind == Kind::kDuration || node.quoted)
    return node.text;
  const OrderedJson parsed = OrderedJson::parse(node.text, nullptr, false);
  return parsed.is_discarded() ? OrderedJson(node.text) : parsed;
}

OrderedJson FromYaml(const YamlNode& node, Kind kind) {
  if (node.IsMap()) {
    OrderedJson out = OrderedJson::object();
    for (const YamlEntry& entry : node.entries) out[entry.key] = FromYaml(entry.value, kind);
    return out;
  }
  if (node.IsList()) {
    OrderedJson out = OrderedJson::array();
    for (const YamlNode& item : node.items) out.push_back(FromYaml(item, kind));
    return out;
  }
  return node.IsNull() ? OrderedJson() : FromYamlScalar(node, kind);
}

OrderedJson FieldsOf(const YamlNode* node, std::span<const UserLimitsField> fields) {
  OrderedJson out = OrderedJson::object();
  for (const UserLimitsField& field : fields) {
    const YamlNode* value = node == nullptr ? nullptr : node->Find(field.name);
    if (field.kind == Kind::kObject) {
      if (value != nullptr || field.always)
        out[std::string(field.name)] = FieldsOf(value, field.fields);
    } else if (value != nullptr && !value->IsNull()) {
      out[std::string(field.name)] = FromYaml(*value, field.kind);
    }
  }
  return out;
}

Result<std::string> Normalized(const OrderedJson& parsed, std::string_view text) {
  VIVACE_ASSIGN(const OrderedJson out, Normalizer(text).Object(parsed, kUserLimitsRoot, ""));
  return out.dump();
}

}  // namespace

Result<std::string> NormalizeUserLimits(std::string_view json) {
  const OrderedJson parsed = OrderedJson::parse(json, nullptr, false);
  if (parsed.is_discarded()) return BadDocument("the body is not valid JSON");
  return Normalized(parsed, json);
}

Result<std::string> PatchUserLimits(std::string_view json, std::string_view patch) {
  OrderedJson parsed = OrderedJson::parse(json, nullptr, false);
  const OrderedJson change = OrderedJson::parse(patch, nullptr, false);
  if (change.is_discarded()) return Fail(ErrorCode::kDataLoss, "Invalid JSON Patch");
  parsed.merge_patch(change);
  return Normalized(parsed, parsed.dump());
}

std::string UserLimitsOf(const Limits& limits) {
  const YamlNode node = LimitsNode(limits);
  return FieldsOf(&node, kUserLimitsRoot.fields).dump();
}

}  // namespace vivace
