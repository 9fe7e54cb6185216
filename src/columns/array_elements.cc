#include "columns/array_elements.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "columns/any_value_proto.h"

namespace vivace {
namespace {

AttributeValue ReadElement(protozero::data_view message) {
  AttributeValue element;
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    switch (reader.tag()) {
      case kStringField: {
        const auto view = reader.get_view();
        element = AttributeValue::String({view.data(), view.size()});
        break;
      }
      case kBoolField:
        element = AttributeValue::Bool(reader.get_bool());
        break;
      case kIntField:
        element = AttributeValue::Int(reader.get_int64());
        break;
      case kDoubleField:
        element = AttributeValue::Double(reader.get_double());
        break;
      default:
        element = {};
        reader.skip();
    }
  }
  return element;
}

}  // namespace

bool ForEachElement(std::string_view encoded,
                    const std::function<bool(const AttributeValue&)>& visit) {
  try {
    for (protozero::pbf_reader reader(encoded.data(), encoded.size()); reader.next();) {
      if (reader.tag_and_type() !=
          protozero::tag_and_type(kValuesField, protozero::pbf_wire_type::length_delimited)) {
        reader.skip();
      } else if (!visit(ReadElement(reader.get_view()))) {
        return true;
      }
    }
  } catch (const protozero::exception&) {  // one malformed attribute must not keep a block from
                                           // being written
    return false;
  }
  return true;
}

std::string EncodeArray(std::span<const AttributeValue> elements) {
  std::string encoded;
  protozero::pbf_writer array(encoded);
  for (const AttributeValue& element : elements) {
    protozero::pbf_writer any(array, kValuesField);
    AppendAnyValue(element, any);
  }
  return encoded;
}

ArraySummary SummarizeArray(std::string_view encoded) {
  ArraySummary summary{.uniform = true};
  const bool valid = ForEachElement(encoded, [&](const AttributeValue& element) {
    summary.uniform = element.kind != ValueKind::kEmpty &&
                      (summary.count == 0 || element.kind == summary.element);
    summary.element = element.kind;
    ++summary.count;
    return summary.uniform;
  });
  return valid && summary.uniform ? summary : ArraySummary{};
}

}  // namespace vivace
