// Intrinsic: what a query can ask of every span by a name of its own, without an attribute:
// duration, span:id, event:name.
//
// Names and types are those of spec/traceql.md 2.2; where the values come from:
// expression/intrinsic_reader.cc. Plain values and lookups in a table, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "traceql/value/value.h"

namespace vivace::traceql {

enum class Intrinsic : uint8_t {
  kNone,  // an attribute by key
  kDuration,
  kName,
  kStatus,
  kStatusMessage,
  kKind,
  kSpanId,
  kSpanParentId,
  kSpanChildCount,
  kRootName,
  kRootServiceName,
  kTraceDuration,
  kTraceId,
  kEventName,
  kEventTimeSinceStart,
  kLinkTraceId,
  kLinkSpanId,
  kInstrumentationName,
  kInstrumentationVersion,
  kNestedSetLeft,
  kNestedSetRight,
  kNestedSetParent,
  kParent,  // parses, and is always refused
};

// As it appears in errors, group keys and labels: "duration", "span:id"; "" of kNone.
std::string_view IntrinsicName(Intrinsic intrinsic);
// The type of its values; nothing for kNone and those whose type is not checked
// (instrumentation:*).
std::optional<ValueType> TypeOf(Intrinsic intrinsic);

}  // namespace vivace::traceql
