// Attribute: what a query can ask of a span: an intrinsic, or an attribute by scope and key.
//
// Names, types and printed forms are those of spec/traceql.md 2.2 and 2.3. Plain values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

enum class Scope : uint8_t {
  kNone,  // span, else resource
  kSpan,
  kResource,
  kEvent,
  kLink,
  kInstrumentation,
};

struct Attribute {
  Intrinsic intrinsic = Intrinsic::kNone;
  Scope scope = Scope::kNone;
  bool of_parent = false;  // parent.…: parses, and is always refused
  bool is_bare = false;    // written without a leading dot (source.pod.name): `*` in a text that it is compared with is a wildcard
  std::string key;

  bool operator==(const Attribute&) const = default;
};

// The type of an intrinsic's values; nothing for attributes and the intrinsics whose type is not checked (instrumentation:*, parent).
std::optional<ValueType> TypeOf(const Attribute& attribute);
// As it appears in errors, group keys and labels: "duration", "span:id", ".http.url", "resource.service.name".
std::string Format(const Attribute& attribute);
// "span", "resource", …; "" of kNone.
std::string_view ScopeName(Scope scope);

}  // namespace vivace::traceql
