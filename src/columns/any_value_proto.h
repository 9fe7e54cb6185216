// AnyValue as protobuf (opentelemetry.proto.common.v1). Pure function, any thread.
#pragma once

#include <protozero/pbf_writer.hpp>

#include "columns/span_batch.h"

namespace vivace {

// Field numbers of opentelemetry.proto.common.v1.
enum AnyField : protozero::pbf_tag_type {
  kStringField = 1,
  kBoolField = 2,
  kIntField = 3,
  kDoubleField = 4,
  kArrayField = 5,
  kListField = 6,
  kBytesField = 7
};
inline constexpr protozero::pbf_tag_type kValuesField = 1;  // of ArrayValue and KeyValueList
inline constexpr protozero::pbf_tag_type kKeyField = 1;     // of KeyValue
inline constexpr protozero::pbf_tag_type kValueField = 2;

// Appends the fields of an AnyValue; none where it has no content.
void AppendAnyValue(const AttributeValue& value, protozero::pbf_writer& out);

}  // namespace vivace
