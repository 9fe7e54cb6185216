// Values of query results on the wire: status, kind and duration become strings, arrays and all
// others keep their type (spec/api.md 1.3).
//
// JSON and protobuf of common.v1.AnyValue and KeyValue. Pure functions, any thread.
#pragma once

#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "traceql/value/datum.h"

namespace vivace {

// {"stringValue":"server"}
void WriteDatum(const traceql::Datum& value, JsonWriter& json);
// {"key":"kind","value":{"stringValue":"server"}}
void WriteDatumPair(std::string_view key, const traceql::Datum& value, JsonWriter& json);

// The fields of an AnyValue.
void AppendDatum(const traceql::Datum& value, protozero::pbf_writer& out);
// Field `number` of `out`: a KeyValue. `data` is the string that `out` writes to.
void AppendDatumPair(std::string_view key, const traceql::Datum& value, uint32_t number,
                     protozero::pbf_writer& out);

}  // namespace vivace
