#include "receive/otlp_any_value.h"

#include <protozero/pbf_reader.hpp>

namespace vivace {
namespace {

std::string_view View(protozero::data_view view) { return {view.data(), view.size()}; }

void CheckKeyValue(std::string_view message, int depth) {
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    if (reader.tag() == 2 && reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
      ReadAnyValue(View(reader.get_view()), depth);
    } else {
      reader.skip();
    }
  }
}

// Walks an ArrayValue or KeyValueList so that whoever decodes it later meets no broken bytes.
void CheckList(std::string_view message, bool is_array, int depth) {
  if (depth > kAnyValueDepthMax) throw AnyValueTooDeep{};
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    if (reader.tag() != 1 || reader.wire_type() != protozero::pbf_wire_type::length_delimited) {
      reader.skip();
    } else if (is_array) {
      ReadAnyValue(View(reader.get_view()), depth);
    } else {
      CheckKeyValue(View(reader.get_view()), depth);
    }
  }
}

}  // namespace

AttributeValue ReadAnyValue(std::string_view message, int depth) {
  AttributeValue value;
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case protozero::tag_and_type(1, protozero::pbf_wire_type::length_delimited):
        value = AttributeValue::String(View(reader.get_view()));
        break;
      case protozero::tag_and_type(2, protozero::pbf_wire_type::varint):
        value = AttributeValue::Bool(reader.get_bool());
        break;
      case protozero::tag_and_type(3, protozero::pbf_wire_type::varint):
        value = AttributeValue::Int(reader.get_int64());
        break;
      case protozero::tag_and_type(4, protozero::pbf_wire_type::fixed64):
        value = AttributeValue::Double(reader.get_double());
        break;
      case protozero::tag_and_type(5, protozero::pbf_wire_type::length_delimited):
        value = AttributeValue::Array(View(reader.get_view()));
        CheckList(value.text, true, depth + 1);
        break;
      case protozero::tag_and_type(6, protozero::pbf_wire_type::length_delimited):
        value = AttributeValue::KeyValueList(View(reader.get_view()));
        CheckList(value.text, false, depth + 1);
        break;
      case protozero::tag_and_type(7, protozero::pbf_wire_type::length_delimited):
        value = AttributeValue::Bytes(View(reader.get_view()));
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

}  // namespace vivace
