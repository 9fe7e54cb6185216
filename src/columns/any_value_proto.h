// AnyValue as protobuf (opentelemetry.proto.common.v1). Pure function, any thread.
#pragma once

#include <protozero/pbf_writer.hpp>

#include "columns/span_batch.h"

namespace vivace {

// Appends the fields of an AnyValue; none where it has no content.
void AppendAnyValue(const AttributeValue& value, protozero::pbf_writer& out);

}  // namespace vivace
