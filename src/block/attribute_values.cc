#include "block/attribute_values.h"

#include <bit>
#include <protozero/pbf_reader.hpp>

#include "columns/any_value_json.h"

namespace vivace {
namespace {

constexpr uint8_t kArrayMark = 0x80;

// One element of an encoded ArrayValue, if it is of a kind that has a column.
struct Element {
  ValueColumn column = ValueColumn::kUnsupported;
  std::string_view text;
  uint64_t bits = 0;
};

Element ReadElement(protozero::data_view message) {
  Element element;
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    switch (reader.tag()) {
      case 1: {
        const auto view = reader.get_view();
        element = {ValueColumn::kString, {view.data(), view.size()}, 0};
        break;
      }
      case 2:
        element = {ValueColumn::kBool, {}, reader.get_bool() ? 1u : 0u};
        break;
      case 3:
        element = {ValueColumn::kInt, {}, static_cast<uint64_t>(reader.get_int64())};
        break;
      case 4:
        element = {ValueColumn::kDouble, {}, std::bit_cast<uint64_t>(reader.get_double())};
        break;
      default:
        element = {};
        reader.skip();
    }
  }
  return element;
}

}  // namespace

AttributeValues::AttributeValues(const Segment& segment)
    : segment_(segment), classes_(segment.attributes().size()), side_(segment.attributes().size()) {
  for (AttributeCode code = 0; code < classes_.size(); ++code) Classify(code);
}

void AttributeValues::Classify(AttributeCode code) {
  const Segment::Attribute& attribute = segment_.attributes()[code];
  switch (attribute.value_kind()) {
    case ValueKind::kString:
      classes_[code] = static_cast<uint8_t>(ValueColumn::kString);
      break;
    case ValueKind::kInt:
      classes_[code] = static_cast<uint8_t>(ValueColumn::kInt);
      break;
    case ValueKind::kDouble:
      classes_[code] = static_cast<uint8_t>(ValueColumn::kDouble);
      break;
    case ValueKind::kBool:
      classes_[code] = static_cast<uint8_t>(ValueColumn::kBool);
      break;
    case ValueKind::kArray:
      ClassifyArray(code, Segment::Value(attribute).text);
      break;
    case ValueKind::kEmpty:
    case ValueKind::kBytes:
    case ValueKind::kKeyValueList:
      KeepAsJson(code);
  }
}

// An array whose elements are all of one kind that has a column goes there; anything else is kept as JSON.
void AttributeValues::ClassifyArray(AttributeCode code, std::string_view encoded) {
  const size_t strings = strings_.size();
  const size_t scalars = scalars_.size();
  ValueColumn column = ValueColumn::kNone;
  bool uniform = false;
  try {
    uniform = ReadElements(encoded, column);
  } catch (const protozero::exception&) {  // bytes that are no array: one odd attribute must not keep a block from being written
  }
  if (!uniform) {
    strings_.resize(strings);
    scalars_.resize(scalars);
    return KeepAsJson(code);
  }
  classes_[code] = static_cast<uint8_t>(column) | kArrayMark;
  side_[code] = static_cast<uint32_t>(arrays_.size());
  const bool text = column == ValueColumn::kString;
  arrays_.push_back({static_cast<uint32_t>(text ? strings : scalars), static_cast<uint32_t>(text ? strings_.size() : scalars_.size())});
}

bool AttributeValues::ReadElements(std::string_view encoded, ValueColumn& column) {
  bool uniform = true;
  for (protozero::pbf_reader reader(encoded.data(), encoded.size()); uniform && reader.next();) {
    if (reader.tag_and_type() != protozero::tag_and_type(1, protozero::pbf_wire_type::length_delimited)) {
      reader.skip();
      continue;
    }
    const Element element = ReadElement(reader.get_view());
    uniform = element.column != ValueColumn::kUnsupported && (column == ValueColumn::kNone || column == element.column);
    column = element.column;
    if (column == ValueColumn::kString) {
      strings_.push_back(element.text);
    } else {
      scalars_.push_back(element.bits);
    }
  }
  return uniform;
}

void AttributeValues::KeepAsJson(AttributeCode code) {
  classes_[code] = static_cast<uint8_t>(ValueColumn::kUnsupported);
  side_[code] = static_cast<uint32_t>(json_.size());
  json_.push_back(AnyValueToJson(Segment::Value(segment_.attributes()[code])));
}

}  // namespace vivace
