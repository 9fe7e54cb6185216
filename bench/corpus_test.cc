#include "corpus.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstring>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>

namespace vivace::bench {
namespace {

constexpr uint64_t kStartNanos = 1'000'000'000;
constexpr uint64_t kEndNanos = 3'000'000'000;

std::string SpanOf(std::string_view trace, std::string_view span, std::string_view parent,
                   std::string_view url) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_bytes(1, trace.data(), trace.size());
  writer.add_bytes(2, span.data(), span.size());
  if (!parent.empty()) writer.add_bytes(4, parent.data(), parent.size());
  writer.add_fixed64(7, kStartNanos);
  writer.add_fixed64(8, kEndNanos);
  protozero::pbf_writer attribute(writer, 9);
  attribute.add_string(1, "url");
  protozero::pbf_writer(attribute, 2).add_string(1, url.data(), url.size());
  return bytes;
}

// Two spans of one trace, the second the first's child, as a corpus of one request.
std::string TwoSpans() {
  const std::string trace(16, 't');
  const std::string root(8, 'r');
  std::string request;
  {
    protozero::pbf_writer writer(request);
    protozero::pbf_writer resource_spans(writer, 1);
    protozero::pbf_writer scope_spans(resource_spans, 2);
    scope_spans.add_message(2, SpanOf(trace, root, "", "/a/@@@@@@/b@c"));
    scope_spans.add_message(2, SpanOf(trace, std::string(8, 'c'), root, "/plain"));
  }
  const auto length = static_cast<uint32_t>(request.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + request;
}

TEST(CorpusTest, RecordsSpansTracesAndLatestTime) {
  const auto corpus = Corpus::Parse(TwoSpans());
  ASSERT_TRUE(corpus.has_value());
  ASSERT_EQ(corpus->requests().size(), 1u);
  EXPECT_EQ(corpus->requests()[0].span_count(), 2u);
  ASSERT_EQ(corpus->requests()[0].traces().size(), 1u);
  EXPECT_EQ(corpus->requests()[0].traces()[0].spans, 2u);
  EXPECT_EQ(corpus->latest_nanos(), kEndNanos);
}

TEST(CorpusTest, FillChangesIdsConsistentlyAndNothingElse) {
  const auto corpus = Corpus::Parse(TwoSpans());
  ASSERT_TRUE(corpus.has_value());
  const Round round{.key = 7, .time_shift_nanos = 5};
  std::string filled;
  corpus->requests()[0].Fill(round, 1, filled);
  EXPECT_EQ(filled.size(), TwoSpans().size() - 4);
  EXPECT_EQ(filled.find("tttt"), std::string::npos);
  const size_t first = filled.find(NewTraceId(round, 0).View());
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(filled.find(NewTraceId(round, 0).View(), first + 1), std::string::npos);
  const size_t root = filled.find(NewSpanId(round, 0).View());
  EXPECT_NE(filled.find(NewSpanId(round, 0).View(), root + 1), std::string::npos)
      << "the child's parent is the root's new id";
  EXPECT_NE(filled.find("/plain"), std::string::npos);
  const uint64_t start = kStartNanos + 5;
  EXPECT_NE(filled.find(std::string(reinterpret_cast<const char*>(&start), sizeof(start))),
            std::string::npos);
}

TEST(CorpusTest, OnlyRunsOfTwoOrMoreBecomeDigits) {
  const auto corpus = Corpus::Parse(TwoSpans());
  ASSERT_TRUE(corpus.has_value());
  std::string filled;
  corpus->requests()[0].Fill({}, 1, filled);
  const size_t at = filled.find("/a/");
  ASSERT_NE(at, std::string::npos);
  for (size_t i = at + 3; i < at + 9; ++i)
    EXPECT_TRUE(std::isxdigit(static_cast<unsigned char>(filled[i])));
  EXPECT_EQ(filled.substr(at + 9, 4), "/b@c");
}

TEST(CorpusTest, RoundsDifferAndRepeat) {
  const auto corpus = Corpus::Parse(TwoSpans());
  ASSERT_TRUE(corpus.has_value());
  std::string first, same, other;
  corpus->requests()[0].Fill({.key = 1}, 1, first);
  corpus->requests()[0].Fill({.key = 1}, 1, same);
  corpus->requests()[0].Fill({.key = 2}, 1, other);
  EXPECT_EQ(first, same);
  EXPECT_NE(first, other);
}

TEST(CorpusTest, IsCutIntoSmallRequests) {
  const auto whole = Corpus::Parse(TwoSpans());
  const auto cut = Corpus::Parse(TwoSpans(), 1);
  ASSERT_TRUE(whole.has_value() && cut.has_value());
  ASSERT_EQ(cut->requests().size(), 2u);
  std::string filled;
  for (const RequestTemplate& request : cut->requests()) {
    EXPECT_EQ(request.span_count(), 1u);
    request.Fill({.key = 7}, 1, filled);
    EXPECT_NE(filled.find(NewTraceId({.key = 7}, 0).View()), std::string::npos);
  }
  const auto uncut = Corpus::Parse(TwoSpans(), 2);
  ASSERT_EQ(uncut->requests().size(), 1u);
  std::string expected;
  whole->requests()[0].Fill({.key = 7}, 1, expected);
  uncut->requests()[0].Fill({.key = 7}, 1, filled);
  EXPECT_EQ(filled, expected);
}

TEST(CorpusTest, RefusesWhatIsCutShort) {
  const std::string bytes = TwoSpans();
  EXPECT_FALSE(Corpus::Parse(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(Corpus::Parse(std::string_view(bytes).substr(0, 3)).has_value());
  EXPECT_FALSE(Corpus::Parse("").has_value());
}

}  // namespace
}  // namespace vivace::bench
