#include "api/responses/ascii_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace vivace {
namespace {

std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line = "|";
  for (size_t i = 0; i < widths.size(); ++i) line += fmt::format(" {:<{}} |", cells[i], widths[i]);
  return line + "\n";
}

std::string Rule(const std::vector<size_t>& widths) {
  std::string rule = "+";
  for (const size_t width : widths) rule += std::string(width + 2, '-') + "+";
  return rule + "\n";
}

}  // namespace

std::string AsciiTable(const std::vector<std::string>& heading,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < heading.size(); ++i) {
    widths.push_back(heading[i].size());
    for (const auto& row : rows) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table = Rule(widths) + Line(heading, widths) + Rule(widths);
  for (const auto& row : rows) table += Line(row, widths);
  return table + Rule(widths);
}

}  // namespace vivace
