#include "receive/small_requests.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "columns/otlp_writer.h"
#include "columns/random_batch_for_test.h"
#include "receive/otlp/otlp_json.h"
#include "receive/otlp/otlp_protobuf.h"
#include "receive/recording_sink_for_test.h"

namespace vivace {
namespace {

// Asks for what waits when it is told to, as a commit would.
class CommittingSink : public RecordingSink {
 public:
  void Announce(std::shared_ptr<PushSource> source) override {
    ++announced;
    sources.insert(std::move(source));
  }
  void PushJoined(PushContext context, SpanBatch batch, std::vector<PushPart> parts) override {
    part_counts.push_back(parts.size());
    RecordingSink::PushJoined(std::move(context), std::move(batch), std::move(parts));
  }
  void Commit() {
    for (const auto& source : std::exchange(sources, {})) source->PushWaiting();
  }

  size_t announced = 0;
  std::set<std::shared_ptr<PushSource>> sources;
  std::vector<size_t> part_counts;
};

std::string Encode(const SpanBatch& batch) {
  std::vector<uint32_t> rows(batch.spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  return ToTracesData(batch, rows);
}

class SmallRequestsTest : public ::testing::Test {
 protected:
  SpanBatch SomeSpans(int count = 2) {
    return testing::RandomBatch(random_, {testing::RandomId<TraceId>(random_)}, count);
  }

  // What becomes of it is in the outcome once there is one.
  std::shared_ptr<std::optional<PushOutcome>> Send(std::string message,
                                                   const std::string& tenant = "t",
                                                   SpanDecoder decode = DecodeOtlpProtobuf) {
    auto outcome = std::make_shared<std::optional<PushOutcome>>();
    DecodeOrWait(options_, decode, std::move(message),
                 {.tenant = tenant, .receiver = "otlp", .transport = "http"}, sink_,
                 [outcome](PushOutcome result) { *outcome = std::move(result); });
    return outcome;
  }

  static std::vector<std::string> Together(const std::vector<SpanBatch>& batches) {
    SpanBatchBuilder all;
    for (const SpanBatch& batch : batches) AppendBatch(batch, all);
    return testing::CanonicalSpans(all.batch());
  }

  testing::Random random_{7};
  CommittingSink sink_;
  ReceiverOptions options_{.small_requests = std::make_shared<SmallRequests>(sink_)};
};

TEST_F(SmallRequestsTest, OfOneTenantAreOneBatch) {
  const std::vector<SpanBatch> sent = {SomeSpans(), SomeSpans(), SomeSpans(), SomeSpans()};
  const std::vector<std::string> tenants = {"a", "b", "a", "a"};
  std::vector<std::shared_ptr<std::optional<PushOutcome>>> outcomes;
  uint64_t bytes = 0;
  for (size_t i = 0; i < sent.size(); ++i) {
    if (tenants[i] == "a") bytes += Encode(sent[i]).size();
    outcomes.push_back(Send(Encode(sent[i]), tenants[i]));
  }
  EXPECT_EQ(sink_.announced, 4u);
  EXPECT_TRUE(sink_.pushed.empty());
  EXPECT_FALSE(outcomes[0]->has_value());
  sink_.Commit();
  ASSERT_EQ(sink_.pushed.size(), 2u);
  EXPECT_EQ(sink_.part_counts, (std::vector<size_t>{3, 1}));
  EXPECT_EQ(testing::CanonicalSpans(sink_.pushed[0].second), Together({sent[0], sent[2], sent[3]}));
  EXPECT_EQ(testing::CanonicalSpans(sink_.pushed[1].second), Together({sent[1]}));
  EXPECT_EQ(sink_.pushed[0].first.tenant, "a");
  EXPECT_EQ(sink_.pushed[0].first.wire_bytes, bytes);
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome->has_value());
    EXPECT_EQ((*outcome)->accepted, 2u);
  }
}

TEST_F(SmallRequestsTest, ShareWhatTheyRepeat) {
  const SpanBatch batch = SomeSpans();
  for (int i = 0; i < 10; ++i) Send(Encode(batch));
  sink_.Commit();
  ASSERT_EQ(sink_.pushed.size(), 1u);
  const SpanBatch& joined = sink_.pushed[0].second;
  EXPECT_EQ(joined.spans.size(), 20u);
  EXPECT_LE(joined.resources.size(), batch.resources.size());
  EXPECT_LE(joined.attributes.size(), batch.attributes.size());
}

// A request that breaks off anywhere, before and after some that begin with the same bytes.
TEST_F(SmallRequestsTest, ABrokenOneHarmsNoOther) {
  const SpanBatch batch = SomeSpans(3);
  const std::string whole = Encode(batch);
  for (size_t end = 1; end < whole.size(); end += 3) {
    sink_.pushed.clear();
    const auto first = Send(whole);
    const auto broken = Send(whole.substr(0, end));
    const auto last = Send(whole);
    sink_.Commit();
    ASSERT_EQ(sink_.pushed.size(), 1u);
    const bool is_broken = (*broken)->is_malformed;
    if (is_broken) {
      EXPECT_EQ(testing::CanonicalSpans(sink_.pushed[0].second), Together({batch, batch}));
      EXPECT_EQ((*broken)->result.error->code, ErrorCode::kInvalidArgument);
    }
    for (const auto& outcome : {first, last}) EXPECT_EQ((*outcome)->accepted, 3u) << end;
  }
}

TEST_F(SmallRequestsTest, EachIsToldOfItsOwnSpans) {
  uint64_t truncated = 0;
  std::vector<uint64_t> decoded;
  options_.attribute_bytes_max = [](const std::string&) { return 4; };
  options_.on_decoded = [&](const PushContext&, uint64_t spans, const RejectedSpans&,
                            uint64_t truncated_attributes) {
    decoded.push_back(spans);
    truncated += truncated_attributes;
  };
  const auto json = [](std::string_view span_id, std::string_view value) {
    return fmt::format(
        R"({{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{}","attributes":[{{"key":"k","value":{{"stringValue":"{}"}}}}]}}]}}]}}]}})",
        span_id, value);
  };
  const auto good = Send(json("0102030405060708", "short"), "t", DecodeOtlpJson);
  const auto bad_id = Send(json("01", "x"), "t", DecodeOtlpJson);
  const auto broken = Send("{", "t", DecodeOtlpJson);
  const auto other = Send(json("0102030405060709", "abc"), "t", DecodeOtlpJson);
  sink_.answer.error = Error{ErrorCode::kUnavailable, "no room"};
  sink_.Commit();
  EXPECT_EQ(decoded, (std::vector<uint64_t>{1, 0, 1}));
  EXPECT_EQ(truncated, 1u);
  EXPECT_EQ((*good)->result.error->message, "no room");
  EXPECT_EQ((*other)->result.error->message, "no room");
  EXPECT_FALSE((*bad_id)->result.error.has_value());
  EXPECT_EQ((*bad_id)->rejected.invalid_span_id, 1u);
  EXPECT_TRUE((*broken)->is_malformed);
  ASSERT_EQ(sink_.pushed.size(), 1u);
  EXPECT_EQ(sink_.pushed[0].second.spans.size(), 2u);
}

TEST_F(SmallRequestsTest, LargeOnesAndTooManyDoNotWait) {
  Send(Encode(SomeSpans(200)));
  EXPECT_EQ(sink_.announced, 0u);
  EXPECT_EQ(sink_.pushed.size(), 1u);
  const std::string message = Encode(SomeSpans());
  size_t sent = 1;
  while (sink_.pushed.size() == 1) {
    Send(message);
    ASSERT_LE(++sent * message.size(), size_t{2} << 20) << "what waits has no bound";
  }
  EXPECT_GE(sink_.announced * message.size(), size_t{512} << 10);
  sink_.Commit();
  EXPECT_GE(sink_.pushed.size(), 4u) << "a batch of them has a bound too";
}

}  // namespace
}  // namespace vivace
