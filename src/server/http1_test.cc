// HTTP/1.1 over real sockets: framing, limits, timeouts, cancellation.
#include <future>
#include <mutex>

#include "server/server.h"
#include "server/socket_for_test.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;

// Answers with what it was asked; keeps /hold unanswered for the test.
class Http1Test : public testing::Test {
 protected:
  void Listen(const ListenOptions& options = Loopback()) {
    const auto port = server_.Listen(options, [this](HttpRequest request, HttpResponder respond) {
      Handle(std::move(request), std::move(respond));
    });
    ASSERT_TRUE(port.has_value()) << port.error().message;
    port_ = *port;
  }
  static ListenOptions Loopback() {
    ListenOptions options;
    options.address = "127.0.0.1";
    return options;
  }
  void Handle(HttpRequest request, HttpResponder respond) {
    if (request.path == "/throw") throw std::runtime_error("bug");
    if (request.path == "/drop") return;
    if (request.path == "/hold") {
      const std::lock_guard lock(mutex_);
      held_.emplace_back(std::move(request), std::move(respond));
      return;
    }
    if (request.path == "/large") return respond({200, {}, std::string(8 << 20, 'x')});
    respond({200,
             {{"content-type", "text/plain"}},
             request.method + " " + request.path + "?" + request.query + " " + request.body + "."});
  }
  std::string Exchange(const std::string& request, const std::string& until) {
    TestSocket client(port_);
    EXPECT_TRUE(client.Send(request));
    return client.ReadUntil(until);
  }
  bool Held(size_t count) {
    return Eventually([&] {
      const std::lock_guard lock(mutex_);
      return held_.size() >= count;
    });
  }

  std::mutex mutex_;
  std::vector<std::pair<HttpRequest, HttpResponder>> held_;
  Server server_{{.threads = 2}};  // last: its threads use the rest
  uint16_t port_ = 0;
};

TEST_F(Http1Test, AnswersARequest) {
  Listen();
  const std::string answer =
      Exchange("GET /a/b?x=1&y=%20 HTTP/1.1\r\nHost: t\r\n\r\n", "x=1&y=%20 .");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.contains("content-type: text/plain\r\n"));
  EXPECT_TRUE(answer.contains("content-length: 20\r\n")) << answer;
  EXPECT_TRUE(answer.contains("date: "));
  EXPECT_TRUE(answer.ends_with("GET /a/b?x=1&y=%20 .")) << answer;
}

TEST_F(Http1Test, TakesARequestByteByByte) {
  Listen();
  TestSocket client(port_);
  for (const char c :
       std::string_view("POST /p HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello"))
    ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_TRUE(client.ReadUntil("hello.").ends_with("POST /p? hello."));
}

TEST_F(Http1Test, TakesChunkedBodies) {
  Listen();
  const std::string head = "POST /p HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(Exchange(head + "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", "world.")
                  .ends_with("hello world."));
}

TEST_F(Http1Test, PipelinesInOrder) {
  Listen();
  std::string requests;
  for (int i = 0; i < 200; ++i)
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  const std::string answer = Exchange(requests, "/199? .");
  size_t at = 0;
  for (int i = 0; i < 200; ++i) {
    at = answer.find("GET /" + std::to_string(i) + "? .", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(Http1Test, PipelinedRequestsWaitForTheOneBefore) {
  Listen();
  TestSocket client(port_);
  client.Send("GET /hold HTTP/1.1\r\nHost: t\r\n\r\nGET /after HTTP/1.1\r\nHost: t\r\n\r\n");
  ASSERT_TRUE(Held(1));
  held_[0].second({200, {}, "held."});
  EXPECT_TRUE(client.ReadUntil("/after? .").contains("held."));
}

TEST_F(Http1Test, KeepsAliveUnlessAskedToClose) {
  Listen();
  TestSocket client(port_);
  client.Send("GET /1 HTTP/1.1\r\nHost: t\r\n\r\n");
  client.ReadUntil("/1? .");
  client.Send("GET /2 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.ReadUntil("/2? .").contains("connection: close\r\n"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(Http1Test, ClosesEveryConnectionWithoutKeepAlive) {
  ListenOptions options;
  options.keep_alive = false;
  Listen(options);
  TestSocket client(port_);
  client.Send("GET /1 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client.ReadUntil("/1? .").contains("connection: close\r\n"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(Http1Test, Http10ClosesUnlessAskedToKeepAlive) {
  Listen();
  TestSocket closing(port_);
  closing.Send("GET /1 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(closing.ReadToEnd().ends_with("/1? ."));
  EXPECT_TRUE(closing.WaitForClose());
  EXPECT_TRUE(Exchange("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "? .")
                  .contains("connection: keep-alive\r\n"));
}

TEST_F(Http1Test, HeadHasTheLengthButNoBody) {
  Listen();
  const std::string answer = Exchange(
      "HEAD /h HTTP/1.1\r\nHost: t\r\n\r\nGET /n HTTP/1.1\r\nHost: t\r\n\r\n", "GET /n? .");
  EXPECT_TRUE(answer.contains("content-length: 10\r\n")) << answer;
  EXPECT_FALSE(answer.contains("HEAD /h"));
}

TEST_F(Http1Test, SendsContinueWhenExpected) {
  Listen();
  TestSocket client(port_);
  client.Send("POST /p HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_TRUE(client.ReadUntil("ok.").ends_with("ok."));
}

TEST_F(Http1Test, RefusesBeforeContinue) {
  auto options = Loopback();
  options.body_bytes_max = 10;
  Listen(options);
  const std::string answer =
      Exchange("POST /p HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n",
               "bytes\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(Http1Test, RefusesLargeBodies) {
  auto options = Loopback();
  options.body_bytes_max = 1000;
  Listen(options);
  const std::string announced = "POST /p HTTP/1.1\r\nHost: t\r\nContent-Length: 8000000\r\n\r\n";
  const std::string chunked =
      "POST /p HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n7a1200\r\n";
  for (const std::string& head : {announced, chunked}) {
    TestSocket client(port_);
    // The whole body is sent although nobody wants it: the answer must arrive nevertheless.
    client.Send(head);
    client.Send(std::string(8000000, 'x'));
    const std::string answer = client.ReadToEnd();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
    EXPECT_TRUE(answer.ends_with("http: request body too large: the limit is 1000 bytes\n"));
  }
}

TEST_F(Http1Test, RefusesLargeHeaders) {
  Listen();
  const std::string answer = Exchange(
      "GET / HTTP/1.1\r\nHost: t\r\nx: " + std::string(70000, 'x') + "\r\n\r\n", "bytes\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST_F(Http1Test, RefusesWhatIsNotHttp) {
  Listen();
  const std::string host = "Host: t\r\n";
  EXPECT_TRUE(Exchange("nonsense\r\n\r\n", "\n\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(Exchange("GET / HTTP/1.1\r\n\r\n", "header\n")
                  .contains("400 Bad Request: missing required Host header"));
  EXPECT_TRUE(Exchange("GET / HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n", "\n\n")
                  .starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(Exchange("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", "\n\n")
                  .starts_with("HTTP/1.1 501 "));
  EXPECT_TRUE(
      Exchange("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
               "\n\n")
          .starts_with("HTTP/1.1 501 "));
  const std::string smuggled = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  EXPECT_TRUE(
      Exchange("POST / HTTP/1.1\r\n" + host + smuggled, "\n\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(Exchange("GET / HTTP/1.1\r\n" + host + "Expect: miracles\r\n\r\n", "\n\n")
                  .starts_with("HTTP/1.1 417 "));
}

TEST_F(Http1Test, TimesOutSlowRequests) {
  auto options = Loopback();
  options.header_timeout = milliseconds(50);
  options.read_timeout = milliseconds(120);
  Listen(options);
  TestSocket slow_header(port_);
  slow_header.Send("GET / HT");
  EXPECT_TRUE(slow_header.ReadToEnd().starts_with("HTTP/1.1 408 "));
  TestSocket slow_body(port_);
  slow_body.Send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(slow_body.ReadToEnd().starts_with("HTTP/1.1 408 "));
  TestSocket silent(port_);
  EXPECT_TRUE(silent.WaitForClose());
}

TEST_F(Http1Test, ClosesIdleConnectionsSilently) {
  auto options = Loopback();
  options.idle_timeout = milliseconds(50);
  Listen(options);
  TestSocket client(port_);
  client.Send("GET /1 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client.ReadToEnd().ends_with("/1? ."));
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(Http1Test, CutsOffClientsThatDoNotRead) {
  auto options = Loopback();
  options.write_timeout = milliseconds(50);
  Listen(options);
  TestSocket client(port_);
  client.Send("GET /large HTTP/1.1\r\nHost: t\r\n\r\nGET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  // Nothing is read until the server has given up, which is seen when it resets what is sent to it.
  EXPECT_TRUE(Eventually([&] { return !client.Send("x"); }));
}

TEST_F(Http1Test, SendsLargeAnswersToSlowReaders) {
  Listen();
  TestSocket client(port_);
  client.Send("GET /large HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_GT(client.ReadToEnd().size(), 8u << 20);
}

TEST_F(Http1Test, CancelsWhenTheClientLeaves) {
  Listen();
  TestSocket polite(port_);
  TestSocket rude(port_);
  polite.Send("GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  rude.Send("GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  ASSERT_TRUE(Held(2));
  EXPECT_FALSE(held_[0].first.cancel_token->IsCancelled());
  polite.Close();
  rude.Abort();
  for (auto& [request, respond] : held_) {
    EXPECT_TRUE(Eventually([&] { return request.cancel_token->IsCancelled(); }));
    respond({200, {}, "too late"});
  }
}

TEST_F(Http1Test, AnswersForHandlersThatNeverRespond) {
  Listen();
  EXPECT_TRUE(
      Exchange("GET /drop HTTP/1.1\r\nHost: t\r\n\r\n", "answered\n").starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(Exchange("GET /throw HTTP/1.1\r\nHost: t\r\n\r\n", "answered\n")
                  .starts_with("HTTP/1.1 500 "));
}

TEST_F(Http1Test, BoundsBodiesOfTheWholeServer) {
  Server small({.threads = 1, .request_bytes_max = 100'000});
  const auto port =
      small.Listen(Loopback(), [](HttpRequest, HttpResponder respond) { respond({}); });
  TestSocket client(*port);
  client.Send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 200000\r\n\r\n");
  client.Send(std::string(200000, 'x'));
  EXPECT_TRUE(client.ReadToEnd().starts_with("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace vivace
