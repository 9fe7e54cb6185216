// ScopeMeantBy: which scope a word was probably meant to be: `reaource` is resource, mistyped.
//
// Bare dotted names (`source.pod.name`) are attributes; one whose first word is a mistyped scope
// would find nothing, without a word. Meant is a scope whose letters, in whatever case, differ from
// the word's by one that is missing, too many or another, or by two neighbours that changed places.
// None of the namespaces of OpenTelemetry's conventions is that near to one. Pure function, any
// thread; costs a few comparisons of short words.
#pragma once

#include <optional>
#include <string_view>

namespace vivace::traceql {

// Nothing where it is no scope's typo, nor for `trace`, which is none but may begin a name
// (trace.id).
std::optional<std::string_view> ScopeMeantBy(std::string_view word);

}  // namespace vivace::traceql
