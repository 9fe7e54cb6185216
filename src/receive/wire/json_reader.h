// JsonReader: typed reading of protobuf's JSON mapping on top of simdjson's on-demand parser, for
// the decoders of this folder only.
//
// Every Read* returns false after the first failure, which error() then describes with its offset;
// the caller just returns. Numbers may come as numbers or strings, ids as hexadecimal digits, bytes
// in any base64. Strings stay valid until the next Open. One thread at a time; keeps its buffers
// between documents.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "columns/span_batch.h"
#include "receive/wire/element_limit.h"

namespace vivace {

class JsonReader {
 public:
  using Value = simdjson::ondemand::value;
  using Object = simdjson::ondemand::object;

  using Array = simdjson::ondemand::array;

  // Starts a document whose root is an object or an array. `body` is copied, because the parser
  // wants padding after it.
  bool Open(std::string_view body, Object& root) {
    return Start(body) && Check(document_.get_object().get(root));
  }
  bool Open(std::string_view body, Array& root) {
    return Start(body) && Check(document_.get_array().get(root));
  }
  // Whether nothing but white space follows the root.
  bool Close();
  // INVALID_ARGUMENT with the offset, line and column of the failure.
  Error error() const;
  // Gives back the memory of an unusually large document.
  void ShrinkBuffers(size_t bytes_max);

  // Calls on_field(name, value) for each member that is not null, until one returns false.
  template <typename OnField>
  bool ForEachField(Object object, OnField&& on_field);
  template <typename OnField>
  bool ForEachField(Value value, OnField&& on_field);
  // Calls on_element(value) for each element that is not null.
  template <typename OnElement>
  bool ForEachElement(Value value, OnElement&& on_element);
  template <typename OnElement>
  bool ForEachElement(Array array, OnElement&& on_element);
  // Calls on_value(value) where `object` has a member `name` that is not null, wherever it stands,
  // and rewinds the object.
  template <typename OnValue>
  bool WithMember(Object& object, std::string_view name, OnValue&& on_value);

  bool GetObject(Value value, Object& object) { return Check(value.get_object().get(object)); }
  bool ReadString(Value value, std::string_view& text);
  bool ReadBool(Value value, bool& out) { return Check(value.get_bool().get(out)); }
  bool ReadInt64(Value value, int64_t& out);
  bool ReadUint64(Value value, uint64_t& out);
  bool ReadUint32(Value value, uint32_t& out);
  bool ReadDouble(Value value, double& out);
  // Base64.
  bool ReadBytes(Value value, std::string& raw);
  // Whether the value is a string, by its first character.
  static bool IsString(Value& value);
  // A string, boolean or number as what it is, a number without fraction as an integer; anything
  // else is kEmpty.
  bool ReadScalar(Value value, AttributeValue& out);

  // Records a failure at the current offset and returns false.
  bool Fail(std::string reason);

 private:
  static constexpr size_t kNoOffset = ~size_t{0};

  bool Start(std::string_view body);
  // Whether a simdjson call succeeded; records its failure.
  bool Check(simdjson::error_code code) { return code == simdjson::SUCCESS || FailWith(code); }
  bool FailWith(simdjson::error_code code);
  bool ReadStringLeniently(std::string_view token, std::string_view& text);
  bool FieldName(simdjson::ondemand::field& field, std::string_view& name);
  static bool IsNull(Value& value);
  template <typename T>
  bool ReadQuotedInteger(Value value, T& out);
  size_t InvalidUtf8Offset() const;

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::string padded_;
  size_t size_ = 0;
  ElementLimit objects_{0};
  bool is_open_ = false;
  std::string lenient_strings_;  // strings with lone surrogates, which simdjson does not unescape
  std::string reason_;
  size_t offset_ = kNoOffset;
};

template <typename OnField>
bool JsonReader::ForEachField(Object object, OnField&& on_field) {
  if (!objects_.Take()) return Fail(ElementLimit::kReason);
  for (auto result : object) {
    simdjson::ondemand::field field;
    std::string_view name;
    if (!Check(std::move(result).get(field)) || !FieldName(field, name)) return false;
    Value value = field.value();
    if (!IsNull(value) && !on_field(name, value)) return false;
  }
  return true;
}

template <typename OnField>
bool JsonReader::ForEachField(Value value, OnField&& on_field) {
  Object object;
  return GetObject(value, object) && ForEachField(object, on_field);
}

template <typename OnElement>
bool JsonReader::ForEachElement(Value value, OnElement&& on_element) {
  Array array;
  return Check(value.get_array().get(array)) && ForEachElement(array, on_element);
}

template <typename OnElement>
bool JsonReader::ForEachElement(Array array, OnElement&& on_element) {
  for (auto result : array) {
    Value element;
    if (!Check(std::move(result).get(element))) return false;
    if (!IsNull(element) && !on_element(element)) return false;
  }
  return true;
}

template <typename OnValue>
bool JsonReader::WithMember(Object& object, std::string_view name, OnValue&& on_value) {
  Value value;
  const simdjson::error_code code = object.find_field_unordered(name).get(value);
  if (code != simdjson::NO_SUCH_FIELD) {
    if (!Check(code)) return false;
    if (!IsNull(value) && !on_value(value)) return false;
  }
  return Check(object.reset().error());
}

}  // namespace vivace
