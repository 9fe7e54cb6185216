// What clients may make the server hold, over real sockets: heads that are judged first, shares of
// memory, unread answers, rates.
#include <atomic>
#include <mutex>

#include "server/http2_client_for_test.h"
#include "server/server.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMiB = 1 << 20;

// Answers /N with N MiB, anything else with its body's size. Refuses requests without a credential;
// what says "later" is judged when the test says so.
class LimitsTest : public testing::Test {
 protected:
  void Start(const ServerOptions& limits = {}, ListenOptions options = {}) {
    server_ = std::make_unique<Server>(limits);
    options.address = "127.0.0.1";
    AddMethods();
    HttpService service{
        .judge = [this](HttpRequest& head,
                        HttpVerdict verdict) { Judge(head.headers, std::move(verdict)); },
        .handle = [this](HttpRequest request,
                         HttpResponder respond) { Handle(request, std::move(respond)); }};
    port_ = server_->Listen(options, std::move(service), &rpcs_).value();
    second_port_ =
        server_->Listen(options, [](HttpRequest, HttpResponder respond) { respond({}); }).value();
  }
  void AddMethods() {
    rpcs_.AddUnary(
        "/t.S/Size",
        [](RpcRequest request, RpcResponder respond) {
          respond({.message = std::to_string(request.message.size())});
        },
        GrpcMessageLimits(),
        [this](RpcRequest& head, RpcVerdict verdict) {
          Judge(head.metadata, [verdict](const std::optional<HttpResponse>& refusal) {
            verdict(refusal ? std::optional(Error{ErrorCode::kUnauthenticated, "who?"})
                            : std::nullopt);
          });
        });
    rpcs_.AddStream("/t.S/Flood", [](RpcRequest, std::shared_ptr<RpcStream> stream) {
      while (stream->Write(std::string(kMiB, 'f'))) continue;
    });
  }
  void Judge(const HttpHeaders& headers, HttpVerdict verdict) {
    const std::string_view credential = FindHeader(headers, "authorization");
    if (credential == "later") {
      const std::lock_guard lock(mutex_);
      verdicts_.push_back(std::move(verdict));
    } else if (credential.empty()) {
      verdict(HttpErrorResponse(401, "who?"));
    } else {
      verdict(std::nullopt);
    }
  }
  void Handle(const HttpRequest& request, const HttpResponder& respond) {
    ++handled_;
    const int size = std::atoi(request.path.c_str() + 1);
    if (size > 0) return respond({.body = std::string(size * kMiB, 'x')});
    respond({.headers = {{"x-trailer", std::string(FindHeader(request.headers, "x-late"))}},
             .body = std::to_string(request.body.size()) + " bytes of " + request.path + "."});
  }
  bool Judging(size_t count) {
    return Eventually([&] {
      const std::lock_guard lock(mutex_);
      return verdicts_.size() >= count;
    });
  }
  bool Holds(size_t bytes) {
    return Eventually([&] { return server_->request_bytes() >= bytes; });
  }

  GrpcService rpcs_;
  std::mutex mutex_;
  std::vector<HttpVerdict> verdicts_;
  std::atomic<int> handled_ = 0;
  uint16_t port_ = 0;
  uint16_t second_port_ = 0;
  std::unique_ptr<Server> server_;  // last: its threads use the rest
};

std::string Post(const std::string& more, const std::string& credential = "good") {
  return "POST /p HTTP/1.1\r\nHost: t\r\n" +
         (credential.empty() ? "" : "Authorization: " + credential + "\r\n") + more;
}

TEST_F(LimitsTest, APeersConnectionsLeaveRoomForOthers) {
  ListenOptions options;
  options.connections_max = 20;
  Start({}, options);
  std::vector<std::unique_ptr<TestSocket>> held;
  for (int i = 0; i < 20; ++i) held.push_back(std::make_unique<TestSocket>(port_, "127.0.0.2"));
  TestSocket other(port_, "127.0.0.3");
  other.Send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\n\r\n");
  EXPECT_TRUE(other.ReadUntil("200 OK").contains("200 OK"));
  size_t refused = 0;
  for (const auto& socket : held) {
    std::string bytes;
    if (!socket->Receive(bytes, milliseconds(1)) && socket->ended()) ++refused;
  }
  EXPECT_EQ(refused, 4u) << "the peer has four fifths";
}

TEST_F(LimitsTest, Http1IsJudgedByTheHead) {
  Start();
  for (const std::string body :
       {"Content-Length: 10000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n",
        "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"}) {
    TestSocket client(port_);
    client.Send(Post(body, ""));
    const std::string answer = client.ReadToEnd();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
    EXPECT_TRUE(answer.contains("connection: close")) << answer;
  }
  EXPECT_EQ(handled_, 0);
  // Without a body the connection goes on.
  TestSocket client(port_);
  client.Send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client.ReadUntil("who?").starts_with("HTTP/1.1 401 "));
  client.Send("GET /b HTTP/1.1\r\nHost: t\r\nAuthorization: good\r\n\r\n");
  EXPECT_TRUE(client.ReadUntil("bytes of /b.").ends_with("0 bytes of /b."));
}

TEST_F(LimitsTest, Http1BodiesWaitForTheVerdict) {
  Start();
  TestSocket client(port_);
  client.Send(Post("Content-Length: 2000000\r\n\r\n", "later"));
  ASSERT_TRUE(Judging(1));
  std::thread sender([&] { client.Send(std::string(2'000'000, 'b')); });
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_LT(server_->request_bytes(), 500'000u) << "what one read brings";
  EXPECT_EQ(handled_, 0);
  verdicts_[0](std::nullopt);
  sender.join();
  EXPECT_TRUE(client.ReadUntil("/p.").contains("2000000 bytes of /p."));
  TestSocket refused(port_);
  refused.Send(Post("Content-Length: 2000000\r\n\r\nxx", "later"));
  ASSERT_TRUE(Judging(2));
  verdicts_[1](HttpErrorResponse(403, "no"));
  EXPECT_TRUE(refused.ReadToEnd().starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(Eventually([&] { return server_->request_bytes() == 0; }));
}

TEST_F(LimitsTest, VerdictsAfterTheClientLeftAreIgnored) {
  Start();
  TestSocket http1(port_);
  http1.Send(Post("Content-Length: 2\r\n\r\n", "later"));
  TestHttp2Client http2(port_);
  http2.Start("POST", "/p", {{"authorization", "later"}}, "half", false);
  ASSERT_TRUE(Judging(2));
  http1.Abort();
  http2.socket().Abort();
  EXPECT_TRUE(Eventually([&] { return server_->request_bytes() == 0; }));
  for (auto& verdict : verdicts_) verdict(std::nullopt);
  EXPECT_EQ(handled_, 0);
}

TEST_F(LimitsTest, Http2IsJudgedByTheHead) {
  Start();
  TestHttp2Client client(port_);
  const TestResponse refused =
      client.Wait(client.Start("POST", "/p", {{"content-length", "9000000"}}, "x", false));
  EXPECT_EQ(refused.Field(":status"), "401");
  const TestResponse call = client.Wait(client.StartRpc("/t.S/Size", "", {}, false));
  EXPECT_EQ(call.Field("grpc-status"), "16");
  EXPECT_EQ(call.Field("grpc-message"), "who?");
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(client.Call("/t.S/Size", "four", {{"authorization", "good"}}).body, GrpcFrame("4"));
}

TEST_F(LimitsTest, Http2BodiesWaitForTheVerdict) {
  Start();
  TestHttp2Client client(port_);
  const int32_t http =
      client.Start("POST", "/p", {{"authorization", "later"}}, std::string(3 * kMiB, 'b'));
  const int32_t rpc = client.StartRpc("/t.S/Size", GrpcFrame(std::string(3 * kMiB, 'b')),
                                      {{"authorization", "later"}});
  ASSERT_TRUE(Judging(2));
  // The window of a stream, not more, is open until then.
  for (int pings = 1; pings <= 3; ++pings) {
    nghttp2_submit_ping(client.session(), 0, nullptr);
    ASSERT_TRUE(client.Until([&] { return client.ping_acks() == pings; }));
  }
  EXPECT_GT(server_->request_bytes(), 2 * kMiB - 100'000);
  EXPECT_LT(server_->request_bytes(), 2 * kMiB + 100'000);
  for (auto& verdict : verdicts_) verdict(std::nullopt);
  EXPECT_TRUE(client.Wait(http).body.starts_with("3145728 bytes"));
  EXPECT_EQ(client.Wait(rpc).body, GrpcFrame("3145728"));
}

TEST_F(LimitsTest, TrailersAreNoHeaders) {
  Start();
  TestSocket client(port_);
  client.Send(Post("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Late: forged\r\n\r\n"));
  const std::string answer = client.ReadUntil("/p.");
  EXPECT_TRUE(answer.contains("3 bytes of /p.")) << answer;
  EXPECT_TRUE(answer.contains("x-trailer: \r\n")) << answer;
}

TEST_F(LimitsTest, ChunkExtensionsAndTrailersHaveTheHeadersLimit) {
  Start();
  for (const std::string& endless : {std::string("5;"), std::string("0\r\nx: ")}) {
    TestSocket client(port_);
    client.Send(Post("Transfer-Encoding: chunked\r\n\r\n" + endless));
    std::thread sender([&] { client.Send(std::string(20 * kMiB, 'e')); });
    const std::string answer = client.ReadToEnd();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
    client.Abort();
    sender.join();
  }
}

TEST_F(LimitsTest, TargetsAreCleanedOnce) {
  Start();
  const auto ask = [&](const std::string& target) {
    TestSocket client(port_);
    client.Send("GET " + target + " HTTP/1.1\r\nHost: t\r\nAuthorization: good\r\n" +
                "Connection: close\r\n\r\n");
    return client.ReadToEnd();
  };
  EXPECT_TRUE(ask("/a/%2e%2e/%62%2fc").ends_with("0 bytes of /b%2Fc."));
  EXPECT_TRUE(ask("http://h//x?/../y").ends_with("0 bytes of /x."));
  EXPECT_TRUE(ask("/a%00").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("/a%0").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("a/b").starts_with("HTTP/1.1 400 "));
  TestHttp2Client client(port_);
  const TestFields good = {{"authorization", "good"}};
  EXPECT_EQ(client.Wait(client.Start("GET", "/a/%2e%2e/%62%2fc", good)).body, "0 bytes of /b%2Fc.");
  EXPECT_EQ(client.Wait(client.Start("GET", "/a%00", good)).Field(":status"), "400");
  EXPECT_EQ(client.Wait(client.Start("GET", "/a#b", good)).Field(":status"), "400");
  EXPECT_EQ(client.Wait(client.StartRpc("/t.S/%53ize", GrpcFrame("1"), good)).body, GrpcFrame("1"));
}

TEST_F(LimitsTest, HalfSentBodiesLeaveRoomForOthers) {
  Start({.request_bytes_max = 40 * kMiB});
  std::vector<std::unique_ptr<TestSocket>> attackers;
  for (int i = 0; i < 14; ++i) {
    attackers.push_back(std::make_unique<TestSocket>(port_));
    attackers.back()->Send(Post("Content-Length: 6000000\r\n\r\n"));
    attackers.back()->Send(std::string(5'000'000, 'a'));
  }
  ASSERT_TRUE(Holds(12 * kMiB));
  const auto send = [](uint16_t port, const char* source, size_t bytes) {
    TestSocket client(port, source);
    client.Send(Post("Content-Length: " + std::to_string(bytes) + "\r\n\r\n"));
    client.Send(std::string(bytes, 'b'));
    return client.ReadUntil("\r\n\r\n").substr(9, 3);
  };
  EXPECT_EQ(send(port_, "127.0.0.2", 2'000'000), "200") << "another peer";
  EXPECT_EQ(send(second_port_, nullptr, 2'000'000), "200") << "another port";
  EXPECT_EQ(send(port_, nullptr, 10'000), "200") << "a small request of the same peer";
  EXPECT_LE(server_->request_bytes(), 40 * kMiB);
}

TEST_F(LimitsTest, BodiesThatTrickleAreEnded) {
  ListenOptions options;
  options.body_patience = milliseconds(200);
  options.body_rate_min = 100'000;
  Start({}, options);
  TestSocket http1(port_);
  http1.Send(Post("Content-Length: 1000000\r\n\r\n"));
  TestHttp2Client http2(port_);
  const TestFields good = {{"authorization", "good"}};
  const int32_t http = http2.Start("POST", "/p", good, "x", false);
  const int32_t rpc = http2.StartRpc("/t.S/Size", GrpcFrame("xxxx").substr(0, 7), good, false);
  std::atomic<bool> over = false;
  std::thread trickle([&] {
    while (!over && http1.Send("t")) std::this_thread::sleep_for(milliseconds(20));
  });
  EXPECT_TRUE(http1.ReadToEnd().starts_with("HTTP/1.1 408 "));
  over = true;
  trickle.join();
  EXPECT_EQ(http2.Wait(http).Field(":status"), "408");
  EXPECT_EQ(http2.Wait(rpc).Field("grpc-status"), "4");
}

std::string Get(int mib) {
  return "GET /" + std::to_string(mib) + " HTTP/1.1\r\nHost: t\r\nAuthorization: good\r\n\r\n";
}

TEST_F(LimitsTest, PipelinedRequestsWaitUntilAnswersAreRead) {
  Start();
  TestSocket client(port_);
  client.LimitReceiveBuffer(32 << 10);
  std::string requests;
  for (int i = 0; i < 40; ++i) requests += Get(10);
  client.Send(requests);
  ASSERT_TRUE(Eventually([&] { return handled_ > 0; }));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_LE(handled_, 1) << "the kernel takes less than one";
  EXPECT_LE(server_->answer_bytes(), 11 * kMiB);
  size_t total = 0;
  std::string bytes;
  while (total < 400 * kMiB && client.Receive(bytes)) total += std::exchange(bytes, {}).size();
  EXPECT_GE(total, 400 * kMiB);
  EXPECT_EQ(handled_, 40);
}

TEST_F(LimitsTest, Http2RequestsWaitUntilAnswersAreRead) {
  ListenOptions options;
  options.connection_answer_bytes_max = 16 * kMiB;
  Start({}, options);
  TestHttp2Client client(port_);
  const auto set_window = [&](uint32_t bytes) {
    const nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, bytes};
    nghttp2_submit_settings(client.session(), NGHTTP2_FLAG_NONE, &entry, 1);
    client.Flush();
  };
  set_window(0);
  std::vector<int32_t> ids;
  for (int i = 0; i < 60; ++i)
    ids.push_back(client.Start("GET", "/8", {{"authorization", "good"}}));
  nghttp2_submit_ping(client.session(), 0, nullptr);
  ASSERT_TRUE(client.Until([&] { return client.ping_acks() == 1; }));
  EXPECT_EQ(handled_, 2);
  EXPECT_EQ(server_->answer_bytes(), 16 * kMiB);
  set_window(16 * kMiB);
  for (const int32_t id : ids) {
    EXPECT_EQ(client.Wait(id).body.size(), 8 * kMiB);
    client.answer(id).body = {};
  }
  EXPECT_EQ(handled_, 60);
  EXPECT_TRUE(Eventually([&] { return server_->answer_bytes() == 0; }));
}

TEST_F(LimitsTest, AnswersBeyondTheServersMemoryAreRefused) {
  Start({.answer_bytes_max = 20 * kMiB});
  TestSocket http1(port_);
  http1.Send(Get(30));
  const std::string answer = http1.ReadUntil("try again");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer.substr(0, 100);
  EXPECT_TRUE(answer.contains("memory limit for answers reached, try again"));
  TestHttp2Client http2(port_);
  EXPECT_EQ(http2.Wait(http2.Start("GET", "/30", {{"authorization", "good"}})).Field(":status"),
            "503");
  EXPECT_EQ(http2.Wait(http2.Start("GET", "/8", {{"authorization", "good"}})).body.size(),
            8 * kMiB);
  // A stream that does not heed its own limit.
  const TestResponse flood = http2.Wait(http2.StartRpc("/t.S/Flood", GrpcFrame("x")));
  EXPECT_EQ(flood.Field("grpc-status"), "8");
  EXPECT_EQ(flood.Field("grpc-message"), "memory limit for answers reached, try again");
  EXPECT_TRUE(Eventually([&] { return server_->answer_bytes() == 0; }));
}

TEST_F(LimitsTest, SlowReadersAreEndedHonestOnesAreNot) {
  ListenOptions options;
  options.write_timeout = milliseconds(500);
  options.answer_rate_min = 1'000'000;
  Start({}, options);
  TestSocket trickling(port_);
  TestSocket honest(port_);
  for (TestSocket* client : {&trickling, &honest}) {
    client->LimitReceiveBuffer(64 << 10);
    client->Send(Get(24).insert(Get(24).size() - 2, "Connection: close\r\n"));
  }
  std::thread slow([&] { EXPECT_LT(trickling.ReadSlowly(1 << 10, milliseconds(20)), 20 * kMiB); });
  // At most 32 MB a second, at least 1 even where a pause takes 30 times as long.
  EXPECT_GE(honest.ReadSlowly(64 << 10, milliseconds(2)), 24 * kMiB);
  slow.join();
  EXPECT_TRUE(Eventually([&] { return server_->answer_bytes() == 0; }));
}

TEST_F(LimitsTest, WindowsThatOpenByteByByteAreEnded) {
  ListenOptions options;
  options.write_timeout = milliseconds(300);
  options.answer_rate_min = 1'000'000;
  Start({}, options);
  TestHttp2Client client(port_);
  const nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
  nghttp2_submit_settings(client.session(), NGHTTP2_FLAG_NONE, &entry, 1);
  const int32_t id = client.Start("GET", "/1", {{"authorization", "good"}});
  EXPECT_TRUE(client.Until([&] {
    nghttp2_submit_window_update(client.session(), NGHTTP2_FLAG_NONE, id, 1);
    nghttp2_submit_ping(client.session(), NGHTTP2_FLAG_NONE, nullptr);
    std::this_thread::sleep_for(milliseconds(5));
    return client.answer(id).closed;
  }));
  EXPECT_EQ(client.answer(id).reset_code, static_cast<uint32_t>(NGHTTP2_CANCEL));
  EXPECT_GT(client.answer(id).body.size(), 10u);
  EXPECT_TRUE(Eventually([&] { return server_->answer_bytes() == 0; }));
}

// Frames by hand, from a client that keeps to no rule.
std::string Frame(char type, char flags, uint32_t stream, const std::string& payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string frame = {static_cast<char>(size >> 16), static_cast<char>(size >> 8),
                       static_cast<char>(size), type, flags};
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(stream >> shift);
  return frame + payload;
}
constexpr char kHeaders = 1;
constexpr char kWindowUpdate = 8;
constexpr char kContinuation = 9;
constexpr char kEndHeaders = 4;

std::string Preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, ""); }
// POST / to "t" with a credential; then one field of 4,000 bytes that becomes the table's entry 62.
std::string Head() { return "\x83\x86\x84\x41\x01t\x0f\x08\x04good"; }
std::string LargeField() { return "\x40\x01x\x7f\xa1\x1e" + std::string(4000, 'v'); }

TEST_F(LimitsTest, HeadsThatReferToOneEntryAreCounted) {
  Start();
  std::vector<std::unique_ptr<TestSocket>> clients;
  for (int i = 0; i < 4; ++i) {
    TestSocket& client = *clients.emplace_back(std::make_unique<TestSocket>(port_));
    std::string bytes = Preface();
    for (uint32_t stream = 1; stream < 200; stream += 2) {
      const std::string references(stream == 1 ? 1 : 14, '\xbe');
      bytes += Frame(kHeaders, kEndHeaders, stream,
                     Head() + (stream == 1 ? LargeField() : "") + references);
    }
    ASSERT_TRUE(client.Send(bytes));
    // An answer to the last stream: the others have been seen.
    EXPECT_TRUE(
        client.ReadUntil(Frame(0, 0, 199, "").substr(5)).contains(Frame(0, 0, 199, "").substr(5)));
  }
  // A MiB of each connection at most, where the heads would be 6 MB.
  EXPECT_LE(server_->request_bytes(), 4 * 3 * kMiB);
}

TEST_F(LimitsTest, HeaderFloodsEndTheConnection) {
  Start();
  TestSocket references(port_);
  references.Send(Preface() + Frame(kHeaders, kEndHeaders, 1,
                                    Head() + LargeField() + std::string(1000, '\xbe')));
  EXPECT_TRUE(references.WaitForClose());
  TestSocket continuations(port_);
  std::string flood = Preface() + Frame(kHeaders, 0, 1, Head());
  for (int i = 0; i < 100'000; ++i) flood += Frame(kContinuation, 0, 1, "");
  continuations.Send(flood);
  EXPECT_TRUE(continuations.WaitForClose());
  TestSocket windows(port_);
  flood = Preface();
  for (int i = 0; i < 100'000; ++i) flood += Frame(kWindowUpdate, 0, 0, {0, 0, 0, 1});
  windows.Send(flood);
  EXPECT_TRUE(windows.WaitForClose());
}

}  // namespace
}  // namespace vivace
