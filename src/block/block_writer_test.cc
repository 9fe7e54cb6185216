// WriteBlock and BlockReader together: what was appended to a segment is found again.
#include "block/block_writer.h"

#include <bit>
#include <cmath>
#include <limits>

#include "block/format/bloom.h"
#include "block/written_block_for_test.h"
#include "object/faulty_store.h"

namespace vivace {
namespace {

using testing::CanonicalSpans;
using testing::Random;
using testing::RandomBatch;
using testing::RandomId;
using testing::RandomTraces;
using testing::WrittenBlock;

std::vector<TraceId> TracesOf(const SpanBatch& batch) {
  std::vector<TraceId> traces(batch.spans.trace_id);
  std::sort(traces.begin(), traces.end());
  traces.erase(std::unique(traces.begin(), traces.end()), traces.end());
  return traces;
}

void ExpectRoundTrip(const WrittenBlock& block) {
  const SpanBatch found = block.Find(TracesOf(block.sent()));
  const auto expected = CanonicalSpans(block.sent());
  const auto lines = CanonicalSpans(found);
  ASSERT_EQ(lines.size(), expected.size());
  for (size_t i = 0; i < lines.size(); ++i) ASSERT_EQ(lines[i], expected[i]);
}

// A batch of one trace whose spans `fill` sets up.
struct HandMade {
  SpanBatchBuilder builder;
  TraceId trace = TraceId::FromBytes("0123456789abcdef");

  uint32_t Scope(std::span<const AttributeCode> resource_attributes = {},
                 std::span<const AttributeCode> scope_attributes = {}) {
    return builder.AddScope(builder.AddResource(resource_attributes, 0, ""), "", "",
                            scope_attributes, 0, "");
  }
  AttributeCode Text(std::string_view key, std::string_view value) {
    return builder.AddAttribute(key, AttributeValue::String(value));
  }
  void Span(uint32_t scope, uint8_t id, std::span<const AttributeCode> attributes = {}) {
    builder.BeginSpan();
    builder.row().trace_id = trace;
    builder.row().span_id.bytes[7] = id;
    builder.row().start_unix_nanos = 1'700'000'000'000'000'000;
    builder.row().end_unix_nanos = 1'700'000'000'500'000'000;
    for (const AttributeCode code : attributes) builder.SpanAttribute(code);
    builder.CommitSpan(scope);
  }
};

TEST(WriteBlock, RandomBatchesComeBack) {
  Random random(1);
  for (const size_t row_group_spans : {1, 30, 400, 1'000'000}) {
    for (const size_t trace_count : {1, 5, 300}) {
      const auto traces = RandomTraces(random, trace_count);
      std::vector<SpanBatch> batches;
      for (int i = 0; i < 6; ++i) batches.push_back(RandomBatch(random, traces, random() % 90 + 1));
      BlockOptions options{.dedicated_columns = FilterForV4(DefaultDedicatedColumns())};
      options.row_group_spans = row_group_spans;
      ExpectRoundTrip(WrittenBlock(batches, options));
    }
  }
}

TEST(WriteBlock, RowGroupsKeepToTheirBytes) {
  Random random(11);
  const auto traces = RandomTraces(random, 400);
  const std::vector<SpanBatch> batches{RandomBatch(random, traces, 4000)};
  const WrittenBlock whole(batches);
  EXPECT_EQ(whole.meta().total_records, 1u);
  BlockOptions options;
  options.row_group_bytes = whole.meta().size_bytes / 4;
  const WrittenBlock cut(batches, options);
  EXPECT_GE(cut.meta().total_records,
            4u);  // each has dictionaries of its own, so they are more than a quarter needs
  ExpectRoundTrip(cut);
}

TEST(WriteBlock, AllSlotsAreFilledAndRead) {
  Random random(2);
  DedicatedColumns columns;
  for (const DedicatedScope scope : {DedicatedScope::kResource, DedicatedScope::kSpan}) {
    for (const char* name : {"a", "b", "http.route", "url.path", "unit.\xc3\xa4", "x1", "x2", "x3",
                             "x4", "x5", "x6"}) {
      columns.push_back({.scope = scope, .name = name});
    }
  }
  const auto traces = RandomTraces(random, 20);
  ExpectRoundTrip(WrittenBlock({RandomBatch(random, traces, 500)},
                               {.dedicated_columns = FilterForV4(columns)}));
}

TEST(WriteBlock, LargeAndSmallTracesComeBackFromManyPages) {
  Random random(3);
  const auto large = RandomTraces(random, 2);
  const auto small = RandomTraces(random, 250);
  std::vector<SpanBatch> batches;
  batches.push_back(RandomBatch(random, {large[0]}, 5000));
  batches.push_back(RandomBatch(random, small, 4000));
  batches.push_back(RandomBatch(random, {large[1]}, 4097));
  ExpectRoundTrip(WrittenBlock(batches));
}

// Enough high-cardinality values for the free slots, and for chunks whose dictionaries are given
// up.
TEST(WriteBlock, FreeSlotsAndPlainChunksComeBack) {
  Random random(4);
  std::vector<SpanBatch> batches;
  const auto traces = RandomTraces(random, 120);
  for (int i = 0; i < 17; ++i) {
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
    for (int span = 0; span < 1000; ++span) {
      builder.BeginSpan();
      builder.row().trace_id = traces[random() % traces.size()];
      builder.row().span_id = RandomId<SpanId>(random);
      builder.row().name = builder.AddString("name " + std::to_string(random()));
      for (int key = 0; key < 12; ++key) {
        const std::string value =
            random() % 50 == 0 ? "" : std::to_string(random()) + std::string(key * 3, '-');
        builder.SpanAttribute(
            builder.AddAttribute("id" + std::to_string(key), AttributeValue::String(value)));
      }
      builder.SpanAttribute(
          builder.AddAttribute("int", AttributeValue::Int(static_cast<int64_t>(random()))));
      builder.SpanAttribute(
          builder.AddAttribute("double", AttributeValue{ValueKind::kDouble, {}, random() >> 2}));
      builder.CommitSpan(scope);
    }
    batches.push_back(builder.Take());
  }
  const WrittenBlock block(batches, {.dedicated_columns = FilterForV4(DefaultDedicatedColumns())});
  EXPECT_EQ(block.meta().dedicated_columns.size(),
            10u);  // five configured ones and five with the longest values
  EXPECT_EQ(block.meta().dedicated_columns.back().name, "id7");
  ExpectRoundTrip(block);
}

TEST(WriteBlock, SpansThatCameTwiceAreKeptTwice) {
  Random random(5);
  const SpanBatch batch = RandomBatch(random, RandomTraces(random, 2), 10);
  const WrittenBlock block({batch, batch});
  EXPECT_EQ(CanonicalSpans(block.Find(TracesOf(batch))).size(), 2 * CanonicalSpans(batch).size());
}

TEST(WriteBlock, SpansOfOneIdAreAllKept) {
  HandMade made;
  const uint32_t scope = made.Scope();
  for (const uint8_t kind : {2, 3, 2}) {
    made.builder.BeginSpan();
    made.builder.row().trace_id = made.trace;
    made.builder.row().span_id.bytes[0] = 1;
    made.builder.row().kind = kind;
    made.builder.CommitSpan(scope);
  }
  EXPECT_EQ(WrittenBlock({made.builder.Take()}).Find({made.trace}).spans.size(), 3u);
}

TEST(WriteBlock, OddServiceNamesComeBack) {
  HandMade made;
  const auto code = [&](const AttributeValue& value) {
    return made.builder.AddAttribute("service.name", value);
  };
  const AttributeCode shop = code(AttributeValue::String("shop"));
  const AttributeCode cart = code(AttributeValue::String("cart"));
  const AttributeCode empty = code(AttributeValue::String(""));
  const AttributeCode number = code(AttributeValue::Int(5));
  const AttributeCode nothing = code({});
  const std::vector<std::vector<AttributeCode>> resources = {
      {shop},        {shop, cart}, {cart, shop},
      {shop, shop},  {empty},      {empty, shop},
      {shop, empty}, {number},     {number, shop},
      {nothing},     {},           {shop, cart, number, empty}};
  uint8_t id = 1;
  for (const auto& codes : resources) made.Span(made.Scope(codes), id++);
  ExpectRoundTrip(WrittenBlock({made.builder.Take()}));
}

// Every value kind under every kind of name, on everything that has attributes.
TEST(WriteBlock, EveryValueUnderEveryNameComesBack) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto element = [](std::string_view any) {
    return std::string("\x0a") + static_cast<char>(any.size()) + std::string(any);
  };
  std::string many;
  for (int i = 0; i < 3000; ++i) many += element("\x0a\x02xy");
  const std::string text = std::string("a\0b\xff", 4);
  const std::vector<AttributeValue> values = {
      {},
      AttributeValue::String(""),
      AttributeValue::String(text),
      AttributeValue::String(std::string_view(many).substr(0, 2000)),
      AttributeValue::Bool(false),
      AttributeValue::Bool(true),
      AttributeValue::Int(std::numeric_limits<int64_t>::min()),
      AttributeValue::Int(200),
      AttributeValue::Double(-0.0),
      AttributeValue::Double(nan),
      AttributeValue::Double(-infinity),
      AttributeValue::Bytes(""),
      AttributeValue::Bytes(text),
      AttributeValue::Array(""),
      AttributeValue::Array(std::string_view("\x0a\x02\x0a\x00", 4)),  // one empty string
      AttributeValue::Array(std::string_view("\x0a\x02\x10\x01", 4)),  // one bool
      AttributeValue::Array(std::string_view("\x0a\x02\x18\x00", 4)),  // one zero
      AttributeValue::Array(std::string_view("\x0a\x09!\0\0\0\0\0\0\xf8?", 11)),  // one double
      AttributeValue::Array(std::string_view("\x0a\x00\x0a\x00", 4)),  // two empty values
      AttributeValue::Array(
          std::string_view("\x0a\x02\x18\x00\x0a\x00", 6)),            // a zero and an empty value
      AttributeValue::Array(std::string_view("\x0a\x02\x2a\x00", 4)),  // an array in an array
      AttributeValue::Array(many),
      AttributeValue::KeyValueList(""),
      AttributeValue::KeyValueList(std::string_view("\x0a\x08\x0a\x01k\x12\x03\x0a\x01v", 10))};
  for (const bool mixed : {false, true}) {
    HandMade made;
    uint8_t id = 1;
    for (const char* key :
         {"", "k", "service.name", "cluster", "namespace", "pod", "container", "k8s.cluster.name",
          "k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "http.method", "http.url",
          "http.status_code", "slot"}) {
      std::vector<AttributeCode> all;
      for (const AttributeValue& value : values)
        all.push_back(made.builder.AddAttribute(key, value));
      for (size_t i = 0; i < all.size(); ++i) {
        // Alone, or all of them in one list beginning with this one.
        std::vector<AttributeCode> codes{all[i]};
        if (mixed) {
          codes = all;
          std::rotate(codes.begin(), codes.begin() + static_cast<ptrdiff_t>(i), codes.end());
        }
        const uint32_t scope = made.Scope(codes, codes);
        made.trace.bytes[0] = id;
        made.trace.bytes[1] = static_cast<uint8_t>(i);
        made.builder.BeginSpan();
        made.builder.row().trace_id = made.trace;
        made.builder.row().span_id.bytes[0] = id;
        for (const AttributeCode code : codes) made.builder.SpanAttribute(code);
        made.builder.BeginEvent();
        for (const AttributeCode code : codes) made.builder.EventAttribute(code);
        made.builder.EndEvent();
        made.builder.BeginLink();
        for (const AttributeCode code : codes) made.builder.LinkAttribute(code);
        made.builder.EndLink();
        made.builder.CommitSpan(scope);
      }
      ++id;
    }
    const DedicatedColumns columns{{.scope = DedicatedScope::kResource, .name = "slot"},
                                   {.scope = DedicatedScope::kSpan, .name = "slot"}};
    ExpectRoundTrip(WrittenBlock({made.builder.Take()}, {.dedicated_columns = columns}));
  }
}

// Extremes of the fixed fields, and times that run backwards.
TEST(WriteBlock, ExtremesComeBack) {
  HandMade made;
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();
  const uint32_t scope =
      made.builder.AddScope(made.builder.AddResource({}, kMax32, std::string(3000, 'u')), "", "",
                            {}, kMax32, std::string("\0", 1));
  for (const auto& [start, end] : {std::pair{uint64_t{0}, kMax},
                                   {kMax, uint64_t{0}},
                                   {uint64_t{5}, uint64_t{3}},
                                   {uint64_t{0}, uint64_t{0}}}) {
    made.builder.BeginSpan();
    made.builder.row() = {.trace_id = made.trace,
                          .span_id = SpanId::FromBytes(&start),
                          .parent_span_id = {},
                          .start_unix_nanos = start,
                          .end_unix_nanos = end,
                          .flags = kMax32,
                          .dropped_attributes = kMax32,
                          .dropped_events = kMax32,
                          .dropped_links = kMax32,
                          .kind = static_cast<uint8_t>(end == 0 ? 255 : 0),
                          .status_code = 255};
    made.builder.BeginEvent();
    made.builder.event() = {end, 0, kMax32};
    made.builder.EndEvent();
    made.builder.BeginLink();
    made.builder.link() = {.flags = kMax32, .dropped_attributes = kMax32};
    made.builder.EndLink();
    made.builder.CommitSpan(scope);
  }
  ExpectRoundTrip(WrittenBlock({made.builder.Take()}));
}

TEST(WriteBlock, TheExtraFileIsOnlyWrittenWhereItIsNeeded) {
  const auto has_extra = [](const auto& fill) {
    HandMade made;
    fill(made);
    const WrittenBlock block({made.builder.Take()});
    ExpectRoundTrip(block);
    return block.Has(kExtraName);
  };
  EXPECT_FALSE(has_extra([](HandMade& made) { made.Span(made.Scope(), 1); }));
  EXPECT_TRUE(has_extra([](HandMade& made) {
    SpanBatchBuilder& builder = made.builder;
    made.Span(builder.AddScope(builder.AddResource({}, 0, "", std::string_view("\x1a\x00", 2)), "",
                               "", {}, 0, ""),
              1);
  }));
  EXPECT_TRUE(has_extra([](HandMade& made) {
    made.Span(made.builder.AddScope(made.builder.AddResource({}, 0, "url"), "", "", {}, 0, ""), 1);
  }));
  EXPECT_TRUE(has_extra([](HandMade& made) {
    made.Span(made.builder.AddScope(made.builder.AddResource({}, 0, ""), "", "", {}, 0, "url"), 1);
  }));
}

TEST(WriteBlock, MetaSaysWhatIsInTheBlock) {
  HandMade made;
  const uint32_t scope = made.Scope();
  made.Span(scope, 1);
  const SpanBatch batch = made.builder.Take();
  const WrittenBlock block({batch});
  EXPECT_EQ(block.meta().start_unix_seconds, 1'700'000'000);
  EXPECT_EQ(block.meta().end_unix_seconds, 1'700'000'001);  // rounded up
  EXPECT_EQ(block.meta().total_objects, 1);
  EXPECT_EQ(block.meta().bloom_shards, 1u);
  EXPECT_EQ(block.meta().replication_factor, 0u);
  EXPECT_EQ(block.meta().compaction_level, 0u);
  EXPECT_EQ(block.store().List(BlockPrefix(WrittenBlock::kTenant, WrittenBlock::kId)).value(),
            (std::vector<std::string>{"bloom-0", "data.parquet", "index", "meta.json",
                                      "vivace-index.bin"}));
  const WrittenBlock cut({batch}, {.end_unix_seconds_max = 1'700'000'000});
  EXPECT_EQ(cut.meta().end_unix_seconds, 1'700'000'000);
  const WrittenBlock future({batch}, {.end_unix_seconds_max = 1'600'000'000});
  EXPECT_EQ(future.meta().start_unix_seconds, 1'600'000'000);
  EXPECT_EQ(future.meta().end_unix_seconds, 1'600'000'000);
  EXPECT_EQ(future.meta().TimesOfSpans(),
            std::pair(int64_t{1'700'000'000}, int64_t{1'700'000'001}));
  EXPECT_EQ(ParseBlockMeta(future.Read(kMetaName)).value(), future.meta());
}

TEST(WriteBlock, SeveralBloomShards) {
  Random random(6);
  const auto traces = RandomTraces(random, 150);
  BlockOptions options;
  options.bloom_shard_bytes = 32;
  const WrittenBlock block({RandomBatch(random, traces, 400)}, options);
  EXPECT_GT(block.meta().bloom_shards, 3u);
  ExpectRoundTrip(block);
}

TEST(WriteBlock, RefusesAnEmptySegment) {
  MemoryStore store;
  EXPECT_EQ(WriteBlock(Segment(), store, "tenant", Uuid{}, {}).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(store.List("").value().empty());
}

// Whatever write fails, the error is the store's, and no meta.json makes a half block visible.
TEST(WriteBlock, PassesErrorsOfTheStoreOn) {
  Random random(7);
  Segment segment;
  segment.Append(RandomBatch(random, RandomTraces(random, 20), 100));
  ASSERT_TRUE(segment.has_extra_fields());
  MemoryStore counted;
  FaultyStore counter(counted);
  ASSERT_TRUE(WriteBlock(segment, counter, "tenant", Uuid{}, {}).has_value());
  for (uint64_t n = 0; n < counter.plan().operations(); ++n) {
    MemoryStore memory;
    FaultyStore store(memory);
    store.plan().FailAt(n, Error{ErrorCode::kUnavailable, "disk is full"});
    const auto meta = WriteBlock(segment, store, "tenant", Uuid{}, {});
    ASSERT_FALSE(meta.has_value()) << n;
    EXPECT_EQ(meta.error().code, ErrorCode::kUnavailable) << n << meta.error().message;
    EXPECT_FALSE(memory.Read(BlockKey("tenant", Uuid{}, kMetaName)).has_value()) << n;
  }
}

}  // namespace
}  // namespace vivace
