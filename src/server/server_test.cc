// The server as a whole: ports, limits of connections, stopping.
#include "server/server.h"

#include <future>

#include "server/http2_client_for_test.h"
#include "server/socket_for_test.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;

ListenOptions Loopback(uint16_t port = 0) {
  ListenOptions options;
  options.address = "127.0.0.1";
  options.port = port;
  return options;
}

void Hello(const HttpRequest&, const HttpResponder& respond) { respond({200, {}, "hello"}); }

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

void SendDatagram(uint16_t port, std::string_view datagram) {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::sendto(descriptor, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&address),
           sizeof address);
  ::close(descriptor);
}

TEST(Server, DeliversDatagrams) {
  Server server({.threads = 1});
  std::mutex mutex;
  std::vector<std::string> got;
  const auto port =
      server.ListenUdp({.address = "127.0.0.1", .datagram_bytes_max = 5},
                       [&](std::string_view datagram, bool is_truncated) {
                         const std::lock_guard lock(mutex);
                         got.push_back(std::string(datagram) + (is_truncated ? "..." : ""));
                       });
  ASSERT_TRUE(port.has_value()) << port.error().message;
  for (const char* datagram : {"one", "", "12345", "123456"}) SendDatagram(*port, datagram);
  EXPECT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return got == std::vector<std::string>{"one", "", "12345", "12345..."};
  }));
  const auto second = server.ListenUdp({.address = "127.0.0.1", .port = *port}, nullptr);
  EXPECT_EQ(second.error().message,
            "listen udp 127.0.0.1:" + std::to_string(*port) + ": bind: address already in use");
}

TEST(Server, ReportsThatAPortIsInUse) {
  Server server({.threads = 1});
  const auto first = server.Listen(Loopback(), Hello);
  ASSERT_TRUE(first.has_value());
  const auto second = server.Listen(Loopback(*first), Hello);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message,
            "listen tcp 127.0.0.1:" + std::to_string(*first) + ": bind: address already in use");
}

TEST(Server, ReportsBadAddresses) {
  Server server({.threads = 1});
  auto options = Loopback();
  options.address = "no-such-host.invalid";
  EXPECT_EQ(server.Listen(options, Hello).error().message,
            "listen tcp: lookup no-such-host.invalid: no such host");
  options.address = "192.0.2.1";
  EXPECT_EQ(server.Listen(options, Hello).error().message,
            "listen tcp 192.0.2.1:0: bind: cannot assign requested address");
}

TEST(Server, ListensOnAllInterfacesAndByName) {
  Server server({.threads = 1});
  for (const char* address : {"", "localhost", "0.0.0.0"}) {
    auto options = Loopback();
    options.address = address;
    const auto port = server.Listen(options, Hello);
    ASSERT_TRUE(port.has_value()) << port.error().message;
    TestSocket client(*port);
    client.Send(kGet);
    EXPECT_TRUE(client.ReadUntil("hello").ends_with("hello")) << address;
  }
}

TEST(Server, ListensOnOneFamilyOfAddresses) {
  Server server({.threads = 1});
  ListenOptions options;
  options.network = ListenNetwork::kIpv4;
  const auto ipv4 = server.Listen(options, Hello);
  ASSERT_TRUE(ipv4.has_value()) << ipv4.error().message;
  EXPECT_TRUE(TestSocket(*ipv4).connected());
  options.address = "127.0.0.1";
  options.network = ListenNetwork::kIpv6;
  EXPECT_EQ(server.Listen(options, Hello).error().message,
            "listen tcp6: lookup 127.0.0.1: no suitable address");
  options.address = "::1";
  options.network = ListenNetwork::kIpv4;
  EXPECT_EQ(server.Listen(options, Hello).error().message,
            "listen tcp4: lookup ::1: no suitable address");
  options.address = "";
  options.network = ListenNetwork::kIpv6;
  const auto ipv6 = server.Listen(options, Hello);
  if (!ipv6.has_value()) GTEST_SKIP() << "no IPv6 here: " << ipv6.error().message;
  EXPECT_FALSE(TestSocket(*ipv6).connected());  // which is IPv4
}

TEST(Server, DelaysConnectionsBeyondTheLimit) {
  Server server({.threads = 1});
  auto options = Loopback();
  options.connections_max = 2;
  const auto port = server.Listen(options, Hello);
  TestSocket first(*port);
  TestSocket second(*port);
  for (TestSocket* client : {&first, &second}) {
    client->Send(kGet);
    ASSERT_TRUE(client->ReadUntil("hello").contains("hello"));
  }
  TestSocket third(*port);
  third.Send(kGet);
  std::string early;
  EXPECT_FALSE(third.Receive(early, milliseconds(50)));
  first.Close();
  EXPECT_TRUE(third.ReadUntil("hello").contains("hello"));
}

TEST(Server, StopsAtOnceWhenIdle) {
  Server server({.threads = 2});
  const auto port = server.Listen(Loopback(), Hello);
  TestSocket http1(*port);
  http1.Send(kGet);
  http1.ReadUntil("hello");
  TestHttp2Client http2(*port);
  EXPECT_EQ(http2.Wait(http2.Start("GET", "/", {})).body, "hello");
  const auto start = std::chrono::steady_clock::now();
  auto stopped = std::async([&] { server.Stop(std::chrono::seconds(20)); });
  EXPECT_TRUE(http1.WaitForClose());
  EXPECT_TRUE(http2.Until([&] { return http2.goaways() > 0; }));
  EXPECT_TRUE(http2.socket().WaitForClose());
  http1.Close();
  http2.socket().Close();
  stopped.get();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Server, StopLetsRequestsFinish) {
  Server server({.threads = 2});
  std::promise<HttpResponder> http1_held;
  std::promise<HttpResponder> http2_held;
  const HttpHandler hold = [&](HttpRequest request, HttpResponder respond) {
    (request.path == "/1" ? http1_held : http2_held).set_value(std::move(respond));
  };
  // Ports stop in the order in which they were opened: what the second one's client sees has
  // reached the first one's connection.
  const auto port = server.Listen(Loopback(), hold);
  const auto second_port = server.Listen(Loopback(), hold);
  TestSocket http1(*port);
  http1.Send("GET /1 HTTP/1.1\r\nHost: t\r\n\r\n");
  TestHttp2Client http2(*second_port);
  const int32_t stream = http2.Start("GET", "/2", {});
  const HttpResponder respond1 = http1_held.get_future().get();
  const HttpResponder respond2 = http2_held.get_future().get();
  auto stopped = std::async([&] { server.Stop(std::chrono::seconds(20)); });
  ASSERT_TRUE(http2.Until([&] { return http2.goaways() == 2; }));
  respond1({200, {}, "last words"});
  respond2({200, {}, "last words"});
  const std::string answer = http1.ReadToEnd();
  EXPECT_TRUE(answer.ends_with("last words")) << answer;
  EXPECT_TRUE(answer.contains("connection: close"));
  EXPECT_EQ(http2.Wait(stream).body, "last words");
  http1.Close();
  http2.socket().Close();
  stopped.get();
  EXPECT_FALSE(TestSocket(*port).connected());
}

TEST(Server, StopCutsOffWhatTakesTooLong) {
  Server server({.threads = 2});
  std::promise<std::pair<HttpRequest, HttpResponder>> held;
  const auto port = server.Listen(Loopback(), [&](HttpRequest request, HttpResponder respond) {
    held.set_value({std::move(request), std::move(respond)});
  });
  TestSocket client(*port);
  client.Send(kGet);
  const auto [request, respond] = held.get_future().get();
  server.Stop(milliseconds(20));
  EXPECT_TRUE(request.cancel_token->IsCancelled());
  respond({200, {}, "nobody listens"});
  EXPECT_TRUE(client.WaitForClose());
}

}  // namespace
}  // namespace vivace
