// Request targets: the table in tests/data/server/targets.txt.
#include "server/http/http_target.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace vivace {
namespace {

// With \xNN as bytes.
std::string Unescape(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\x")) {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

std::vector<std::string> Columns(std::string_view line) {
  std::vector<std::string> columns;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find('\t', begin), line.size());
    columns.push_back(Unescape(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  columns.resize(4);
  return columns;
}

TEST(HttpTarget, HasOneSpelling) {
  std::ifstream file(VIVACE_SOURCE_DIR "/tests/data/server/targets.txt");
  size_t cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with("# ")) continue;
    ++cases;
    const auto columns = Columns(line);
    HttpRequest request;
    const auto problem = ParseTarget(columns[0], request);
    if (columns[1] == "400") {
      EXPECT_EQ(problem, std::string_view(columns[2])) << line;
      continue;
    }
    ASSERT_FALSE(problem) << line << ": " << *problem;
    EXPECT_EQ(request.path, columns[1]) << line;
    EXPECT_EQ(request.query, columns[2]) << line;
    EXPECT_EQ(request.path_was_cleaned, columns[3] == "cleaned") << line;
    // What came out is its own spelling.
    HttpRequest again;
    ASSERT_FALSE(ParseTarget(request.path, again)) << line;
    EXPECT_EQ(again.path, request.path) << line;
    EXPECT_FALSE(again.path_was_cleaned) << line;
  }
  EXPECT_GT(cases, 70u);
}

}  // namespace
}  // namespace vivace
