#include "traceql/syntax/parser.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace vivace::traceql {
namespace {

void Replace(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

struct ParseCase {
  std::string kind;
  std::string query;
  std::string note;
  std::string message;
};

ParseCase ReadParseCase(const std::string& line) {
  constexpr std::string_view kSeparator = " ⟶ ";
  std::vector<std::string> fields;
  size_t begin = 0;
  for (size_t at = line.find(kSeparator); at != std::string::npos;
       at = line.find(kSeparator, begin)) {
    fields.push_back(line.substr(begin, at - begin));
    begin = at + kSeparator.size();
  }
  fields.push_back(line.substr(begin));
  fields.resize(4);
  Replace(fields[1], "⏎", "\n");
  Replace(fields[1], "⟨BOM⟩", "\xef\xbb\xbf");
  Replace(fields[1], "⟨SPACE⟩", " ");
  Replace(fields[1], "⟨NBSP⟩", "\xc2\xa0");
  std::string& message = fields[3];
  if (message.starts_with('@')) {
    const size_t colon = message.find(':');
    const size_t blank = message.find(' ');
    message = "parse error at line " + message.substr(1, colon - 1) + ", col " +
              message.substr(colon + 1, blank - colon - 1) + ": " + message.substr(blank + 1);
    Replace(message, "se:", "syntax error: ");
  }
  return {fields[0], fields[1], fields[2], fields[3]};
}

std::vector<ParseCase> ReadParseCases() {
  std::ifstream file(VIVACE_SOURCE_DIR "/tests/data/traceql/verdicts.txt");
  std::vector<ParseCase> cases;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with('#')) cases.push_back(ReadParseCase(line));
  }
  return cases;
}

// Every query of tests/data/traceql/verdicts.txt is accepted or refused as the file says, in the
// same words.
TEST(ParseQuery, MatchesTheRecordedResults) {
  const std::vector<ParseCase> cases = ReadParseCases();
  EXPECT_GE(cases.size(), 374U);
  for (const ParseCase& parse_case : cases) {
    const auto query = ParseQuery(parse_case.query);
    const std::string kind = query                                             ? "V"
                             : query.error().kind == ParseError::Kind::kSyntax ? "P"
                                                                               : "T";
    EXPECT_EQ(kind, parse_case.kind) << parse_case.query << " (" << parse_case.note << ") "
                                     << (query ? "" : query.error().message);
    if (!query && kind == parse_case.kind) {
      EXPECT_EQ(query.error().message, parse_case.message)
          << parse_case.query << " (" << parse_case.note << ")";
    }
  }
}

TEST(ParseQuery, RefusesWhatIsNestedTooDeep) {
  const std::string many_nots = "{ " + std::string(2000, '!') + ".a }";
  EXPECT_EQ(ParseQuery(many_nots).error().message,
            "parse error : expression is nested deeper than 1000 levels");
  std::string chain = "{ .a";
  for (int i = 0; i < 20'000; ++i) chain += "||.a";
  EXPECT_TRUE(ParseQuery(chain + " }").has_value());  // a chain is not nested
  std::string spansets = "{}";
  for (int i = 0; i < 2000; ++i) spansets += ">{}";
  EXPECT_FALSE(ParseQuery(spansets).has_value());
}

TEST(ParseAttribute, TakesWhatAQueryTakes) {
  EXPECT_EQ(ParseAttribute("span:name")->intrinsic, Intrinsic::kName);
  EXPECT_EQ(ParseAttribute("resource.service.name")->key, "service.name");
  EXPECT_EQ(ParseAttribute("s").error().message,
            "parse error at line 1, col 2: unknown identifier: s");
  EXPECT_FALSE(ParseAttribute(".a = 1").has_value());
}

}  // namespace
}  // namespace vivace::traceql
