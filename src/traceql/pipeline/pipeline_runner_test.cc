#include "traceql/pipeline/pipeline_runner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "columns/segment_view.h"
#include "traceql/syntax/parser.h"

namespace vivace::traceql {
namespace {

SpanId IdOf(uint8_t number) {
  SpanId id;
  id.bytes[7] = number;
  return id;
}

// One trace: root -> (left -> leaf, right), and a span whose parent never came.
class OneTrace : public ::testing::Test {
 protected:
  OneTrace() {
    const AttributeCode service[] = {
        builder_.AddAttribute("service.name", AttributeValue::String("shop"))};
    scope_ = builder_.AddScope(builder_.AddResource(service, 0, ""), "lib", "1", {}, 0, "");
    Begin("root", 1, 0, 100);
    Attribute("i", AttributeValue::Int(7));
    Attribute("s", AttributeValue::String("x"));
    Commit();
    Begin("left", 2, 1, 50);
    Attribute("f", AttributeValue::Double(2.5));
    Attribute("b", AttributeValue::Bool(true));
    Event("retry", 1);
    Event("retry", 2);
    Event("give-up", 3);
    Commit();
    Begin("right", 3, 1, 30);
    Attribute("i", AttributeValue::Int(-3));
    Commit();
    Begin("leaf", 4, 2, 10);
    Attribute("i", AttributeValue::Int(-5));
    Attribute("source.pod", AttributeValue::String("nginx-12"));
    Commit();
    Begin("orphan", 5, 99, 5);
    Commit();
    segment_.Append(builder_.batch());
  }

  void Begin(std::string_view name, uint8_t id, uint8_t parent, uint64_t nanos) {
    builder_.BeginSpan();
    SpanRow& row = builder_.row();
    row.trace_id.bytes[15] = 1;
    row.span_id = IdOf(id);
    row.parent_span_id = IdOf(parent);
    row.start_unix_nanos = 1'000;
    row.end_unix_nanos = 1'000 + nanos;
    row.name = builder_.AddString(name);
  }
  void Attribute(std::string_view key, const AttributeValue& value) {
    builder_.SpanAttribute(builder_.AddAttribute(key, value));
  }
  void Event(std::string_view name, int64_t number) {
    builder_.BeginEvent();
    builder_.event().name = builder_.AddString(name);
    builder_.EventAttribute(builder_.AddAttribute("n", AttributeValue::Int(number)));
    builder_.EndEvent();
  }
  void Commit() { builder_.CommitSpan(scope_); }

  Result<std::vector<SpansetResult>> Run(std::string_view text) {
    query_ = ParseQuery(text).value();
    view_ = std::make_unique<SegmentView>(segment_);
    rows_ = ViewRows(*view_);
    return PipelineRunner::Make(query_, query_.pipeline, rows_).value()->Run(0);
  }

  // The names of the spans that match, of all sets, in alphabetical order.
  std::string Names(std::string_view text) {
    const auto sets = Run(text);
    if (!sets.has_value()) return sets.error().message;
    std::set<std::string> names;
    const Column* column = view_->Load(Field::kSpanName).value();
    for (const SpansetResult& set : *sets) {
      for (const uint32_t span : set.spans)
        names.emplace(column->values->Value(column->codes[span]).text);
    }
    std::string joined;
    for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
    return joined;
  }

  SpanBatchBuilder builder_;
  uint32_t scope_ = 0;
  Segment segment_;
  Query query_;
  std::unique_ptr<SegmentView> view_;
  ViewRows rows_;
};

TEST_F(OneTrace, EndsWhenCancelled) {
  CancelToken cancelled;
  cancelled.Cancel();
  for (const char* text : {R"({ name = "root" && .i > 1 })", "{ .i + 1 > 2 }",
                           "{ event:name != \"x\" || kind = server }"}) {
    const Query query = ParseQuery(text).value();
    SegmentView view(segment_);
    const auto error_with = [&](const CancelToken* token) {
      const ViewRows rows(view, token);
      const auto spans = PipelineRunner::Make(query, query.pipeline, rows).value()->PassingSpans();
      return spans.has_value() ? std::nullopt : std::optional(spans.error().code);
    };
    EXPECT_EQ(error_with(&cancelled), ErrorCode::kCancelled) << text;
    EXPECT_EQ(error_with(nullptr), std::nullopt) << text;
  }
}

TEST_F(OneTrace, IsFiltered) {
  EXPECT_EQ(Names("{}"), "leaf left orphan right root");
  EXPECT_EQ(Names("{ false }"), "");
  EXPECT_EQ(Names("{ name =~ \"l.*\" }"), "leaf left");
  EXPECT_EQ(Names("{ name =~ \"l\" }"), "");
  EXPECT_EQ(Names("{ .i = 7 || span.b }"), "left root");
  EXPECT_EQ(Names("{ duration > 20ns && duration <= 50 }"), "left right");
  EXPECT_EQ(Names("{ .i + 1 < 0 }"), "leaf right");
  EXPECT_EQ(Names("{ .i != nil }"), "leaf right root");
  EXPECT_EQ(Names("{ .i = nil }"), "left orphan");
  EXPECT_EQ(
      Names("{ resource.service.name = \"shop\" && rootName = \"root\" && nestedSetParent = -1 }"),
      "root");
  EXPECT_EQ(Names("{ instrumentation:version = \"1\" && span:id = \"0000000000000004\" }"), "leaf");
}

TEST_F(OneTrace, IsAnsweredWhereTempoIsWrong) {
  EXPECT_EQ(Names("{ span.f > 2 }"), "left");
  EXPECT_EQ(Names("{ 5 < .i }"), "root");
  EXPECT_EQ(Names("{ !(span.s = \"x\") }"), "leaf left orphan right");
  EXPECT_EQ(Names("{ name = \"right\" || span.b }"), "left right");
  EXPECT_EQ(Names("{ span.b || name = \"right\" }"), "left right");
  EXPECT_EQ(Names("{ .i / 0 = 1 }"), "division by zero");
  EXPECT_EQ(Names("{ event.n = 1 } && { event.n = 3 }"), "left");
  EXPECT_EQ(Names("{ event:name = \"give-up\" && event.n = 3 }"), "left");
  EXPECT_EQ(Names("{ event:name = \"give-up\" && event.n = 1 || name = \"z\" }"), "");
  EXPECT_EQ(Names("{ event:name != \"retry\" }"), "leaf left orphan right root");
  EXPECT_EQ(Names("{ span:childCount = 2 }"), "root");
  EXPECT_EQ(Names("{ trace:id = \"0001\" && span:id = \"4\" }"), "leaf");
  EXPECT_EQ(Names("{ source.pod = \"nginx-*\" }"), "leaf");
  EXPECT_EQ(Names("{ source.pod != \"nginx-*\" }"), "");
  EXPECT_EQ(Names("{ .source.pod = \"nginx-*\" }"), "");
}

TEST_F(OneTrace, HasStructure) {
  EXPECT_EQ(Names("{ name = \"root\" } > {}"), "left right");
  EXPECT_EQ(Names("{ name = \"root\" } >> {}"), "leaf left right");
  EXPECT_EQ(Names("{ name = \"leaf\" } < {}"), "left");
  EXPECT_EQ(Names("{ name = \"leaf\" } << {}"), "left root");
  EXPECT_EQ(Names("{ name = \"left\" } ~ {}"), "right");
  EXPECT_EQ(Names("{ name = \"left\" } ~ { name = \"left\" }"), "");
  EXPECT_EQ(Names("{ name = \"root\" } !>> {}"), "orphan root");
  EXPECT_EQ(Names("{ name = \"root\" } &> { name =~ \"left|leaf\" }"), "left root");
  EXPECT_EQ(Names("{ name = \"root\" } &>> { name = \"leaf\" }"), "leaf root");
  EXPECT_EQ(Names("{ name = \"root\" } && { name = \"nobody\" }"), "");
  EXPECT_EQ(Names("({ .i < 0 } | count() > 1) && ({ name = \"root\" })"), "leaf right root");
}

// All spans of both sides that are in a pair, however the pairs chain.
TEST_F(OneTrace, UnionsHaveBothSidesWhole) {
  EXPECT_EQ(Names("{} &>> { name = \"leaf\" }"), "leaf left root");
  EXPECT_EQ(Names("{ name != \"leaf\" } &>> { name = \"leaf\" }"), "leaf left root");
  EXPECT_EQ(Names("{ name = \"leaf\" } &<< {}"), "leaf left root");
  EXPECT_EQ(Names("{ name = \"leaf\" } &<< { name != \"leaf\" }"), "leaf left root");
  EXPECT_EQ(Names("{} &>> {}"), "leaf left right root");
  EXPECT_EQ(Names("{} &<< {}"), "leaf left right root");
  EXPECT_EQ(Names("{} &> { name = \"leaf\" }"), "leaf left");
  EXPECT_EQ(Names("{ name = \"leaf\" } &< {}"), "leaf left");
  EXPECT_EQ(Names("{} &~ { name = \"left\" }"), "left right");
  EXPECT_EQ(Names("{ name = \"leaf\" } &>> {}"), "");
  EXPECT_EQ(Names("{} &>> { name = \"orphan\" }"), "");
}

TEST_F(OneTrace, StarsInTextsComparedWithBareNames) {
  EXPECT_EQ(Names("{ source.pod = `nginx-\\*` }"), "");
  EXPECT_EQ(Names("{ source.pod = `*-1*` }"), "leaf");
  EXPECT_EQ(Names("{ `nginx-*` = source.pod }"), "leaf");
  EXPECT_EQ(Names("{ `nginx-*` != source.pod }"), "");
}

TEST_F(OneTrace, NoNumberIsSkippedByAggregates) {
  Begin("odd", 6, 1, 1);
  Attribute("x", AttributeValue::Double(std::nan("")));
  Commit();
  Begin("even", 7, 1, 1);
  Attribute("x", AttributeValue::Double(2));
  Attribute("y", AttributeValue::Double(HUGE_VAL));
  Commit();
  Segment both;
  both.Append(builder_.batch());
  view_ = std::make_unique<SegmentView>(both);
  rows_ = ViewRows(*view_);
  for (const char* text : {"{} | min(.x) = 2", "{} | max(.x) = 2", "{} | avg(.x) = 2",
                           "{} | sum(.x) = 2", "{} | avg(.y) > 1", "{} | max(.y) > 1"}) {
    query_ = ParseQuery(text).value();
    const auto sets = PipelineRunner::Make(query_, query_.pipeline, rows_).value()->Run(0);
    EXPECT_EQ(sets->size(), 1U) << text;
  }
}

TEST_F(OneTrace, GoesThroughPipelines) {
  EXPECT_EQ(Names("{ .i < 0 } | count() = 2"), "leaf right");
  EXPECT_EQ(Names("{ .i < 0 } | avg(.i) = -4"), "leaf right");
  EXPECT_EQ(Names("{ .i < 0 } | min(.i) = -5 | max(.i) = -3 | sum(.i) = -8"), "leaf right");
  EXPECT_EQ(Names("{} | avg(duration) > 1h"), "");
  EXPECT_EQ(Names("{} | by(.i < 0) | count() = 3"), "left orphan root");
  const auto sets = Run("{ .i != nil } | by(.i) | max(duration) > 0");
  ASSERT_EQ(sets->size(), 3U);
  EXPECT_EQ(sets->front().attributes.front().first, "by(.i)");
  EXPECT_EQ(sets->front().attributes.back().first, "max(duration)");
  EXPECT_EQ(sets->front().attributes.back().second.View(), Datum::Duration(100));
  EXPECT_EQ(Names("({} | by(name)) > ({})"),
            "spanset operators are not supported for multiple spansets per trace. consider using "
            "coalesce()");
  EXPECT_EQ(Names("({} | by(name) | coalesce()) > ({ name = \"leaf\" })"), "leaf");
}

}  // namespace
}  // namespace vivace::traceql
