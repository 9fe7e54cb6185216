// YAML 1.1 scalars: what a bare word in a configuration file means as a boolean, an integer, a
// number or a size.
//
// Beyond what Tempo accepts: sizes with a unit wherever bytes are meant ("10MB", base two, as in
// its one sized type). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vivace {

// true/false, yes/no, on/off, y/n in the three YAML spellings (true, True, TRUE).
std::optional<bool> ParseYamlBool(std::string_view text);

// An integer with its sign apart, so that both int64 and uint64 fit.
struct YamlInt {
  uint64_t magnitude = 0;
  bool negative = false;
};

// Decimal, 0x, 0o or leading 0, 0b, '_' between digits, and floats with an integral value (1e6).
std::optional<YamlInt> ParseYamlInt(std::string_view text);
std::optional<double> ParseYamlFloat(std::string_view text);
// "64KB", "1.5GiB", "10MB": always powers of 1024. A number without a unit is not a size.
std::optional<uint64_t> ParseByteSize(std::string_view text);

// "63KiB1023B", "0B": largest units first.
std::string FormatByteSize(uint64_t bytes);
// As Go's %g (base/go_format.h) but for what is no number: .nan, .inf, -.inf.
std::string FormatYamlFloat(double value);

// The YAML tag ("!!int") that a plain scalar resolves to, for error texts.
std::string_view ResolveTag(std::string_view text);

}  // namespace vivace
