// Attribute: what a query can ask of a span: an intrinsic, or an attribute by scope and key.
//
// Scopes and printed forms are those of spec/traceql.md 2.3 and 2.7. Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "traceql/value/intrinsic.h"

namespace vivace::traceql {

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
  bool is_bare = false;    // written without a leading dot (source.pod.name): `*` in a text that it
                           // is compared with is a wildcard
  std::string key;

  bool operator==(const Attribute&) const = default;
};

// The resource's service.name, also asked for without scope: it is a text and never missing;
// without one it is empty.
bool IsServiceName(const Attribute& attribute);
// As it appears in errors, group keys and labels: "duration", "span:id", ".http.url",
// "resource.service.name".
std::string Format(const Attribute& attribute);
// "span", "resource", …; "" of kNone.
std::string_view ScopeName(Scope scope);

}  // namespace vivace::traceql
