// HTTP/2 and gRPC over real sockets.
#include <gmock/gmock.h>
#include <snappy.h>
#include <zlib.h>

#include <atomic>
#include <mutex>

#include "base/compression/compress.h"
#include "base/compression/decompress.h"
#include "server/grpc/grpc_health.h"
#include "server/http2_client_for_test.h"
#include "server/server.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;

constexpr size_t kSmallMax = 4 << 20;

// /t.S/Echo answers with its message, /t.S/Hold never, /t.S/Fail with an error, /t.S/Count with a
// stream of as many messages as the first byte specifies, /t.S/Flood with messages until it may
// write no more. HTTP: an echo, /hold is kept.
class Http2Test : public testing::Test {
 protected:
  Http2Test() {
    service_.AddUnary("/t.S/Echo", [](RpcRequest request, RpcResponder respond) {
      respond({.message = std::move(request.message)});
    });
    service_.AddUnary("/t.S/Hold", [this](RpcRequest request, RpcResponder respond) {
      const std::lock_guard lock(mutex_);
      held_.emplace_back(std::move(request), std::move(respond));
    });
    service_.AddUnary("/t.S/Fail", [](RpcRequest, RpcResponder respond) {
      respond({.error = Error{ErrorCode::kResourceExhausted, "rate é 100%\n"},
               .status_details = "\x08\x08\x12\x01"});
    });
    service_.AddUnary("/t.S/Drop", [](RpcRequest, RpcResponder) {});
    service_.AddUnary("/t.S/Metadata", [](RpcRequest request, RpcResponder respond) {
      respond({.message = std::string(FindHeader(request.metadata, "x-key-bin")) + "|" +
                          std::string(FindHeader(request.metadata, "x-scope-orgid")) + "|" +
                          std::string(FindHeader(request.metadata, "te")) + "|" + request.method});
    });
    service_.AddStream("/t.S/Count", [](RpcRequest request, std::shared_ptr<RpcStream> stream) {
      for (int i = 0; i < request.message[0]; ++i) stream->Write("message " + std::to_string(i));
      stream->Finish({});
    });
    service_.AddStream("/t.S/Flood",
                       [this](RpcRequest, std::shared_ptr<RpcStream> stream) { Flood(stream); });
    AddHealth(
        [](std::string_view service) {
          if (service.empty()) return Health::kServing;
          return service == "down" ? Health::kNotServing : Health::kUnknownService;
        },
        service_);
  }

  void Listen(ListenOptions options = {}) {
    options.address = "127.0.0.1";
    const auto port = server_.Listen(
        options,
        [this](HttpRequest request, HttpResponder respond) {
          Handle(std::move(request), std::move(respond));
        },
        &service_);
    ASSERT_TRUE(port.has_value()) << port.error().message;
    port_ = *port;
  }
  void Handle(HttpRequest request, HttpResponder respond) {
    if (request.path == "/hold") {
      const std::lock_guard lock(mutex_);
      http_held_.emplace_back(std::move(request), std::move(respond));
      return;
    }
    respond({201,
             {{"x-host", std::string(FindHeader(request.headers, "host"))}},
             request.method + request.path + "?" + request.query + request.body});
  }
  // Writes while there is room, 100 KB at a time, and again when there is.
  void Flood(const std::shared_ptr<RpcStream>& stream) {
    while (stream->writable() && flood_bytes_ < kFloodBytes) {
      if (!stream->Write(std::string(100'000, 'f'))) {
        flood_over_ = true;
        return;
      }
      flood_bytes_ += 100'000;
    }
    if (flood_bytes_ >= kFloodBytes) return stream->Finish({});
    stream->OnWritable([this, stream] { Flood(stream); });
  }
  bool Held(size_t count) {
    return Eventually([&] {
      const std::lock_guard lock(mutex_);
      return held_.size() + http_held_.size() >= count;
    });
  }

  static constexpr size_t kFloodBytes = 30'000'000;
  GrpcService service_;
  std::mutex mutex_;
  std::vector<std::pair<RpcRequest, RpcResponder>> held_;
  std::vector<std::pair<HttpRequest, HttpResponder>> http_held_;
  std::atomic<size_t> flood_bytes_ = 0;
  std::atomic<bool> flood_over_ = false;
  Server server_{{.threads = 2}};
  uint16_t port_ = 0;
};

TEST_F(Http2Test, ServesOrdinaryRequests) {
  Listen();
  TestHttp2Client client(port_);
  const TestResponse get = client.Wait(client.Start("GET", "/a?b=1", {}));
  EXPECT_EQ(get.Field(":status"), "201");
  EXPECT_EQ(get.Field("x-host"), "test");
  EXPECT_EQ(get.body, "GET/a?b=1");
  EXPECT_EQ(get.Field("content-length"), "9");
  const std::string body(3'000'000, 'b');
  EXPECT_EQ(client.Wait(client.Start("POST", "/p", {}, body)).body, "POST/p?" + body);
  const TestResponse head = client.Wait(client.Start("HEAD", "/a", {}));
  EXPECT_EQ(head.Field("content-length"), "7");
  EXPECT_EQ(head.body, "");
}

TEST_F(Http2Test, RefusesLargeBodiesAndHeaders) {
  ListenOptions options;
  options.body_bytes_max = 1000;
  Listen(options);
  TestHttp2Client client(port_);
  EXPECT_EQ(
      client.Wait(client.Start("POST", "/p", {{"content-length", "1001"}}, std::string(1001, 'x')))
          .Field(":status"),
      "413");
  EXPECT_EQ(client.Wait(client.Start("POST", "/p", {}, std::string(1001, 'x'))).Field(":status"),
            "413");
  EXPECT_EQ(client.Wait(client.Start("POST", "/p", {}, std::string(1000, 'x'))).Field(":status"),
            "201");
  TestFields fields;
  for (int i = 0; i < 40; ++i)
    fields.emplace_back("x-" + std::to_string(i), std::string(1600, 'h'));
  EXPECT_EQ(client.Wait(client.Start("GET", "/", fields)).Field(":status"), "431");
  EXPECT_EQ(client.Wait(client.Start("GET", "/", {})).Field(":status"), "201");
}

TEST_F(Http2Test, TimesOutSlowBodies) {
  ListenOptions options;
  options.read_timeout = milliseconds(50);
  Listen(options);
  TestHttp2Client client(port_);
  EXPECT_EQ(client.Wait(client.Start("POST", "/p", {}, "half", false)).Field(":status"), "408");
  EXPECT_EQ(client.Wait(client.StartRpc("/t.S/Echo", GrpcFrame("whole").substr(0, 7), {}, false))
                .Field("grpc-status"),
            "4");
}

TEST_F(Http2Test, ClosesIdleConnections) {
  ListenOptions options;
  options.idle_timeout = milliseconds(50);
  Listen(options);
  TestHttp2Client client(port_);
  client.Wait(client.Start("GET", "/", {}));
  EXPECT_TRUE(client.Until([&] { return client.goaways() > 0; }));
  EXPECT_EQ(client.goaway_code(), 0u);
  EXPECT_TRUE(client.socket().WaitForClose());
}

TEST_F(Http2Test, EndsConnectionsAtTheirAge) {
  ListenOptions options;
  options.keepalive.age_max = milliseconds(50);
  options.keepalive.age_grace = milliseconds(50);
  Listen(options);
  TestHttp2Client client(port_);
  client.StartRpc("/t.S/Hold", GrpcFrame("x"));
  EXPECT_TRUE(client.Until([&] { return client.goaways() > 0; }));
  EXPECT_EQ(client.goaway_code(), 0u);
  EXPECT_TRUE(client.socket().WaitForClose());  // although its request still runs
  ASSERT_TRUE(Held(1));
  EXPECT_TRUE(Eventually([&] { return held_[0].first.cancel_token->IsCancelled(); }));
  held_[0].second({});
}

TEST_F(Http2Test, ClosesConnectionsWhoseClientsDoNotAnswerPings) {
  ListenOptions options;
  options.keepalive.ping_after = milliseconds(20);
  options.keepalive.ping_timeout = milliseconds(20);
  Listen(options);
  TestSocket silent(port_);
  silent.Send(std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") +
              std::string("\0\0\0\4\0\0\0\0\0", 9));
  EXPECT_TRUE(silent.WaitForClose());
}

TEST_F(Http2Test, KeepsConnectionsWhoseClientsAnswerPings) {
  ListenOptions options;
  options.keepalive.ping_after = milliseconds(20);
  options.keepalive.ping_timeout = std::chrono::hours(1);
  Listen(options);
  TestHttp2Client client(port_);
  const int32_t id = client.StartRpc("/t.S/Hold", GrpcFrame("x"));
  // A further ping comes only when the one before was answered.
  EXPECT_TRUE(client.Until([&] { return client.pings() >= 3; }));
  ASSERT_TRUE(Held(1));
  held_[0].second({.message = "still there"});
  EXPECT_EQ(client.Wait(id).body, GrpcFrame("still there"));
  EXPECT_EQ(client.goaways(), 0);
}

TEST_F(Http2Test, CancelsWhenTheClientLeaves) {
  Listen();
  TestHttp2Client client(port_);
  const int32_t reset = client.Start("GET", "/hold", {});
  client.StartRpc("/t.S/Hold", GrpcFrame("x"));
  ASSERT_TRUE(Held(2));
  client.Reset(reset);
  EXPECT_TRUE(Eventually([&] { return http_held_[0].first.cancel_token->IsCancelled(); }));
  EXPECT_FALSE(held_[0].first.cancel_token->IsCancelled());
  client.socket().Abort();
  EXPECT_TRUE(Eventually([&] { return held_[0].first.cancel_token->IsCancelled(); }));
  http_held_[0].second({});
  held_[0].second({});
}

TEST_F(Http2Test, AnswersPings) {
  Listen();
  TestHttp2Client client(port_);
  nghttp2_submit_ping(client.session(), 0, nullptr);
  EXPECT_TRUE(client.Until([&] { return client.ping_acks() == 1; }));
}

TEST_F(Http2Test, EndsConnectionsThatFlood) {
  Listen();
  TestHttp2Client resets(port_);
  for (int i = 0; i < 1500; ++i) resets.Reset(resets.Start("GET", "/hold", {}));
  EXPECT_TRUE(resets.Until([&] { return resets.goaways() > 0; }));
  EXPECT_EQ(resets.goaway_code(), static_cast<uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
  std::string flood = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (int i = 0; i < 100'000; ++i) flood.append("\0\0\0\4\0\0\0\0\0", 9);
  TestSocket settings(port_);
  settings.Send(flood);
  EXPECT_TRUE(settings.WaitForClose());
}

TEST_F(Http2Test, RefusesStreamsWhileCancelledHandlersStillRun) {
  ListenOptions options;
  options.streams_max = 5;
  Listen(options);
  TestHttp2Client client(port_);
  for (int i = 0; i < 10; ++i) client.Reset(client.Start("GET", "/hold", {}));
  ASSERT_TRUE(Held(10));
  EXPECT_EQ(client.Wait(client.Start("GET", "/", {})).reset_code,
            static_cast<uint32_t>(NGHTTP2_REFUSED_STREAM));
  http_held_.clear();
  EXPECT_EQ(client.Wait(client.Start("GET", "/", {})).Field(":status"), "201");
}

TEST_F(Http2Test, TakesThePrefaceByteByByte) {
  Listen();
  TestSocket socket(port_);
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  const std::string acknowledged("\0\0\0\4\1\0\0\0\0", 9);
  for (const char c : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
    ASSERT_TRUE(socket.Send({&c, 1}));
  EXPECT_TRUE(socket.ReadUntil(acknowledged).contains(acknowledged));
}

TEST_F(Http2Test, RpcEchoes) {
  Listen();
  TestHttp2Client client(port_);
  for (const size_t size : {0uz, 1uz, 16384uz, 113'000uz, kSmallMax}) {
    const std::string message(size, 'm');
    const TestResponse answer = client.Call("/t.S/Echo", message);
    EXPECT_EQ(answer.Field(":status"), "200");
    EXPECT_EQ(answer.Field("content-type"), "application/grpc");
    EXPECT_EQ(answer.Field("grpc-status"), "0");
    EXPECT_EQ(answer.Field("grpc-accept-encoding"), "identity,gzip,deflate,zstd,snappy");
    EXPECT_TRUE(answer.body == GrpcFrame(message)) << size;
  }
}

TEST_F(Http2Test, RpcErrorsHaveStatusMessageAndDetails) {
  Listen();
  TestHttp2Client client(port_);
  const TestResponse answer = client.Call("/t.S/Fail", "x");
  EXPECT_EQ(answer.Field(":status"), "200");
  EXPECT_EQ(answer.Field("grpc-status"), "8");
  EXPECT_EQ(answer.Field("grpc-message"), "rate %C3%A9 100%25%0A");
  EXPECT_EQ(answer.Field("grpc-status-details-bin"), "CAgSAQ");
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(client.Call("/t.S/Drop", "x").Field("grpc-status"), "13");
}

TEST_F(Http2Test, RpcRefusesWhatIsNotThere) {
  Listen();
  TestHttp2Client client(port_);
  const auto message = [&](const std::string& method) {
    const TestResponse answer = client.Call(method, "x");
    return answer.Field("grpc-status") + " " + answer.Field("grpc-message");
  };
  EXPECT_EQ(message("/x.Y/Z"), "12 unknown service x.Y");
  EXPECT_EQ(message("/t.S/Z"), "12 unknown method Z for service t.S");
  EXPECT_EQ(message("/nonsense"), "12 malformed method name: \"/nonsense\"");
  EXPECT_EQ(client.Call("/t.S/Echo", "x", {{"grpc-encoding", "bogus"}}).Field("grpc-message"),
            "grpc: Decompressor is not installed for grpc-encoding \"bogus\"");
  EXPECT_EQ(client.Wait(client.Start("GET", "/t.S/Echo", {{"content-type", "application/grpc"}}))
                .Field(":status"),
            "405");
}

TEST_F(Http2Test, RpcRefusesBrokenFrames) {
  Listen();
  TestHttp2Client client(port_);
  const auto status = [&](const std::string& body) {
    return client.Wait(client.StartRpc("/t.S/Echo", body)).Field("grpc-status");
  };
  EXPECT_EQ(status(""), "13");
  EXPECT_EQ(status(GrpcFrame("abc").substr(0, 3)), "13");
  EXPECT_EQ(status(GrpcFrame("abc").substr(0, 7)), "13");
  EXPECT_EQ(status(GrpcFrame("abc") + GrpcFrame("def")), "13");
  EXPECT_EQ(status(GrpcFrame("abc", true)), "13");
  EXPECT_EQ(status("\x02" + GrpcFrame("abc").substr(1)), "13");
}

TEST_F(Http2Test, RpcRefusesLargeMessagesByTheirPrefix) {
  Listen();
  TestHttp2Client client(port_);
  // Only the prefix is sent; the answer comes nevertheless.
  const std::string prefix = GrpcFrame(std::string(4'920'010, 'x')).substr(0, 5);
  const TestResponse early = client.Wait(client.StartRpc("/t.S/Echo", prefix, {}, false));
  EXPECT_EQ(early.Field("grpc-status"), "8");
  EXPECT_EQ(early.Field("grpc-message"),
            "grpc: received message larger than max (4920010 vs. 4194304)");
  EXPECT_EQ(client.Call("/t.S/Echo", std::string(kSmallMax + 1, 'x')).Field("grpc-status"), "8");
  EXPECT_EQ(client.Call("/t.S/Echo", "x").Field("grpc-status"), "0");
}

std::string Zlib(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           text.size());
  out.resize(size);
  return out;
}

std::string Encode(const std::string& encoding, const std::string& text) {
  if (encoding == "deflate") return Zlib(text);
  if (encoding != "snappy") return Compress(encoding, text).value();
  std::string out;
  snappy::Compress(text.data(), text.size(), &out);
  return out;
}

TEST_F(Http2Test, RpcDecompresses) {
  Listen();
  TestHttp2Client client(port_);
  const std::string message(100'000, 'c');
  for (const std::string encoding : {"gzip", "deflate", "zstd", "snappy"}) {
    const auto call = [&](const std::string& body) {
      return client.Wait(
          client.StartRpc("/t.S/Echo", GrpcFrame(body, true), {{"grpc-encoding", encoding}}));
    };
    const TestResponse answer = call(Encode(encoding, message));
    EXPECT_EQ(answer.Field("grpc-status"), "0") << encoding;
    const bool compressed = encoding == "gzip" || encoding == "zstd";
    EXPECT_EQ(answer.Field("grpc-encoding"), compressed ? encoding : "");
    const std::string body = answer.body.substr(5);
    EXPECT_TRUE((compressed ? Decompress(encoding, body, kSmallMax).value() : body) == message)
        << encoding;
    EXPECT_EQ(call("garbage").Field("grpc-status"), "13") << encoding;
    const TestResponse bomb = call(Encode(encoding, std::string(kSmallMax + 1, 'b')));
    EXPECT_EQ(bomb.Field("grpc-status"), "8");
    EXPECT_EQ(bomb.Field("grpc-message"),
              "grpc: received message after decompression larger than max 4194304");
  }
}

TEST_F(Http2Test, RpcDecodesMetadata) {
  Listen();
  TestHttp2Client client(port_);
  const TestResponse answer =
      client.Call("/t.S/Metadata", "x", {{"x-key-bin", "AAECAw"}, {"x-scope-orgid", "tenant"}});
  EXPECT_EQ(answer.body, GrpcFrame(std::string("\0\1\2\3", 4) + "|tenant||/t.S/Metadata"));
}

TEST_F(Http2Test, RpcDeadlineCancelsAndAnswers) {
  Listen();
  TestHttp2Client client(port_);
  const int32_t id = client.StartRpc("/t.S/Hold", GrpcFrame("x"), {{"grpc-timeout", "30m"}});
  const TestResponse answer = client.Wait(id);
  EXPECT_EQ(answer.Field("grpc-status"), "4");
  EXPECT_EQ(answer.Field("grpc-message"), "context deadline exceeded");
  ASSERT_TRUE(Held(1));
  EXPECT_TRUE(held_[0].first.cancel_token->IsCancelled());
  held_[0].second({.message = "too late"});
  EXPECT_EQ(client.Call("/t.S/Echo", "x", {{"grpc-timeout", "1H"}}).Field("grpc-status"), "0");
}

TEST_F(Http2Test, RpcAnswersFromOtherThreads) {
  Listen();
  TestHttp2Client client(port_);
  std::vector<int32_t> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(client.StartRpc("/t.S/Hold", GrpcFrame(std::to_string(i))));
  ASSERT_TRUE(Held(100));
  std::thread answering([&] {
    for (auto& [request, respond] : held_) respond({.message = request.message});
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Wait(ids[i]).body, GrpcFrame(std::to_string(i)));
  answering.join();
}

TEST_F(Http2Test, RpcStreams) {
  Listen();
  TestHttp2Client client(port_);
  const TestResponse answer = client.Call("/t.S/Count", "\x03");
  EXPECT_EQ(answer.body, GrpcFrame("message 0") + GrpcFrame("message 1") + GrpcFrame("message 2"));
  EXPECT_EQ(answer.Field("grpc-status"), "0");
  EXPECT_EQ(client.Call("/t.S/Count", std::string(1, '\0')).Field("grpc-status"), "0");
}

TEST_F(Http2Test, RpcStreamsEndWithTooLargeAnswers) {
  service_.AddStream("/t.S/Size",
                     [](RpcRequest request, std::shared_ptr<RpcStream> stream) {
                       for (const size_t size : {size_t{100}, std::stoul(request.message)})
                         stream->Write(std::string(size, 'x'));
                       stream->Finish({});
                     },
                     {.received_bytes_max = 10, .sent_bytes_max = 100});
  Listen();
  TestHttp2Client client(port_);
  EXPECT_EQ(client.Call("/t.S/Size", "100").Field("grpc-status"), "0");
  const TestResponse larger = client.Call("/t.S/Size", "101");
  EXPECT_EQ(larger.body, GrpcFrame(std::string(100, 'x')));
  EXPECT_EQ(larger.Field("grpc-status"), "8");
  EXPECT_EQ(larger.Field("grpc-message"),
            "grpc: trying to send message larger than max (101 vs. 100)");
  EXPECT_EQ(client.Call("/t.S/Size", "00000000100").Field("grpc-message"),
            "grpc: received message larger than max (11 vs. 10)");
}

TEST_F(Http2Test, RpcStreamsWaitForSlowClients) {
  Listen();
  TestHttp2Client client(port_);
  const int32_t id = client.StartRpc("/t.S/Flood", GrpcFrame("x"));
  ASSERT_TRUE(Eventually([&] { return flood_bytes_ > 0; }));
  EXPECT_LT(flood_bytes_, 10'000'000u);
  const TestResponse answer = client.Wait(id);
  EXPECT_EQ(answer.Field("grpc-status"), "0");
  EXPECT_EQ(answer.body.size(), kFloodBytes + kFloodBytes / 100'000 * 5);
}

TEST_F(Http2Test, RpcStreamsEndWhenTheClientLeaves) {
  Listen();
  TestHttp2Client client(port_);
  client.StartRpc("/t.S/Flood", GrpcFrame("x"));
  ASSERT_TRUE(Eventually([&] { return flood_bytes_ > 0; }));
  client.socket().Abort();
  EXPECT_TRUE(Eventually([&] { return flood_over_.load(); }));
}

TEST_F(Http2Test, Health) {
  Listen();
  TestHttp2Client client(port_);
  EXPECT_EQ(client.Call("/grpc.health.v1.Health/Check", "").body, GrpcFrame("\x08\x01"));
  EXPECT_EQ(client
                .Call("/grpc.health.v1.Health/Check",
                      "\x0a\x04"
                      "down")
                .body,
            GrpcFrame("\x08\x02"));
  const TestResponse unknown = client.Call("/grpc.health.v1.Health/Check", "\x0a\x01x");
  EXPECT_EQ(unknown.Field("grpc-status"), "5");
  EXPECT_EQ(unknown.Field("grpc-message"), "unknown service");
  const int32_t watch = client.StartRpc("/grpc.health.v1.Health/Watch", GrpcFrame(""));
  EXPECT_TRUE(client.Until([&] { return client.answer(watch).body == GrpcFrame("\x08\x01"); }));
  EXPECT_FALSE(client.answer(watch).closed);
}

TEST_F(Http2Test, HealthWatchesAreFew) {
  Listen();
  auto first = std::make_unique<TestHttp2Client>(port_);
  for (int i = 0; i < 8; ++i) first->StartRpc("/grpc.health.v1.Health/Watch", GrpcFrame(""));
  const int32_t ninth = first->StartRpc("/grpc.health.v1.Health/Watch", GrpcFrame(""));
  EXPECT_TRUE(first->Until([&] { return first->answer(ninth).closed; }));
  EXPECT_EQ(first->answer(ninth).Field("grpc-status"), "8");
  TestHttp2Client second(port_);
  EXPECT_EQ(second.Call("/grpc.health.v1.Health/Watch", "").Field("grpc-status"), "8");
  first.reset();
  const auto is_open = [&] {
    TestHttp2Client again(port_);
    const int32_t watch = again.StartRpc("/grpc.health.v1.Health/Watch", GrpcFrame(""));
    again.Until([&] { return again.answer(watch).closed || !again.answer(watch).body.empty(); });
    return !again.answer(watch).closed;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_open() && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_TRUE(is_open()) << "those of a client that left are counted no more";
}

TEST_F(Http2Test, PortsForGrpcAloneRefuseTheRest) {
  ListenOptions options;
  options.address = "127.0.0.1";
  const auto port = server_.Listen(options, nullptr, &service_);
  TestHttp2Client client(*port);
  EXPECT_EQ(client.Wait(client.Start("GET", "/", {})).Field(":status"), "415");
  EXPECT_EQ(client.Call("/t.S/Echo", "x").Field("grpc-status"), "0");
}

}  // namespace
}  // namespace vivace
