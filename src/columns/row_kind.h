// RowKind: the kinds of rows that make up traces. Each but the first has parents: resources lie in
// traces, scopes in resources, spans in scopes, events and links in spans; service statistics are a
// trace's own.
#pragma once

#include <cstdint>

namespace vivace {

// Also the owners of attributes (all but kTrace and kServiceStats).
enum class RowKind : uint8_t { kTrace, kServiceStats, kResource, kScope, kSpan, kEvent, kLink };

}  // namespace vivace
